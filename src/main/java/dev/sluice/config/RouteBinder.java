package dev.sluice.config;

import dev.sluice.config.PathCondition.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The section {@code routes}. */
final class RouteBinder {

    /** Expressions that all may have to be tried for one path. */
    private static final int MOST_EXPRESSIONS = 100;

    /** What cannot be said of a route's own backends. */
    private static final Map<String, String> OF_POOLS = PoolKeys.POOL.names().stream()
            .filter(key -> !RouteKeys.ROUTE.has(key) && !key.equals("backends"))
            .collect(Collectors.toMap(key -> key, key -> "is for a pool to say (expected it in pools, and pool here)"));

    private final Problems problems;
    private final PoolBinder pools;
    private final ConditionsBinder conditions;
    private final Duration deadline;
    private final @Nullable Section defaults;
    /** Which routes look for the same requests, and where the first of them stands. */
    private final Map<Conditions, First> firsts = new HashMap<>();

    /** Of expressions, by their host and what is plain at their beginning. */
    private final Map<String, Integer> expressions = new HashMap<>();

    /** Names as they are written, with their places. */
    private final Map<String, Place> written = new HashMap<>();

    private final Set<String> names = new HashSet<>();

    private record First(String name, Place at) {}

    /**
     * @param listeners the names of those that there are; empty where nobody can say
     * @param deadline of a drain, which no route's limit passes
     * @param defaults what routes say that do not say it themselves
     */
    RouteBinder(
            Problems problems,
            PoolBinder pools,
            List<String> listeners,
            Duration deadline,
            @Nullable Section defaults) {
        this.defaults = defaults;
        this.problems = problems;
        this.pools = pools;
        this.conditions = new ConditionsBinder(problems, listeners);
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
        // Before any route is named after what it looks for: whoever writes a name gets it.
        for (Node item : list.items())
            if (item instanceof Node.Mapping mapping) take(mapping.entries().get("name"));
        for (int i = 0; i < list.items().size(); i++) {
            RouteConfig route = route(list.items().get(i), "routes" + list.number(i));
            if (route != null) routes.add(route);
        }
        return routes;
    }

    private void take(Node.@Nullable Entry name) {
        if (name != null && name.value() instanceof Node.Scalar s) names.add(s.text());
    }

    private @Nullable RouteConfig route(Node node, String at) {
        Section own = Section.of(node, at, problems, RouteKeys.ROUTE, OF_POOLS);
        if (own == null) {
            pools.unresolved();
            return null;
        }
        Section route = own.withDefaults(defaults);
        Conditions bound = conditions.bind(route);
        boolean shared = route.value("pool") != null;
        String name = name(route, bound == null ? Conditions.NONE : bound, shared);
        if (bound != null) {
            once(bound, name, route);
            if (bound.path() != null && bound.path().kind() == Kind.PATTERN)
                count(bound, bound.path().text(), route);
        }
        PoolConfig pool = shared ? shared(route) : own(route, name);
        Duration drain = route.durationOrOff("drain", Duration.ZERO, deadline);
        return bound == null || pool == null || pool.isNobodys() ? null : new RouteConfig(name, bound, pool, drain);
    }

    /** As it is written, or after the conditions, and then numbered where others have the same. */
    private String name(Section route, Conditions bound, boolean shared) {
        Node node = route.value("name");
        String text = route.text("name", "a name", "letters, digits, -, _ and dots, a letter first");
        if (node != null && text != null) {
            String flaw = nameFlaw(text, shared, written.putIfAbsent(text, node.at()));
            if (flaw != null) problems.add(node.at(), route.path("name"), Text.quote(text) + " " + flaw);
            return text;
        }
        String base = bound.name();
        String name = base;
        for (int i = 2; !names.add(name); i++) name = base + "-" + i;
        return name;
    }

    /** Whether a route can be called so in the file. */
    static boolean isName(String name) {
        return name.matches(RouteKeys.NAME);
    }

    private @Nullable String nameFlaw(String name, boolean shared, @Nullable Place first) {
        if (!isName(name))
            return "is not a route's name (expected letters, digits, -, _ and dots, a letter first, at most 64)";
        if (first != null) return "is the name of another route (at " + first + "; expected one of its own for each)";
        // Its own pool is called as it is.
        return !shared && pools.isDeclared(name)
                ? "is the name of a pool (expected another, or pool: " + name + " in the place of to)"
                : null;
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

    /** Paths are found among ten thousand at once, expressions only by the segments in front of what is special in them. */
    private void count(Conditions bound, String expression, Section route) {
        String start = Expression.start(expression);
        for (String host : bound.hosts().isEmpty() ? List.of("") : bound.hosts()) {
            if (expressions.merge(host + start, 1, Integer::sum) != MOST_EXPRESSIONS + 1) continue;
            String begin = start.isEmpty() ? "with no plain segment" : "with " + Text.escape(start);
            String message = "is one of more than " + MOST_EXPRESSIONS + " that begin " + begin;
            String expected = " and would be tried one after the other (expected fewer, or a longer plain beginning)";
            problems.add(route.at(), route.path("pathPattern"), message + expected);
        }
    }

    private void once(Conditions bound, String name, Section route) {
        Node path = route.value("path");
        Place at = path == null ? route.at() : path.at();
        First first = firsts.putIfAbsent(bound, new First(name, at));
        if (first == null) return;
        Place where = first.at();
        if (bound.isPathAlone() && (path != null || bound.path() == null)) {
            String again = bound.path() == null
                    ? "a second route for everything else"
                    : Text.quote(bound.path().text()) + " is given twice";
            String before = " (first at " + where + "; expected a path of its own for each route)";
            problems.add(at, path == null ? route.path() : route.path("path"), again + before);
            return;
        }
        String same =
                "route " + Text.escape(name) + " looks for the same requests as route " + Text.escape(first.name());
        problems.add(
                route.at(), route.path(), same + " at " + where + " (expected conditions of its own for each route)");
    }
}
