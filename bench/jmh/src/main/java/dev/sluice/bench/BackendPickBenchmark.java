package dev.sluice.bench;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.BalanceConfig;
import dev.sluice.config.BalanceConfig.Hash;
import dev.sluice.config.BalanceConfig.HashOn;
import dev.sluice.config.BalanceConfig.Policy;
import dev.sluice.config.PoolConfig;
import dev.sluice.upstream.Lease;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.Trial;
import dev.sluice.upstream.balance.Policies;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to pick a backend for an exchange, and to end its lease, by the policy and the number of backends. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class BackendPickBenchmark {
    @Param
    public Policy policy;

    @Param({"3", "100", "1000"})
    public int backends;

    private Pool pool;
    private long key;

    @Setup
    public void build() {
        List<BackendConfig> members = IntStream.range(0, backends)
                .mapToObj(i -> new BackendConfig("http", "127.0.0.1", 10_000 + i, "", null))
                .toList();
        BalanceConfig balance = policy == Policy.HASH
                ? new BalanceConfig(policy, new Hash(HashOn.PATH, "", Hash.BOUND_PERCENT), null, Duration.ZERO, 0)
                : BalanceConfig.of(policy);
        pool = new Pool(PoolConfig.of("pool", members).withBalance(balance), Policies.of(balance));
        // Every other one is busy, so that there is something to choose by; and all have answered once.
        for (int i = 0; i < 2 * backends; i++) {
            Lease lease = Objects.requireNonNull(pool.trial().next());
            lease.answered(200);
            if (i % 2 == 0) lease.success();
        }
    }

    @Benchmark
    public Lease pickAndEnd() {
        Trial trial = pool.trial();
        if (policy == Policy.HASH) trial.hash(key++);
        Lease lease = Objects.requireNonNull(trial.next());
        lease.success();
        return lease;
    }
}
