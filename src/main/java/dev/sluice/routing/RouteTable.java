package dev.sluice.routing;

import dev.sluice.config.Conditions;
import dev.sluice.config.RouteConfig;
import dev.sluice.routing.RouteMatch.Found;
import dev.sluice.routing.RouteMatch.None;
import dev.sluice.routing.RouteMatch.Refused;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * All routes, and the way from a request to one of them. Of those that it fits the first gets it, in the order of {@link
 * Precedence}; where they stand in the list decides only between equals. Immutable; any thread may ask.
 *
 * <p>A path is matched as a backend would read it: percent-decoded once (RFC 3986 §2.4), dot segments resolved (§5.2.4),
 * case-sensitive (§6.2.2.1). Servers disagree about {@code %2F}, backslashes, {@code ;parameters}, empty segments and
 * encoded dots; a path that holds one of these is read in every way known, and when two readings select different
 * routes it is refused rather than guessed. {@code %3B} is data everywhere.
 *
 * <p>A plain path costs one pass without allocation, and a hash lookup for each segment down to the deepest one known;
 * the number of routes does not matter, nor that of hosts, nor that of the values which routes want of one header,
 * parameter or cookie. Any other path costs one pass for each of its readings. Routes that differ in expressions, methods
 * or clients alone are tried one by one. Of the request itself nothing is asked that no route which fits depends on.
 */
public final class RouteTable {
    static final RouteMatch NONE = new None();

    private static final Refused NO_SLASH = new Refused("path does not start with a slash");
    private static final Refused CLIMBS = new Refused("path climbs above the root");
    private static final Refused TOO_MUCH = new Refused("too much to compare with expressions");

    private final List<Route> routes;
    private final List<Candidate> candidates;
    private final Hosts hosts;

    /** Whether any route looks at the host. */
    private final boolean byHost;

    private RouteTable(List<Route> routes, List<Candidate> candidates) {
        this.routes = List.copyOf(routes);
        this.candidates = List.copyOf(candidates);
        this.hosts = Hosts.of(candidates);
        this.byHost = !hosts.areNone();
    }

    /**
     * Builds the table.
     *
     * @param configs in the order of the file; a path is written decoded, what is not ASCII in it counts as UTF-8
     * @throws IllegalArgumentException when a path is not in its plain form, an expression is none, or two routes look for
     *     the same requests
     */
    public static RouteTable of(List<RouteConfig> configs) {
        List<Route> routes = new ArrayList<>();
        Map<Conditions, Route> known = new HashMap<>();
        for (RouteConfig config : configs) {
            Route route = new Route(routes.size(), config.name(), config.conditions(), config.drain());
            Route other = known.putIfAbsent(route.conditions(), route);
            if (other != null) throw twice(route, other);
            routes.add(route);
        }
        return sorted(routes);
    }

    /**
     * Builds a table of routes that look at nothing but the path, each named after it.
     *
     * @param prefixes of whole segments, as a route has them; each once
     */
    public static RouteTable ofPaths(List<String> prefixes) {
        List<Route> routes = new ArrayList<>();
        for (String prefix : prefixes) routes.add(new Route(routes.size(), prefix, Conditions.prefix(prefix), null));
        return sorted(routes);
    }

    private static RouteTable sorted(List<Route> routes) {
        List<Candidate> candidates = new ArrayList<>();
        for (Route route : routes.stream().sorted(Precedence.ORDER).toList())
            candidates.add(new Candidate(route, candidates.size()));
        return new RouteTable(routes, candidates);
    }

    private static IllegalArgumentException twice(Route route, Route other) {
        boolean path = route.conditions().isPathAlone();
        String message = "routes[%d]%s: %s (expected: %s that no other route has; routes[%d] has the same)";
        String quoted = route.path() == null ? "none" : '"' + route.path() + '"';
        return new IllegalArgumentException(message.formatted(
                route.index(),
                path ? ".path" : "",
                path ? quoted : route.conditions(),
                path ? "a path" : "conditions",
                other.index()));
    }

    /** All routes, in the order of the file. */
    public List<Route> routes() {
        return routes;
    }

    /** The same, in the order in which they are compared with a request, if their hosts are the same. */
    List<Candidate> candidates() {
        return candidates;
    }

    /** Those that no request ever gets to, because another one takes all that they look for. */
    public List<Shadowed> shadowed() {
        return shadowed(List.of());
    }

