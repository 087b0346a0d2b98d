package dev.sluice.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The section {@code routes}. */
final class RouteBinder {
    private static final List<String> KEYS = List.of("path", "to", "pool", "proxyProtocol", "health", "drain");

    /** Of these, what can be said for all routes at once: {@link Defaults}. */
    static final List<String> DEFAULTS = List.of("drain");

    /** What cannot be said of a route's own backends. */
    private static final Map<String, String> OF_POOLS = PoolBinder.KEYS.stream()
            .filter(key -> !KEYS.contains(key) && !key.equals("backends"))
            .collect(Collectors.toMap(key -> key, key -> "is for a pool to say (expected it in pools, and pool here)"));

    private final Problems problems;
    private final PoolBinder pools;
    private final Duration deadline;
    private final @Nullable Section defaults;
    /** Where each path was given first; "/" stands for everything. */
    private final Map<String, Place> paths = new HashMap<>();

    /**
     * @param deadline of a drain, which no route's limit passes
     * @param defaults what routes say that do not say it themselves
     */
    RouteBinder(Problems problems, PoolBinder pools, Duration deadline, @Nullable Section defaults) {
        this.defaults = defaults;
        this.problems = problems;
        this.pools = pools;
        this.deadline = deadline;
    }

    List<RouteConfig> bind(Node node) {
        List<RouteConfig> routes = new ArrayList<>();
        if (!(node instanceof Node.Sequence list)) {
            problems.unexpected(node, "routes", "a list", "items such as - { path: /api, to: http://localhost:8000 }");
            pools.unresolved();
            return routes;
        }
        if (list.items().isEmpty()) {
            problems.add(node.at(), "routes", "there is none (expected at least one, or no such section)");
        }
        for (int i = 0; i < list.items().size(); i++) {
            RouteConfig route = route(list.items().get(i), "routes" + list.number(i));
            if (route != null) routes.add(route);
        }
        return routes;
    }

    private @Nullable RouteConfig route(Node node, String at) {
        Section own = Section.of(node, at, problems, KEYS, OF_POOLS);
        if (own == null) {
            pools.unresolved();
            return null;
        }
        Section route = own.withDefaults(defaults);
        String path = path(route);
        PoolConfig pool = route.value("pool") == null ? own(route, RouteConfig.name(path)) : shared(route);
        Duration drain = route.durationOrOff("drain", Duration.ZERO, deadline);
        return pool == null || pool.isNobodys()
                ? null
                : RouteConfig.of(path, pool).withDrain(drain);
    }

    private PoolConfig own(Section route, String name) {
        if (route.misspelt("pool")) pools.unresolved();
        else if (route.value("to") == null) route.missing("to", BackendBinder.URL + ", a list of them, or a pool");
        return pools.own(route, name);
    }

    private @Nullable PoolConfig shared(Section route) {
        if (route.value("to") != null) {
            route.refuse("pool", "stands beside to (expected one of the two)");
        } else {
            String where = "is for the pool to say (expected it in pools, or to in place of pool)";
            route.refuse("proxyProtocol", where);
            route.refuse("health", where);
        }
        return pools.use(route);
    }

    /** As it is written; null for a route without one, or with one that has been reported. */
    private @Nullable String path(Section route) {
        Node node = route.value("path");
        if (node == null) {
            if (!route.misspelt("path")) once("/", route.at(), route.path());
            return null;
        }
        String text = route.text("path", "a path", "a path such as /api");
        if (text == null) return null;
        String path = Section.parsed(node, route.path("path"), problems, text, RouteBinder::checked);
        if (path != null) once(path, node.at(), route.path("path"));
        return path;
    }

    private static String checked(String path) {
        String prefix = RouteConfig.prefix(path);
        return prefix == null ? "/" : prefix;
    }

    private void once(String path, Place at, String where) {
        Place first = paths.putIfAbsent(path, at);
        if (first == null) return;
        String again = path.equals("/") ? "a second route for everything else" : Text.quote(path) + " is given twice";
        String before = " (first at " + first + "; expected a path of its own for each route)";
        problems.add(at, where, again + before);
    }
}
