package dev.sluice.config;

import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which requests, and what becomes of them.
 *
 * @param name unique, for logs
 * @param conditions what a request must look like
 * @param action where it goes
 * @param handling what is changed on the way
 * @param drain from the start of a drain to the moment at which what can be ended in order is: event streams, gRPC calls,
 *     requests that wait for an answer, WebSockets; null to leave them until the drain's deadline
 */
public record RouteConfig(
        String name,
        Conditions conditions,
        ActionConfig action,
        HandlingConfig handling,
        @Nullable Duration drain) {
    /** A header that says who the client is, before anything else is sent. */
    public enum ProxyProtocol {
        OFF,
        /** One line of text. */
        V1,
        /** Binary, with what else has been said of the client's connection. */
        V2
    }

    /** A route to a pool, on which nothing is changed. */
    public RouteConfig(String name, Conditions conditions, PoolConfig pool, @Nullable Duration drain) {
        this(name, conditions, new ActionConfig.ToPool(pool), HandlingConfig.NONE, drain);
    }

    /**
     * A route that looks at nothing but the path, without a limit of its own in a drain.
     *
     * @param path a prefix on a segment boundary: {@code /api} means {@code /api} and {@code /api/*}, not {@code /apix};
     *     null for everything
     */
    public RouteConfig(String name, @Nullable String path, PoolConfig pool) {
        this(name, Conditions.prefix(path), pool, null);
    }

    /** A route with a pool of its own, of the same name. */
    public RouteConfig(String name, @Nullable String path, List<BackendConfig> to) {
        this(name, path, PoolConfig.of(name, to));
    }

    /** The path, whichever way it is to be read; null for a route without one. */
    public @Nullable String path() {
        return conditions.path() == null ? null : conditions.path().text();
    }

    /** The pool that all of its requests go to; null when there is none, or more than one. */
    public @Nullable PoolConfig pool() {
        return action instanceof ActionConfig.ToPool one ? one.pool() : null;
    }

    /** All pools that it sends requests to, copies of them included. */
    public List<PoolConfig> pools() {
        MirrorConfig mirror = handling.mirror();
        return mirror == null
                ? action.pools()
                : Stream.concat(action.pools().stream(), Stream.of(mirror.pool()))
                        .distinct()
                        .toList();
    }

    /** The backends of its pool, when it has one. */
    public List<BackendConfig> to() {
        PoolConfig pool = pool();
        return pool == null ? List.of() : pool.backends();
    }

    /** What connections to them begin with. */
    public ProxyProtocol proxyProtocol() {
        PoolConfig pool = pool();
        return pool == null ? ProxyProtocol.OFF : pool.proxyProtocol();
    }

    /** The same for other requests. */
    public RouteConfig withConditions(Conditions value) {
        return new RouteConfig(name, value, action, handling, drain);
    }

    /** The same to one pool. */
    public RouteConfig withPool(PoolConfig value) {
        return withAction(new ActionConfig.ToPool(value));
    }

    /** The same with another action. */
    public RouteConfig withAction(ActionConfig value) {
        return new RouteConfig(name, conditions, value, handling, drain);
    }

    /** The same with other changes on the way. */
    public RouteConfig withHandling(HandlingConfig value) {
        return new RouteConfig(name, conditions, action, value, drain);
    }

    /** The same with others in the place of its pools. */
    public RouteConfig withPools(UnaryOperator<PoolConfig> change) {
        RouteConfig changed = this;
        if (action instanceof ActionConfig.ToPool one) changed = withPool(change.apply(one.pool()));
        else if (action instanceof ActionConfig.Split split)
            changed = withAction(new ActionConfig.Split(split.shares().stream()
                    .map(share -> share.withPool(change.apply(share.pool())))
                    .toList()));
        MirrorConfig mirror = handling.mirror();
        if (mirror == null) return changed;
        return changed.withHandling(
                handling.withMirror(new MirrorConfig(change.apply(mirror.pool()), mirror.percent())));
    }

    /** The same with another header at the beginning of connections. */
    public RouteConfig withProxyProtocol(ProxyProtocol value) {
        return withPools(pool -> pool.withProxyProtocol(value));
    }

    /** The same with another limit in a drain. */
    public RouteConfig withDrain(@Nullable Duration limit) {
        return new RouteConfig(name, conditions, action, handling, limit);
    }

    /**
     * A route named after its path.
     *
     * @param path as in the YAML file; null or {@code "/"} for everything, which makes the route's name {@code default}
     * @param to the backends, at least one
     * @throws IllegalArgumentException when the path could never match or means something else than it seems, or when
     *     there is no backend; the message says what was expected
     */
    public static RouteConfig of(@Nullable String path, List<BackendConfig> to) {
        return of(path, PoolConfig.of(name(path), to));
    }

    /**
     * A route named after its path, to a pool that others may use too.
     *
     * @param path as in the YAML file; null or {@code "/"} for everything, which makes the route's name {@code default}
     * @throws IllegalArgumentException as {@link #of(String, List)}
     */
    public static RouteConfig of(@Nullable String path, PoolConfig pool) {
        String prefix = path == null ? null : prefix(path);
        if (pool.isNobodys())
            throw new IllegalArgumentException("route " + name(path) + " has no backend (expected at least one)");
        return new RouteConfig(name(path), prefix, pool);
    }

    /** What a route of that path is called. */
    static String name(@Nullable String path) {
        return path == null || path.equals("/") ? "default" : path;
    }

    /** The checked path, null when it means everything. */
    static @Nullable String prefix(String path) {
        if (path.equals("/")) return null;
        String flaw = flaw(path);
        if (flaw != null) throw new IllegalArgumentException(Text.quote(path) + " " + flaw);
        return path;
    }

    /** The checked path of a route that takes it alone; unlike a prefix it may end in a slash. */
    static String exact(String path) {
        boolean slash = path.length() > 1 && path.endsWith("/") && !path.endsWith("//");
        String flaw = path.equals("/") ? null : flaw(slash ? path.substring(0, path.length() - 1) : path);
        if (path.contains("//")) flaw = "has an empty segment (expected single slashes)";
        if (flaw != null) throw new IllegalArgumentException(Text.quote(path) + " " + flaw);
        return path;
    }

    private static @Nullable String flaw(String path) {
        if (!path.startsWith("/")) {
            return "does not start with / (expected a path such as /api)";
        }
        if (path.endsWith("/*") || path.endsWith("/")) {
            String bare = Text.escape(path.replaceAll("/+\\*?$", ""));
            String ending = path.endsWith("*") ? "ends in /* " : "ends in / ";
            return bare.isEmpty()
                    ? ending + "(expected / alone, or a route without path, for everything)"
                    : ending + "(expected " + bare + ", which means " + bare + " and " + bare + "/*)";
        }
        if (path.contains("//")) return "has an empty segment (expected single slashes)";
        if (path.contains("/./") || path.contains("/../") || path.endsWith("/.") || path.endsWith("/..")) {
            return "has a dot segment, which is resolved before routes are matched (expected the resolved path)";
        }
        if (path.indexOf('%') >= 0) return "holds % (expected the path decoded: routes are matched on it so)";
        boolean odd = path.chars().anyMatch(c -> "?#*;\\".indexOf(c) >= 0 || Character.isISOControl(c));
        return odd
                ? "holds one of ? # * ; \\ or a control character (expected a plain path prefix such as /api)"
                : null;
    }
}