    /**
     * The same where it is known which listeners there are.
     *
     * @param listeners the names of all of them; empty where they are not known
     */
    public List<Shadowed> shadowed(List<String> listeners) {
        return Shadowed.in(candidates, listeners);
    }

    /**
     * What becomes of a request and why, as slowly as that takes.
     *
     * @param rawPath as {@link #match(String, Object, Function)} has it
     */
    public Explanation explain(String rawPath, RoutedRequest request) {
        return Explanation.of(this, rawPath, request);
    }

    /** Selects the route for a request of which nothing is known but its path. */
    public RouteMatch match(String rawPath) {
        return match(rawPath, StatedRequest.NOTHING, request -> request);
    }

    /**
     * Selects the route for a request. Throws nothing, whatever the client sent.
     *
     * @param rawPath as it came in the request target (RFC 9112 §3.2), nothing decoded, without the query; what is not
     *     ASCII in it counts as the UTF-8 that it came in. {@code *} (the asterisk form, §3.2.4) is served by routes
     *     without a path alone
     * @param request whatever the caller has of it
     * @param view makes of it what routes ask; called only when a route depends on more than the path
     */
    public <R> RouteMatch match(String rawPath, R request, Function<? super R, ? extends RoutedRequest> view) {
        Inquiry inquiry = null;
        PathTree tree = hosts.every();
        if (byHost) {
            inquiry = new Inquiry(view.apply(request));
            tree = hosts.of(inquiry.host());
        }
        boolean slash = !rawPath.isEmpty() && rawPath.charAt(0) == '/';
        PathNode node = slash ? PathTree.walk(tree.root, rawPath) : null;
        if (node != null && node.match != null) return node.match;
        if (inquiry == null) inquiry = new Inquiry(view.apply(request));
        RouteMatch match;
        if (!slash) match = rawPath.equals("*") ? withoutPath(tree, inquiry) : NO_SLASH;
        else if (node == null) match = inEveryReading(rawPath, tree, inquiry);
        else match = plain(rawPath, node, tree, inquiry);
        return inquiry.isSpent() ? TOO_MUCH : match;
    }

    private static RouteMatch withoutPath(PathTree tree, Inquiry request) {
        for (PathTree next = tree; next != null; next = next.wider) {
            RouteMatch match = next.withoutPath(request);
            if (match != null) return match;
        }
        return NONE;
    }

    private static RouteMatch plain(String path, PathNode start, PathTree tree, Inquiry request) {
        RouteMatch match = PathTree.at(start, path, request);
        for (PathTree next = tree.wider; match == null && next != null; next = next.wider) {
            PathNode node = PathTree.walk(next.root, path);
            if (node != null) match = PathTree.at(node, path, request);
        }
        return match == null ? NONE : match;
    }

    /** The same as {@link #match}, for any path that starts with a slash. */
    private static RouteMatch inEveryReading(String rawPath, PathTree tree, Inquiry request) {
        PathTokens path = PathTokens.decode(rawPath);
        if (path.refused != null) return path.refused;
        PathWalk walk = new PathWalk(path);
        RouteMatch agreed = null;
        for (Reading reading : Reading.of(path)) {
            RouteMatch match = read(walk, reading, tree, request);
            // The table holds one object for each answer.
            if (match == CLIMBS || request.isSpent()) return match;
            if (agreed != null && match != agreed)
                return new Refused("path can be read as " + nameOf(agreed) + " and as " + nameOf(match));
            agreed = match;
        }
        return agreed == null ? NONE : agreed;
    }

    private static RouteMatch read(PathWalk walk, Reading reading, PathTree tree, Inquiry request) {
        for (PathTree next = tree; next != null; next = next.wider) {
            if (!walk.read(reading, next.root)) return CLIMBS;
            RouteMatch match = PathTree.at(walk, request);
            if (match != null) return match;
        }
        return NONE;
    }

    /** The same as {@link #match}, the slow way for every path that starts with a slash. */
    RouteMatch matchInEveryReading(String rawPath, RoutedRequest request) {
        Inquiry inquiry = new Inquiry(request);
        RouteMatch match = inEveryReading(rawPath, hosts.of(inquiry.host()), inquiry);
        return inquiry.isSpent() ? TOO_MUCH : match;
    }

    private static String nameOf(RouteMatch match) {
        return match instanceof Found found ? "route " + found.route().name() : "no route";
    }
}
