package dev.sluice.runtime;

import dev.sluice.config.PoolConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.proxy.ProxyOptions;
import dev.sluice.proxy.RequestPreview;
import dev.sluice.routing.Explanation;
import dev.sluice.routing.Route;
import dev.sluice.routing.RouteMatch;
import dev.sluice.routing.RouteTable;
import dev.sluice.routing.StatedRequest;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a configuration would do with requests. Nothing is started, and nobody asked. Immutable. */
public final class RoutePreview {
    private final List<RouteConfig> routes;
    private final RouteTable table;
    private final RequestPreview around;

    private RoutePreview(SluiceConfig config) {
        this.routes = config.routes();
        this.table = RouteTable.of(routes);
        this.around = new RequestPreview(ProxyOptions.of(config));
    }

    /** @throws IllegalArgumentException when two routes look for the same requests, which no file that was read says */
    public static RoutePreview of(SluiceConfig config) {
        return new RoutePreview(config);
    }

    /**
     * A request that somebody describes.
     *
     * @param host with or without port; null for none
     * @param path as in the target of a request, nothing decoded
     * @param query as in the target; null for none
     * @param headers their values by their names in lower case
     * @param client where it comes from, behind all proxies; null when no client is to be assumed
     * @param listener by which it comes in; null when none is to be assumed
     */
    public record Asked(
            String method,
            @Nullable String host,
            String path,
            @Nullable String query,
            Map<String, List<String>> headers,
            @Nullable InetAddress client,
            @Nullable String listener) {}

    /**
     * What becomes of it.
     *
     * @param before what is answered before any route is asked, with the reason, in which case nothing else is here; null
     *     when routes are asked
     * @param route that gets it; null for none
     * @param refused why it is answered with 400; null when it is not
     * @param path as routes see it; null for one that cannot be read
     * @param fitting all routes that it fits, the one that gets it first
     * @param missed routes whose host and path it fits, and not the rest
     * @param served what becomes of it on that route; null without one
     */
    public record Answer(
            @Nullable String before,
            @Nullable RouteConfig route,
            @Nullable String refused,
            @Nullable String path,
            List<Fitting> fitting,
            List<Missed> missed,
            @Nullable Served served) {}

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

    /** @param after what the route before it has that it has not, such as {@code has the longer path}; null for the first */
    public record Fitting(RouteConfig route, @Nullable String after) {}

    /** @param flaws what is wrong with the request for this route, such as {@code method GET (expected POST)} */
    public record Missed(RouteConfig route, List<String> flaws) {}

    /** A route that no request ever gets to, and the one that takes all that it looks for. */
    public record Shadowed(RouteConfig route, RouteConfig by) {}

    public Answer ask(Asked asked) {
        var request = new StatedRequest(
                asked.method(), asked.host(), asked.query(), asked.headers(), asked.client(), asked.listener());
        String before = around.before(request, asked.path());
        if (before != null) return new Answer(before, null, null, null, List.of(), List.of(), null);
        Explanation explained = table.explain(asked.path(), request);
        RouteConfig route = explained.match() instanceof RouteMatch.Found found ? config(found.route()) : null;
        return new Answer(
                null,
                route,
                explained.match() instanceof RouteMatch.Refused refused ? refused.reason() : null,
                explained.path(),
                explained.fitting().stream()
                        .map(f -> new Fitting(config(f.route()), f.after()))
                        .toList(),
                explained.missed().stream()
                        .map(m -> new Missed(config(m.route()), m.flaws()))
                        .toList(),
                route == null ? null : served(around.after(route, request, asked.path())));
    }

    private static Served served(RequestPreview.Served foreseen) {
        return new Served(foreseen.answer(), foreseen.refused(), foreseen.pool(), foreseen.target());
    }

    /**
     * In the order of the file. What only several others take together is not found.
     *
     * @param listeners the names of all that there are
     */
    public List<Shadowed> shadowed(List<String> listeners) {
        return table.shadowed(listeners).stream()
                .map(s -> new Shadowed(config(s.route()), config(s.by())))
                .toList();
    }

    private RouteConfig config(Route route) {
        return routes.get(route.index());
    }
}
