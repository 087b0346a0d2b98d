package dev.sluice.proxy;

import com.google.re2j.Pattern;
import dev.sluice.config.ActionConfig;
import dev.sluice.config.BackendConfig;
import dev.sluice.config.Conditions;
import dev.sluice.config.Expression;
import dev.sluice.config.HandlingConfig;
import dev.sluice.config.MaintenanceConfig;
import dev.sluice.config.Page;
import dev.sluice.config.PathCondition;
import dev.sluice.config.RequestConfig;
import dev.sluice.config.ResponseConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.Template;
import dev.sluice.config.UpstreamConfig;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * What is done with the requests of one route and their answers. What a route does not say costs nothing: whatever is not
 * asked for is null, and looked at once. Immutable; safe for use by many threads.
 */
final class Handling {
    /** Of answers that hold for a while. */
    static final HttpField NOT_STORED = new HttpField(HttpHeader.CACHE_CONTROL, "no-store");

    private static final FixedAnswer.Bytes CLOSED = FixedAnswer.Bytes.of("503 Service Unavailable\n");

    private final String route;
    private final Map<Page, FixedAnswer.Bytes> pages = new HashMap<>();
    private final FixedAnswer.@Nullable Bytes constant;
    /** What backends are told in the place of the client's host. */
    private final @Nullable String told;

    private final ActionConfig action;
    private final HandlingConfig config;
    private final @Nullable PoolChoice pools;
    private final @Nullable Mirror mirror;
    private final @Nullable PathRewrite paths;
    private final @Nullable FieldEditor request;
    private final @Nullable FieldEditor response;
    private final @Nullable CrossOrigin crossOrigin;
    private final @Nullable CarefulBrowsers careful;
    private final @Nullable Compression compression;
    private final BackendPlaces places;
    private final UpstreamConfig upstream;
    private final Outlook outlook;
    private final RequestFacts.Route facts;
    private final @Nullable Duration drain;

    /**
     * @param pools null when it asks no backend
     * @param mirror where requests are copied to; null for nowhere
     * @param options what holds where the route says nothing
     * @throws IllegalArgumentException when it names a coding that cannot be used; the message names the route
     */
    Handling(
            RouteConfig route,
            @Nullable PoolChoice pools,
            @Nullable Mirror mirror,
            ProxyOptions options,
            Outlook outlook,
            ForwardedClient clients,
            RequestIds ids,
            Encoders encoders) {
        this.route = route.name();
        this.action = route.action();
        this.config = route.handling();
        this.pools = pools;
        this.mirror = mirror;
        this.drain = route.drain();
        this.outlook = outlook;
        RequestConfig in = config.request();
        paths = in.changesPaths() ? new PathRewrite(in) : null;
        request = in.headers().isEmpty() ? null : new FieldEditor(in.headers());
        ResponseConfig out = config.response();
        response = out.headers().isEmpty() ? null : new FieldEditor(out.headers());
        crossOrigin = config.cors() == null ? null : new CrossOrigin(config.cors());
        careful = config.securityHeaders() == null ? null : new CarefulBrowsers(config.securityHeaders());
        compression = out.compress().isEmpty() ? null : new Compression(route.name(), out.compress(), encoders);
        places = places(in, options.prefix());
        told = options.preserveHost() ? null : options.hostHeader();
        config.errorPages().pages().values().forEach(page -> pages.put(page, FixedAnswer.Bytes.of(page.text())));
        MaintenanceConfig closed = config.maintenance();
        if (closed != null && closed.page() != null)
            pages.put(closed.page(), FixedAnswer.Bytes.of(closed.page().text()));
        String body = route.action() instanceof ActionConfig.Respond respond
                ? respond.body().constant()
                : null;
        constant = body == null ? null : FixedAnswer.Bytes.of(body);
        upstream = config.timeouts().over(options.upstream());
        facts = new RequestFacts.Route(route.name(), groups(route), options.prefix(), clients, ids);
    }

    /** Of requests that have no route: what their answers look like. */
    static Handling unrouted(ProxyOptions options, ForwardedClient clients, RequestIds ids, Encoders encoders) {
        ActionConfig none = new ActionConfig.Respond(404, Template.literal(""), "text/plain;charset=utf-8");
        RouteConfig route = new RouteConfig("none", Conditions.NONE, none, options.unrouted(), null);
        return new Handling(route, null, null, options, new Outlook(), clients, ids, encoders);
    }

    /** What an expression has made of a path cannot be undone. */
    private static BackendPlaces places(RequestConfig in, String prefix) {
        String before = PathText.encode(prefix);
        if (in.rewrite() != null) return new BackendPlaces(before, "");
        PathRewrite change = new PathRewrite(in);
        return new BackendPlaces(before + PathText.encode(change.stripped()), change.added());
    }

    private static @Nullable Pattern groups(RouteConfig route) {
        PathCondition path = route.conditions().path();
        return path == null || path.kind() != PathCondition.Kind.PATTERN ? null : Expression.compile(path.text());
    }

    String route() {
        return route;
    }

    Outlook outlook() {
        return outlook;
    }

    @Nullable
    Duration drain() {
        return drain;
    }

    /** Waits and limits towards its backends. */
    UpstreamConfig upstream() {
        return upstream;
    }

    /** Null when it asks no backend. */
    @Nullable
    PoolChoice pools() {
        return pools;
    }

    /** Where its requests are copied to; null for nowhere. */
    @Nullable
    Mirror mirror() {
        return mirror;
    }

    private RequestFacts facts(Request in) {
        return new RequestFacts(in, facts);
    }

