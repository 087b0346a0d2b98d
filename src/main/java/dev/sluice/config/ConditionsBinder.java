package dev.sluice.config;

import dev.sluice.config.PathCondition.Kind;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a route says of the requests that it is for. */
final class ConditionsBinder {
    static final List<String> KEYS = List.of(
            "host",
            "path",
            "exactPath",
            "pathPattern",
            "methods",
            "headers",
            "query",
            "cookies",
            "clients",
            "listeners");
    /** RFC 9110 §5.6.2. */
    private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}";

    private static final String METHODS = "methods such as GET, one or a list";

    private static final PathCondition ROOT = new PathCondition(Kind.PREFIX, "/");

    private final Problems problems;
    private final List<String> listeners;
    private final ValuesBinder values;

    /** @param listeners the names of those that there are; empty where nobody can say */
    ConditionsBinder(Problems problems, List<String> listeners) {
        this.problems = problems;
        this.listeners = listeners;
        this.values = new ValuesBinder(problems);
    }

    /** Null when something is wrong with them, which has been reported. */
    @Nullable
    Conditions bind(Section route) {
        int before = problems.count();
        boolean typo = KEYS.stream().anyMatch(route::misspelt);
        PathCondition path = path(route);
        // One that could not even be read has been reported before.
        typo |= path == null
                && List.of("path", "exactPath", "pathPattern").stream().anyMatch(key -> route.value(key) != null);
        Node clients = route.value("clients");
        Conditions bound = new Conditions(
                route.list("host", "a host", "api.example.com, \"*.example.com\", or a list", HostName::parse),
                path != null && path.equals(ROOT) ? null : path,
                route.list("methods", "a method", METHODS, ConditionsBinder::method),
                values.bind(route, "headers", ConditionsBinder::header),
                values.bind(route, "query", ConditionsBinder::parameter),
                values.bind(route, "cookies", ConditionsBinder::cookie),
                clients == null ? List.of() : Blocks.bind(clients, route.path("clients"), problems),
                route.list("listeners", "a listener", "the name of a listener, or a list", this::listener));
        if (clients instanceof Node.Sequence list && list.items().isEmpty()) empty(clients, route.path("clients"));
        return typo || problems.count() > before ? null : bound;
    }

    private @Nullable PathCondition path(Section route) {
        List<String> given = List.of("path", "exactPath", "pathPattern").stream()
                .filter(key -> route.value(key) != null)
                .toList();
        given.stream()
                .skip(1)
                .forEach(key -> route.refuse(key, "stands beside " + given.get(0) + " (expected one of the two)"));
        PathCondition prefix = path(route, "path", "a path such as /api", text -> {
            String checked = RouteConfig.prefix(text);
            // The root, which is no condition, is told from none at all: the section may have more to say.
            return checked == null ? ROOT : new PathCondition(Kind.PREFIX, checked);
        });
        PathCondition exact = path(
                route,
                "exactPath",
                "a path such as /api/health",
                text -> new PathCondition(Kind.EXACT, RouteConfig.exact(text)));
        PathCondition pattern = path(
                route,
                "pathPattern",
                "a regular expression such as '/v[0-9]+/users/.*'",
                text -> new PathCondition(Kind.PATTERN, expression(text)));
        if (exact != null) return exact;
        if (pattern != null) return pattern;
        return prefix;
    }

    private @Nullable PathCondition path(
            Section route, String key, String expected, Function<String, PathCondition> parser) {
        Node node = route.value(key);
        String text = route.text(key, "a path", expected);
        return node == null || text == null ? null : Section.parsed(node, route.path(key), problems, text, parser);
    }

    private static String expression(String text) {
        // A path begins with a slash, and the whole of it has to fit.
        if (text.matches("[A-Za-z0-9].*"))
            throw new IllegalArgumentException(
                    Text.quote(text) + " fits no path (expected it to begin with /, as paths do, or with .*)");
        Expression.compile(text);
        return text;
    }

    private static String method(String text) {
        if (text.matches(TOKEN) && text.equals(text.toUpperCase(Locale.ROOT))) return text;
        String hint = text.matches(TOKEN) ? text.toUpperCase(Locale.ROOT) + ": methods are case-sensitive" : METHODS;
        throw new IllegalArgumentException(Text.quote(text) + " is not a method (expected " + hint + ")");
    }

    static @Nullable String header(String name) {
        String key = name.equalsIgnoreCase("host") ? "host" : name.equalsIgnoreCase("cookie") ? "cookies" : null;
        if (key != null) return "has a key of its own (expected it as " + key + ": beside headers)";
        return name.matches(TOKEN) ? null : "is not a field name (expected letters, digits and - such as X-Version)";
    }

    private static @Nullable String parameter(String name) {
        return name.isEmpty() ? "is not the name of a parameter (expected it decoded, such as debug)" : null;
    }

    static @Nullable String cookie(String name) {
        return name.matches(TOKEN)
                ? null
                : "is not the name of a cookie (expected letters, digits and !#$%&'*+.^_`|~-)";
    }

    private String listener(String name) {
        if (listeners.isEmpty() || listeners.contains(name)) return name;
        String meant = Text.nearest(name, listeners);
        String hint = meant == null ? "" : "; did you mean " + Text.quote(meant) + "?";
        String known = listeners.stream().limit(20).map(Text::escape).collect(Collectors.joining(", "));
        String more = listeners.size() > 20 ? " and " + (listeners.size() - 20) + " more" : "";
        throw new IllegalArgumentException(
                Text.quote(name) + " is no listener (expected one of: " + known + more + hint + ")");
    }

    /** It would take nothing, or, to somebody else, everything. */
    private void empty(Node node, String path) {
        problems.add(node.at(), path, "there is none (expected at least one, or no such key)");
    }
}
