package dev.sluice.runtime;

import dev.sluice.config.PoolConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.balance.Policies;
import dev.sluice.upstream.health.PassiveHealth;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of pools by another configuration. One that is declared as before stays the same object, with its health,
 * its statistics and its connections; so does one where nothing is another but what {@link Pool#declare} takes over. Any
 * other is made anew, and the one before leaves.
 *
 * @param all those that the routes use, each once
 * @param declared what each of them is to be declared as
 * @param added those that are new
 * @param left those that are no more
 */
record PoolTurnover(List<Pool> all, Map<Pool, PoolConfig> declared, List<Pool> added, List<Pool> left) {
    /** Changes nothing of the pools that there are. */
    static PoolTurnover between(Collection<Pool> before, List<RouteConfig> routes) {
        Map<String, Pool> known = new HashMap<>();
        before.forEach(pool -> known.put(pool.name(), pool));
        Map<String, Pool> next = new LinkedHashMap<>();
        Map<Pool, PoolConfig> declared = new LinkedHashMap<>();
        for (PoolConfig config :
                routes.stream().flatMap(route -> route.pools().stream()).toList()) {
            Pool pool = next.computeIfAbsent(config.name(), name -> pool(known.get(name), config));
            PoolConfig first = declared.putIfAbsent(pool, config);
            if (first != null && !first.equals(config))
                throw new IllegalArgumentException(
                        "two pools are named " + config.name() + " (expected: one of each name)");
        }
        List<Pool> added = new ArrayList<>(next.values());
        added.removeAll(before);
        List<Pool> left = new ArrayList<>(before);
        left.removeAll(next.values());
        return new PoolTurnover(List.copyOf(next.values()), declared, List.copyOf(added), List.copyOf(left));
    }

    private static Pool pool(@Nullable Pool known, PoolConfig config) {
        if (known != null && known.canBecome(config)) return known;
        Pool made = new Pool(config, Policies.of(config.balance()));
        if (known == null) return made;
        // What was found last stays until something else is: just now nobody may answer.
        if (known.config().discoveries().equals(config.discoveries())) made.found(known.found());
        // What an operator has drained stays so.
        for (Backend backend : made.backends()) backend.drain(isDraining(known, backend.id()));
        return made;
    }

    private static boolean isDraining(Pool known, String id) {
        return known.backends().stream().anyMatch(b -> b.id().equals(id) && b.isDraining());
    }

    /** Those that stay become what they are declared as. @return of these, the ones that are watched in another way now */
    List<Pool> apply() {
        List<Pool> otherwise = new ArrayList<>();
        declared.forEach((pool, config) -> {
            if (pool.config().equals(config)) return;
            boolean before = PassiveHealth.concerns(pool.config());
            pool.declare(config);
            if (PassiveHealth.concerns(config) != before) otherwise.add(pool);
        });
        return otherwise;
    }
}
