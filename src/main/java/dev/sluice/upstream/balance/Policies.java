package dev.sluice.upstream.balance;

import dev.sluice.config.BalanceConfig;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.BalancingPolicy;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** The policies by the names that configurations give them. */
public final class Policies {
    private Policies() {}

    /** How the policy is made that was declared, for one pool. */
    public static Function<List<Backend>, BalancingPolicy> of(BalanceConfig declared) {
        return of(declared, () -> ThreadLocalRandom.current().nextLong());
    }

    /** @param random 64 bits each time, by any thread */
    static Function<List<Backend>, BalancingPolicy> of(BalanceConfig declared, LongSupplier random) {
        AtomicInteger turn = new AtomicInteger();
        BalanceConfig.Hash hash = declared.hash();
        int bound = hash == null ? BalanceConfig.Hash.BOUND_PERCENT : hash.boundPercent();
        return switch (declared.policy()) {
            case ROUND_ROBIN -> backends -> new RoundRobin(backends, turn);
            case LEAST_REQUESTS -> backends -> new LeastRequests(backends, turn);
            case PEAK_EWMA -> backends -> new PowerOfTwo(backends, random);
            case RANDOM -> backends -> new RandomPick(backends, random);
            case HASH -> backends -> new ConsistentHash(backends, bound, random);
        };
    }
}
