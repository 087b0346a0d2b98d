package dev.sluice.runtime;

import dev.sluice.config.ConfigChanges;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.drain.Leaving;
import dev.sluice.listener.Rebinding;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Pool;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.server.ServerConnector;

/**
 * What a reload would come to.
 *
 * @param changes of the configuration
 * @param rebinding of listeners, not opened
 */
record ReloadPlan(
        ConfigChanges changes, Rebinding rebinding, PoolTurnover pools, SluiceConfig before, SluiceConfig after) {
    /** The changes, then what would be drained, with what it has at this moment. */
    List<String> lines(Leaving leaving) {
        List<String> lines = new ArrayList<>(changes.lines());
        rebinding.renewed().forEach(name -> lines.add("~ listener " + name + ": certificate"));
        for (ServerConnector listener : rebinding.removed()) {
            int connections = listener.getConnectedEndPoints().size();
            lines.add("would drain listener " + listener.getName() + ": " + count(connections, "connection"));
        }
        Set<String> stay = new HashSet<>();
        after.routes().forEach(route -> stay.add(route.name()));
        for (RouteConfig route : before.routes()) {
            if (stay.contains(route.name())) continue;
            long live = leaving.count(facts -> facts.route().equals(route.name()));
            lines.add("would drain route " + route.name() + ": " + count(live, "exchange"));
        }
        for (Pool pool : pools.left()) {
            long live = leaving.count(facts -> facts.pool().equals(pool.name()));
            lines.add("would drain pool " + pool.name() + ": " + count(live, "exchange"));
        }
        pools.declared().forEach((pool, next) -> {
            Set<String> origins = new HashSet<>();
            next.backends().forEach(backend -> origins.add(backend.origin()));
            // Of those that are found, that is not for a configuration to say.
            for (Backend backend : pool.config().discoveries().isEmpty() ? pool.backends() : List.<Backend>of()) {
                if (origins.contains(backend.origin())) continue;
                lines.add("would drain pool " + pool.name() + ", backend " + backend.origin() + ": "
                        + count(backend.outstanding(), "exchange"));
            }
        });
        return List.copyOf(lines);
    }

    private static String count(long number, String what) {
        return number == 1 ? "1 " + what : number + " " + what + "s";
    }
}
