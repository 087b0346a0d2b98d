package dev.sluice.proxy;

import dev.sluice.config.ActionConfig;
import dev.sluice.config.HandlingConfig;
import dev.sluice.config.MaintenanceConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.routing.AnyValue;
import dev.sluice.routing.RoutedRequest;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a proxy would do with a request before its route is chosen and after that, as far as the configuration says it.
 * Nothing is started, and nobody asked. Immutable; any thread may ask.
 */
public final class RequestPreview {
    private final boolean allowTrace;
    private final @Nullable SecureRedirect secure;

    public RequestPreview(ProxyOptions options) {
        this.allowTrace = options.allowTrace();
        this.secure = SecureRedirect.of(options.toHttps());
    }

    /**
     * What becomes of a request that has a route.
     *
     * @param answer of the proxy itself, such as {@code 503: maintenance}; null when it does what the route's action says
     * @param refused whether that is an error
     * @param pool that it goes to because of its headers or cookies; null when these do not decide
     * @param target what a backend is asked for, path and query; null when no backend is asked, or each for something else
     */
    public record Served(
            @Nullable String answer,
            boolean refused,
            @Nullable PoolConfig pool,
            @Nullable String target) {}

    /**
     * What is answered before any route is asked, such as {@code 405: TRACE does not pass}; null when routes are asked. A
     * trusted proxy that has spoken TLS to the client is not thought of.
     *
     * @param path raw
     */
    public @Nullable String before(RoutedRequest request, String path) {
        String method = request.method();
        if (!Refusals.passes(method, allowTrace)) return "405: " + method + " does not pass";
        String host = Objects.requireNonNullElse(request.host(), "");
        String place = secure == null ? null : secure.place(request.listener(), host, path, request.query());
        if (place == null) return null;
        String why = "listener " + request.listener() + " sends everyone to https";
        return place.isEmpty() ? "400: " + why + ", and there is no host" : "308 to " + place + ": " + why;
    }

    /** @param path raw, as routes see it */
    public Served after(RouteConfig route, RoutedRequest request, String path) {
        String own = answer(route.handling(), request);
        if (own != null) return new Served(own, own.startsWith("503"), null, null);
        if (route.action().pools().isEmpty()) return new Served(null, false, null, null);
        PathRewrite.Line line = new PathRewrite.Line(path, request.query());
        if (route.handling().request().changesPaths())
            line = new PathRewrite(route.handling().request()).of(path, request.query());
        if (line == null) return new Served("400: the path cannot be rewritten safely", true, null, null);
        PoolConfig pool = decided(route.action(), request);
        return new Served(
                null, false, pool, target(pool == null ? route.action().pools() : List.of(pool), line));
    }

    private static @Nullable String answer(HandlingConfig handling, RoutedRequest request) {
        boolean origin = !request.fields("origin").isEmpty();
        boolean asks = !request.fields("access-control-request-method").isEmpty();
        if (handling.cors() != null && CrossOrigin.isPreflight(request.method(), origin, asks))
            return "204: cors answers a preflight request";
        MaintenanceConfig closed = handling.maintenance();
        if (closed == null) return null;
        if (closed.except().isEmpty()) return "503: maintenance";
        if (request.client() == null) return "503: maintenance, unless its client is one of " + closed.except();
        return closed.except().stream().anyMatch(block -> block.contains(request.client())) ? null : "503: maintenance";
    }

    private static @Nullable PoolConfig decided(ActionConfig action, RoutedRequest request) {
        if (!(action instanceof ActionConfig.Split split)) return null;
        for (ActionConfig.Share share : split.shares())
            if (new AnyValue(share.headers(), share.cookies()).fits(request)) return share.pool();
        return null;
    }

    private static @Nullable String target(List<PoolConfig> pools, PathRewrite.Line line) {
        List<String> targets = pools.stream()
                .flatMap(pool -> pool.backends().stream())
                .map(backend -> RawPath.join(backend, line.path(), line.query()))
                .distinct()
                .toList();
        boolean found = pools.stream().anyMatch(pool -> !pool.discoveries().isEmpty());
        return targets.size() == 1 && !found ? targets.get(0) : null;
    }
}
