package dev.sluice.upstream.balance;

import dev.sluice.config.BalanceConfig;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.BalancingPolicy;
import java.util.List;
import java.util.function.Function;

/** The policies by the names that configurations give them. */
public final class Policies {
    private Policies() {}

    /** How the policy is made that was declared. */
    public static Function<List<Backend>, BalancingPolicy> of(BalanceConfig declared) {
        return RoundRobin::new;
    }
}
