package dev.sluice.upstream;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.HealthConfig;
import dev.sluice.config.PoolConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The backends that serve one route, and the policy by which one of them is picked. Immutable but for what its backends
 * and its policy observe; safe for use by many threads.
 */
public final class Pool {
    /** Puts the backends of a pool into the order in which one exchange should try them. */
    public interface BalancingPolicy {
        /**
         * Every backend that is well at most once, the preferred one first; where none is, every backend, because what is
         * known of them may be wrong, and nothing can be lost. Must not block and must not keep the iterator.
         */
        Iterator<Backend> candidates();
    }

    private final String name;
    private final List<Backend> backends;
    private final @Nullable HealthConfig health;
    private final BalancingPolicy policy;

    /**
     * @param config with at least one backend
     * @param policy makes the policy for the backends of this pool
     */
    public Pool(PoolConfig config, Function<List<Backend>, BalancingPolicy> policy) {
        if (config.backends().isEmpty())
            throw new IllegalArgumentException(config.name() + ": no backends (expected: at least one)");
        name = config.name();
        health = config.health();
        backends = config.backends().stream().map(Backend::new).toList();
        this.policy = policy.apply(backends);
    }

    /** One whose backends are taken to be well. */
    public Pool(String name, List<BackendConfig> members, Function<List<Backend>, BalancingPolicy> policy) {
        this(PoolConfig.of(name, members), policy);
    }

    /**
     * The pools of so many routes, in their order. What is declared for several of them is one pool.
     *
     * @throws IllegalArgumentException when two differ that have the same name
     */
    public static List<Pool> all(List<PoolConfig> configs, Function<List<Backend>, BalancingPolicy> policy) {
        Map<String, PoolConfig> known = new HashMap<>();
        Map<String, Pool> made = new HashMap<>();
        List<Pool> pools = new ArrayList<>();
        for (PoolConfig config : configs) {
            PoolConfig first = known.putIfAbsent(config.name(), config);
            if (first != null && !first.equals(config))
                throw new IllegalArgumentException(
                        "two pools are named " + config.name() + " (expected: one of each name)");
            pools.add(made.computeIfAbsent(config.name(), name -> new Pool(config, policy)));
        }
        return List.copyOf(pools);
    }

    public String name() {
        return name;
    }

    public List<Backend> backends() {
        return backends;
    }

    /** How its backends are asked whether they are well, or null when they are not. */
    public @Nullable HealthConfig health() {
        return health;
    }

    /** The order of trial for one exchange. To be used by one thread at a time. */
    public Trial trial() {
        return new Trial(policy.candidates());
    }

    /** The backends that one exchange has not yet tried. */
    public static final class Trial {
        private final Iterator<Backend> candidates;

        private Trial(Iterator<Backend> candidates) {
            this.candidates = candidates;
        }

        /** A lease on the next candidate, or null when there is none left. */
        public @Nullable Lease next() {
            return candidates.hasNext() ? candidates.next().lease() : null;
        }

        /** A second lease on a backend that was tried already: for a retry on a fresh connection to it. */
        public Lease again(Lease previous) {
            return previous.backend().lease();
        }
    }
}
