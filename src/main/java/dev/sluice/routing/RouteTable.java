package dev.sluice.routing;

import dev.sluice.config.RouteConfig;
import dev.sluice.routing.RouteMatch.Found;
import dev.sluice.routing.RouteMatch.None;
import dev.sluice.routing.RouteMatch.Refused;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All routes, and the way from a path to one of them: the longest prefix wins, wherever it stands in the list.
 * Immutable; any thread may ask.
 *
 * <p>A path is matched as a backend would read it: percent-decoded once (RFC 3986 §2.4), dot segments resolved (§5.2.4),
 * case-sensitive (§6.2.2.1). Servers disagree about {@code %2F}, backslashes, {@code ;parameters}, empty segments and
 * encoded dots; a path that holds one of these is read in every way known, and when two readings select different
 * routes it is refused rather than guessed. {@code %3B} is data everywhere.
 *
 * <p>A plain path costs one pass without allocation, and a hash lookup for each segment down to the deepest prefix; the
 * number of routes does not matter. Any other costs one pass for each of its readings.
 */
public final class RouteTable {
    private static final String PATH_EXPECTED =
            "a decoded path such as /api: starting with a slash, not ending with one,"
                    + " without empty or dot segments and without %, ;, \\, ?, # and control characters";
    private static final Refused NO_SLASH = new Refused("path does not start with a slash");
    private static final Refused CLIMBS = new Refused("path climbs above the root");

    private final List<Route> routes;
    private final PathNode root;

    /** For a request without a path. */
    private final RouteMatch fallback;

    private RouteTable(List<Route> routes, PathNode root, RouteMatch fallback) {
        this.routes = List.copyOf(routes);
        this.root = root;
        this.fallback = fallback;
    }

    /**
     * Builds the table.
     *
     * @param configs in the order of the file; a path is written decoded, what is not ASCII in it counts as UTF-8
     * @throws IllegalArgumentException when a path is not in its plain form, or two routes have the same one
     */
    public static RouteTable of(List<RouteConfig> configs) {
        List<Route> routes = new ArrayList<>();
        PathNode.Draft root = new PathNode.Draft();
        Found fallback = null;
        for (RouteConfig config : configs) {
            Route route = new Route(routes.size(), config.name(), config.path(), config.drain());
            Found found = new Found(route);
            if (route.path() == null) {
                requireFirst(route, fallback);
                fallback = found;
            } else {
                PathNode.Draft node = descend(root, route, route.path());
                requireFirst(route, node.own());
                node.own(found);
            }
            routes.add(route);
        }
        RouteMatch otherwise = fallback == null ? new None() : fallback;
        return new RouteTable(routes, root.freeze("", otherwise), otherwise);
    }

    /** All routes, in the order of the file. */
    public List<Route> routes() {
        return routes;
    }

    /**
     * Selects the route for a path. Throws nothing, whatever the client sent.
     *
     * @param rawPath as it came in the request target (RFC 9112 §3.2), nothing decoded, without the query; what is not
     *     ASCII in it counts as the UTF-8 that it came in. {@code *} (the asterisk form, §3.2.4) is served by the route
     *     without a path alone
     */
    public RouteMatch match(String rawPath) {
        if (rawPath.isEmpty() || rawPath.charAt(0) != '/') {
            return rawPath.equals("*") ? fallback : NO_SLASH;
        }
        PathNode node = root;
        boolean onPrefix = true;
        int length = rawPath.length();
        // Each round takes a segment and the slash that ends it.
        for (int i = 1; i < length; i++) {
            int start = i;
            int hash = 0;
            char c = rawPath.charAt(i);
            // A dot may begin a dot segment: rare enough at this place to leave it to the full reading.
            if (c == '/' || c == '.') {
                return matchInEveryReading(rawPath);
            }
            while (c != '/') {
                if (!isPlain(c)) {
                    return matchInEveryReading(rawPath);
                }
                hash = 31 * hash + c;
                c = ++i < length ? rawPath.charAt(i) : '/';
            }
            PathNode child = onPrefix ? node.child(rawPath, start, i, hash) : null;
            onPrefix = child != null;
            node = child != null ? child : node;
        }
        return node.match;
    }

    /** Means the same in every reading, wherever it stands. */
    private static boolean isPlain(char c) {
        return c >= ' ' && c < 0x7F && c != '%' && c != ';' && c != '\\' && c != '?' && c != '#';
    }

    /** The same as {@link #match}, for any path that starts with a slash. */
    RouteMatch matchInEveryReading(String rawPath) {
        PathTokens path = PathTokens.decode(rawPath);
        if (path.refused != null) {
            return path.refused;
        }
        PathWalk walk = new PathWalk(path, root);
        RouteMatch agreed = null;
        for (Reading reading : Reading.of(path)) {
            RouteMatch match = walk.read(reading);
            if (match == null) {
                return CLIMBS;
            }
            // The table holds one object for each answer.
            if (agreed != null && match != agreed) {
                return new Refused("path can be read as " + nameOf(agreed) + " and as " + nameOf(match));
            }
            agreed = match;
        }
        return agreed == null ? fallback : agreed;
    }

    private static String nameOf(RouteMatch match) {
        return match instanceof Found found ? "route " + found.route().name() : "no route";
    }

    private static void requireFirst(Route route, @Nullable Found other) {
        if (other != null) {
            throw new IllegalArgumentException(
                    "routes[%d].path: %s (expected: a path that no other route has; routes[%d]"
                                    .formatted(
                                            route.index(),
                                            quoted(route.path()),
                                            other.route().index())
                            + " has the same)");
        }
    }

    private static PathNode.Draft descend(PathNode.Draft root, Route route, String path) {
        if (path.equals("/")) {
            return root;
        }
        boolean plain = path.startsWith("/") && path.chars().allMatch(c -> c >= 0x80 || isPlain((char) c));
        PathNode.Draft node = root;
        // The limit -1 keeps a trailing empty segment, so that it is seen.
        for (String segment : plain ? path.substring(1).split("/", -1) : new String[] {""}) {
            if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
                throw new IllegalArgumentException(
                        "routes[%d].path: %s (expected: %s)".formatted(route.index(), quoted(path), PATH_EXPECTED));
            }
            node = node.child(new String(segment.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
        }
        return node;
    }

    private static String quoted(@Nullable String path) {
        return path == null ? "none" : '"' + path + '"';
    }
}
