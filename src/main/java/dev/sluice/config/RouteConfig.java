package dev.sluice.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request must look like, and where it goes.
 *
 * @param name unique, for logs: the path, or {@code default} for the route without one
 * @param path a path prefix on a segment boundary: {@code /api} means {@code /api} and {@code /api/*}, not {@code
 *     /apix}; null for everything
 * @param pool the backends that serve it
 * @param drain from the start of a drain to the moment at which what can be ended in order is: event streams, gRPC calls,
 *     requests that wait for an answer, WebSockets; null to leave them until the drain's deadline
 */
public record RouteConfig(
        String name,
        @Nullable String path,
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

    /** A route without a limit of its own in a drain. */
    public RouteConfig(String name, @Nullable String path, PoolConfig pool) {
        this(name, path, pool, null);
    }

    /** A route with a pool of its own, of the same name. */
    public RouteConfig(String name, @Nullable String path, List<BackendConfig> to) {
        this(name, path, PoolConfig.of(name, to));
    }

    /** The backends of its pool. */
    public List<BackendConfig> to() {
        return pool.backends();
    }

    /** What connections to them begin with. */
    public ProxyProtocol proxyProtocol() {
        return pool.proxyProtocol();
    }

    /** The same with another pool. */
    public RouteConfig withPool(PoolConfig value) {
        return new RouteConfig(name, path, value, drain);
    }

    /** The same with another header at the beginning of connections. */
    public RouteConfig withProxyProtocol(ProxyProtocol value) {
        return new RouteConfig(name, path, pool.withProxyProtocol(value), drain);
    }

    /** The same with another limit in a drain. */
    public RouteConfig withDrain(@Nullable Duration limit) {
        return new RouteConfig(name, path, pool, limit);
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
