package dev.sluice.runtime;

import dev.sluice.config.ConfigChanges;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.drain.Leaving;
import dev.sluice.listener.Rebinding;
import dev.sluice.proxy.BackendTls;
import dev.sluice.upstream.Pool;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.server.ServerConnector;

/**
 * What a reload would come to.
 *
 * @param changes what would be different
 * @param rebinding of listeners, not opened
 */
record ReloadPlan(
        List<String> changes, Rebinding rebinding, PoolTurnover pools, SluiceConfig before, SluiceConfig after) {
    /** What is different, in the configuration and in the files that it names: a line each. */
    static List<String> changes(ConfigChanges config, Rebinding rebinding, BackendTls.Renewal renewal) {
        List<String> lines = new ArrayList<>(config.lines());
        rebinding.renewed().forEach(name -> lines.add("~ listener " + name + ": certificate"));
        renewal.renewed().forEach(name -> lines.add("~ pool " + name + ": what is in the files of tls"));
        return List.copyOf(lines);
    }

    /** The changes, then what would be drained, with what it has at this moment, and when that would be cut. */
    List<String> lines(Leaving leaving) {
        List<String> lines = new ArrayList<>(changes);
        for (ServerConnector listener : rebinding.removed()) {
            int connections = listener.getConnectedEndPoints().size();
            lines.add(drained(
                    "listener " + listener.getName(),
                    count(connections, "connection") + ", " + exchanges(leaving.count(listener))));
        }
        Set<String> stay = new HashSet<>();
        after.routes().forEach(route -> stay.add(route.name()));
        for (RouteConfig route : before.routes()) {
            if (stay.contains(route.name())) continue;
            long live = leaving.count(facts -> facts.route().equals(route.name()));
            lines.add(drained("route " + route.name(), exchanges(live)));
        }
        for (Pool pool : pools.left()) lines.addAll(left(pool, leaving));
        pools.declared().forEach((pool, next) -> {
            Set<String> origins = new HashSet<>();
            next.backends().forEach(backend -> origins.add(backend.origin()));
            // Of those that are found, that is not for a configuration to say.
            if (pool.config().discoveries().isEmpty()) lines.addAll(leavers(pool, origins));
        });
        return List.copyOf(lines);
    }

    /** One that is only made anew keeps what it has on backends that stay. */
    private List<String> left(Pool pool, Leaving leaving) {
        long live = leaving.count(facts -> facts.pool().equals(pool.name()));
        Pool another = pools.added().stream()
                .filter(one -> one.name().equals(pool.name()))
                .findFirst()
                .orElse(null);
        if (another == null) return List.of(drained("pool " + pool.name(), exchanges(live)));
        List<String> lines = new ArrayList<>();
        lines.add("would make pool " + pool.name() + " anew: what backends have that stay goes on");
        Set<String> origins = new HashSet<>();
        another.backends().forEach(backend -> origins.add(backend.origin()));
        if (another.config().discoveries().isEmpty()) lines.addAll(leavers(pool, origins));
        return lines;
    }

    /** The backends of a pool that are not among these. */
    private List<String> leavers(Pool pool, Set<String> origins) {
        return pool.backends().stream()
                .filter(backend -> !origins.contains(backend.origin()))
                .map(backend -> drained(
                        "pool " + pool.name() + ", backend " + backend.origin(), exchanges(backend.outstanding())))
                .toList();
    }

    private String drained(String what, String has) {
        String limit = Leaving.time(after.drain().leaving());
        return "would drain " + what + ": " + has + ", cut after " + limit;
    }

    private static String exchanges(long number) {
        return count(number, "exchange");
    }

    private static String count(long number, String what) {
        return number == 1 ? "1 " + what : number + " " + what + "s";
    }
}
