package dev.sluice.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which requests, and where they go.
 *
 * @param name unique, for logs
 * @param conditions what a request must look like
 * @param pool the backends that serve it
 * @param drain from the start of a drain to the moment at which what can be ended in order is: event streams, gRPC calls,
 *     requests that wait for an answer, WebSockets; null to leave them until the drain's deadline
 */
public record RouteConfig(
        String name,
        Conditions conditions,
        PoolConfig pool,
        @Nullable Duration drain) {
    /** A header that says who the client is, before anything else is sent. */
    public enum ProxyProtocol {
        OFF,
        /** One line of text. */
        V1,
        /** Binary, with what else has been said of the client's connection. */
        V2
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

    /** The backends of its pool. */
    public List<BackendConfig> to() {
        return pool.backends();
    }

    /** What connections to them begin with. */
    public ProxyProtocol proxyProtocol() {
        return pool.proxyProtocol();
    }

    /** The same for other requests. */
    public RouteConfig withConditions(Conditions value) {
        return new RouteConfig(name, value, pool, drain);
    }

    /** The same with another pool. */
    public RouteConfig withPool(PoolConfig value) {
        return new RouteConfig(name, conditions, value, drain);
    }

    /** The same with another header at the beginning of connections. */
    public RouteConfig withProxyProtocol(ProxyProtocol value) {
        return new RouteConfig(name, conditions, pool.withProxyProtocol(value), drain);
    }

    /** The same with another limit in a drain. */
    public RouteConfig withDrain(@Nullable Duration limit) {
        return new RouteConfig(name, conditions, pool, limit);
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