    // What is answered without a backend.

    /** Null when a backend has to be asked. */
    @Nullable
    FixedAnswer answer(Request in) {
        FixedAnswer preflight = crossOrigin == null ? null : crossOrigin.preflight(in);
        if (preflight != null) return preflight;
        MaintenanceConfig closed = config.maintenance();
        if (closed != null && !isExcepted(closed, in)) return closed(closed);
        if (action instanceof ActionConfig.Redirect redirect) {
            String to = Places.of(facts(in).renderField(redirect.to()));
            return FixedAnswer.of(redirect.status(), new HttpField(HttpHeader.LOCATION, to));
        }
        if (action instanceof ActionConfig.Respond respond) {
            String body = facts(in).render(respond.body());
            Page page = body.isEmpty() ? page(respond.status()) : null;
            if (page != null) return new FixedAnswer(respond.status(), List.of(), page.type(), bytes(page));
            FixedAnswer.Bytes bytes = constant == null ? FixedAnswer.Bytes.of(body) : constant;
            return new FixedAnswer(respond.status(), List.of(), body.isEmpty() ? null : respond.type(), bytes);
        }
        return null;
    }

    private boolean isExcepted(MaintenanceConfig closed, Request in) {
        if (closed.except().isEmpty()) return false;
        InetAddress client = facts.clients().address(in);
        return client != null && closed.except().stream().anyMatch(block -> block.contains(client));
    }

    private FixedAnswer closed(MaintenanceConfig closed) {
        Page page = closed.page() == null ? page(503) : closed.page();
        List<HttpField> fields = closed.retryAfter() == null
                ? List.of(NOT_STORED)
                : List.of(
                        NOT_STORED,
                        new HttpField(
                                HttpHeader.RETRY_AFTER,
                                Long.toString(closed.retryAfter().toSeconds())));
        return page == null
                ? new FixedAnswer(503, fields, "text/plain;charset=utf-8", CLOSED)
                : new FixedAnswer(503, fields, page.type(), bytes(page));
    }

    /** What an answer of that status looks like that is an error; null for a line. */
    @Nullable
    Page page(int status) {
        return config.errorPages().page(status);
    }

    /** How long its page is, in bytes; 0 for none. */
    long pageBytes(int status) {
        Page page = page(status);
        return page == null ? 0 : bytes(page).length();
    }

    /** What its answers share, however many there are. */
    FixedAnswer.Bytes bytes(Page page) {
        FixedAnswer.Bytes known = pages.get(page);
        return known == null ? FixedAnswer.Bytes.of(page.text()) : known;
    }

    /** Whether the answer of a backend is one that its page takes the place of. */
    boolean intercepts(int status) {
        return config.errorPages().intercept() && status >= 400 && page(status) != null;
    }

    /** Most bytes in a request's body, or -1. */
    long maxBody() {
        return config.request().maxBody();
    }

    // What is changed on the way.

    /** What a backend is asked for; null for a path that cannot be rewritten safely. */
    PathRewrite.@Nullable Line line(String path, @Nullable String query) {
        return paths == null ? new PathRewrite.Line(path, query) : paths.of(path, query);
    }

    /** Changes the fields of a request as they go to a backend. */
    void request(Request in, HttpFields.Mutable headers, BackendConfig backend) {
        facts.ids().tell(in, headers);
        RequestConfig.HostConfig host = config.request().host();
        if (host != null) {
            String own = backend.hostField();
            String value = host.value() == null ? own : facts(in).renderField(host.value());
            headers.put(new HttpField(HttpHeader.HOST, value.isEmpty() ? own : value));
        }
        if (request != null) request.apply(headers, facts(in));
    }

    /**
     * Changes the fields of a backend's answer as they go to the client.
     *
     * @param said by the backend
     */
    void response(Request in, int status, HttpFields said, HttpFields.Mutable headers, BackendConfig backend) {
        ResponseConfig how = config.response();
        boolean elsewhere = how.rewriteLocation() && (status == 201 || status / 100 == 3 || paths != null);
        boolean cookies = how.rewriteCookies() && headers.contains(HttpHeader.SET_COOKIE);
        if (elsewhere || cookies) {
            BackendPlaces.View client = client(in);
            if (elsewhere && !client.host().isEmpty()) places.locations(headers, backend, client);
            if (cookies) places.cookies(headers, said, backend, client);
        }
        finish(in, false, headers);
    }

    /** Lets the body of a backend's answer go out compressed, where the route and the client want that. */
    void encode(Request in, int status, Response out, AnswerHead head) {
        if (compression == null) return;
        Encoders.Supply coding = compression.choose(in, status, out.getHeaders());
        if (coding != null) head.encode(coding, in.getConnectionMetaData().getConnector());
    }

    private BackendPlaces.View client(Request in) {
        String host = RequestHeaders.host(in);
        String scheme = facts.clients().cameByTls(in) ? "https" : "http";
        RequestConfig.HostConfig own = config.request().host();
        String instead = own == null || own.value() == null ? told : facts(in).renderField(own.value());
        return new BackendPlaces.View(scheme + "://" + host, host, instead);
    }

    /**
     * Changes the fields of an answer, whoever gave it.
     *
     * @param preflight whether it tells a browser what it may
     */
    void finish(Request in, boolean preflight, HttpFields.Mutable headers) {
        if (careful != null) careful.apply(headers, facts.clients().cameByTls(in));
        if (crossOrigin != null) crossOrigin.apply(in, preflight, headers);
        // What is written there has the last word.
        if (response != null) response.apply(headers, facts(in));
    }
}
