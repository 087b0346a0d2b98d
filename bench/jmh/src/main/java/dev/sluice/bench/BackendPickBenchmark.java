package dev.sluice.bench;

import dev.sluice.config.BackendConfig;
import dev.sluice.upstream.Lease;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.balance.RoundRobin;
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

/** What it costs to pick a backend for an exchange, and to end its lease, by the number of backends. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class BackendPickBenchmark {
    @Param({"1", "10", "1000"})
    public int backends;

    private Pool pool;

    @Setup
    public void build() {
        List<BackendConfig> members = IntStream.range(0, backends)
                .mapToObj(i -> new BackendConfig("http", "127.0.0.1", 10_000 + i, "", null))
                .toList();
        pool = new Pool("pool", members, RoundRobin::new);
    }

    @Benchmark
    public Lease pickAndEnd() {
        Lease lease = Objects.requireNonNull(pool.trial().next());
        lease.success();
        return lease;
    }
}
