package dev.sluice.upstream.balance;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.BalanceConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Lease;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.Trial;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/** A pool with a policy, a clock that a test moves, and chance that comes out the same each time. */
final class Balanced {
    final AtomicLong clock = new AtomicLong(1);
    final Random random = new Random(42);
    final Pool pool;

    Balanced(BalanceConfig balance, List<BackendConfig> backends) {
        pool = new Pool(
                PoolConfig.of("p", backends).withBalance(balance),
                Policies.of(balance, random::nextLong),
                new Pool.Means(clock::get, random::nextDouble));
    }

    /** Backends b0, b1 and so on, of these weights. */
    static Balanced of(BalanceConfig.Policy policy, int... weights) {
        return new Balanced(BalanceConfig.of(policy), weighted(weights));
    }

    static List<BackendConfig> weighted(int... weights) {
        return IntStream.range(0, weights.length)
                .mapToObj(i -> BackendConfig.parse("http://b" + i).withWeight(weights[i]))
                .toList();
    }

    /** As many, of weight 1. */
    static List<BackendConfig> backends(int n) {
        return weighted(IntStream.generate(() -> 1).limit(n).toArray());
    }

    static BalanceConfig byHash(int boundPercent) {
        return new BalanceConfig(
                BalanceConfig.Policy.HASH,
                new BalanceConfig.Hash(BalanceConfig.HashOn.PATH, "", boundPercent),
                null,
                Duration.ZERO,
                BalanceConfig.PANIC_PERCENT);
    }

    Backend backend(int index) {
        return pool.backends().get(index);
    }

    /** Whom an exchange gets, which goes on. */
    Lease begin() {
        return Objects.requireNonNull(pool.trial().next());
    }

    Lease begin(long hash) {
        Trial trial = pool.trial();
        trial.hash(hash);
        return Objects.requireNonNull(trial.next());
    }

    static String name(Lease lease) {
        return lease.backend().config().host();
    }

    /** Whom an exchange gets, which is over then. */
    String once() {
        return over(begin());
    }

    String once(long hash) {
        return over(begin(hash));
    }

    static String over(Lease lease) {
        lease.success();
        return name(lease);
    }

    List<String> several(int exchanges) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < exchanges; i++) all.add(once());
        return all;
    }

    /** How many of so many exchanges, one after the other, each gets. */
    Map<String, Integer> shares(int exchanges) {
        Map<String, Integer> shares = new TreeMap<>();
        for (int i = 0; i < exchanges; i++) shares.merge(once(), 1, Integer::sum);
        return shares;
    }

    /** Those whom an exchange tries that is lucky with none. */
    List<String> tried(Trial trial) {
        List<String> tried = new ArrayList<>();
        for (Lease lease = trial.next(); lease != null; lease = trial.next()) {
            tried.add(name(lease));
            lease.unused("test");
        }
        return tried;
    }
}
