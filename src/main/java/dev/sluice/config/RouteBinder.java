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
    private final ActionBinder actions;
    private final HandlingBinder handlings;
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
            SecretFiles files,
            List<String> listeners,
            Duration deadline,
            @Nullable Section defaults) {
        this.defaults = defaults;
        this.problems = problems;
        this.pools = pools;
        this.conditions = new ConditionsBinder(problems, listeners);
        this.actions = new ActionBinder(problems, pools);
        this.handlings = new HandlingBinder(problems, pools, files);
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
        String which = action(route);
        String name = name(route, bound == null ? Conditions.NONE : bound, !which.equals("to"));
        if (bound != null) {
            once(bound, name, route);
            if (bound.path() != null && bound.path().kind() == Kind.PATTERN)
                count(bound, bound.path().text(), route);
        }
        ActionConfig action = switch (which) {
            case "split" -> actions.split(route);
            case "redirect" -> actions.redirect(route);
            case "respond" -> actions.respond(route);
            default -> pool(which.equals("pool") ? shared(route) : own(route, name));
        };
        HandlingConfig handling = handlings.bind(route);
        // What defaults say of backends is not for who asks none.
        if (action != null && action.pools().isEmpty()) handling = handling.withoutBackends();
        if (bound != null) requireGroups(bound, action, handling, route);
        Duration drain = route.durationOrOff("drain", Duration.ZERO, deadline);
        return bound == null || action == null ? null : new RouteConfig(name, bound, action, handling, drain);
    }

    private static @Nullable ActionConfig pool(@Nullable PoolConfig pool) {
        return pool == null || pool.isNobodys() ? null : new ActionConfig.ToPool(pool);
    }

    /** Which of the keys says where requests go: the first that is there. */
    private String action(Section route) {
        List<String> given = ActionBinder.KEYS.stream()
                .filter(key -> route.value(key) != null)
                .toList();
        String first = given.isEmpty() ? "to" : given.get(0);
        given.stream().skip(1).forEach(key -> {
            route.refuse(key, "stands beside " + first + " (expected one of the two)");
            pools.unresolved();
        });
        if (!given.isEmpty() && !first.equals("to")) {
            String where = "is for the pool to say (expected it in pools, or to in place of pool)";
            if (given.size() == 1) for (String key : List.of("proxyProtocol", "health")) route.refuse(key, where);
        }
        if (first.equals("redirect") || first.equals("respond"))
            for (String key : HandlingBinder.WITH_BACKENDS)
                route.refuse(key, "goes with no " + first + ", which asks no backend (expected to, pool or split)");
        return first;
    }

    /** Groups that texts ask for are those of the route's own expression. */
    private void requireGroups(
            Conditions bound, @Nullable ActionConfig action, HandlingConfig handling, Section route) {
        List<Template> texts = new ArrayList<>();
        if (action instanceof ActionConfig.Redirect redirect) texts.add(redirect.to());
        if (action instanceof ActionConfig.Respond respond) texts.add(respond.body());
        for (FieldEdits edits :
                List.of(handling.request().headers(), handling.response().headers())) {
            edits.set().forEach(edit -> texts.add(edit.value()));
            edits.add().forEach(edit -> texts.add(edit.value()));
        }
        RequestConfig.HostConfig host = handling.request().host();
        if (host != null && host.value() != null) texts.add(host.value());
        int asked = texts.stream().mapToInt(Template::groups).max().orElse(0);
        PathCondition path = bound.path();
        int groups = path == null || path.kind() != Kind.PATTERN
                ? 0
                : Expression.compile(path.text()).groupCount();
        if (asked > groups)
            problems.add(
                    route.at(),
                    route.path(),
                    "{path." + asked + "} is no group of its pathPattern (expected at most " + groups + ")");
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
        else if (route.value("to") == null)
            route.missing("to", BackendBinder.URL + ", a list of them, or pool, split, redirect or respond");
        return pools.own(route, name);
    }

    private @Nullable PoolConfig shared(Section route) {
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
