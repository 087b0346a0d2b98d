package dev.sluice.proxy;

import dev.sluice.config.HandlingConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.routing.RouteMatch;
import dev.sluice.routing.RouteTable;
import dev.sluice.routing.RoutedRequest;
import dev.sluice.upstream.Pool;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was built from a configuration to forward requests with: routes, their pools, the rules and the transport.
 * Immutable; one serves any number of servlets and threads. Another configuration makes another one ({@link #successor}).
 */
public final class ReverseProxy {
    /**
     * The request attribute under which an exchange describes itself: a {@link java.util.function.Supplier} of a map of
     * {@code route}, {@code pool}, {@code backend} and {@code phase}, strings; {@code received} and {@code sent}, bytes; {@code
     * generation}, the {@link #generation()} of its proxy; {@code
     * endsWithin}, a {@link java.util.function.LongToDoubleFunction}: the chance that it ends within so many nanoseconds;
     * {@code breakOff}, a {@link Runnable} that ends it.
     */
    public static final String EXCHANGE_ATTRIBUTE = "dev.sluice.exchange";

    /**
     * The request attribute by which a drain learns that an exchange outlives its response, as a WebSocket for example: a
     * map of {@code end}, a {@link java.util.concurrent.CompletionStage} that is complete when it has ended, and {@code
     * goAway}, a {@link Runnable} that ends it in order, where that can be done.
     */
    public static final String TUNNEL_ATTRIBUTE = "dev.sluice.tunnel";

    /**
     * The request attribute by which a drain learns that a route ends early what it can: a map of {@code after}, a {@link
     * java.time.Duration}, and {@code end}, a {@link java.util.function.Supplier} of an {@link java.util.Optional} of whether
     * it can be ended, which is empty when that is not known yet.
     */
    public static final String EARLY_ATTRIBUTE = "dev.sluice.early";

    private static final Logger LOG = LoggerFactory.getLogger(ReverseProxy.class);

    private final RouteTable routes;
    private final List<Pool> pools;
    private final Map<Pool, Transport> transports;
    private final List<Handling> handlings;
    private final @Nullable Handling unrouted;
    private final Map<String, Outlook> outlooks;
    private final RequestIds ids;
    private final ForwardedClient clients;
    private final ProxyOptions options;
    private final Linger linger;
    private final BackendRequests backendRequests;
    private final @Nullable SecureRedirect secure;
    private final Affinity affinity;
    /** Kept, so that a request costs no object of its own as long as its route depends on the path alone. */
    private final Function<Request, RoutedRequest> view;

    private final Means means;
    private final int generation;

    /**
     * What successors share.
     *
     * @param upgrades carries requests that ask for another protocol
     * @param executor threads for what the clock starts
     */
    private record Means(
            Transport upgrades,
            Executor executor,
            Scheduler scheduler,
            ExchangeTimeouts timeouts,
            Mirrors mirrors,
            Departures departures,
            Encoders encoders) {}

    /**
     * @param configs of the routes of the table, in its order
     * @param pools all that they name; one twice does no harm
     * @param transports says what carries requests to a pool; asked once for each
     * @param upgrades carries those that ask for another protocol
     * @param executor threads for what the clock starts
     */
    public ReverseProxy(
            RouteTable routes,
            List<RouteConfig> configs,
            Collection<Pool> pools,
            Function<Pool, Transport> transports,
            Transport upgrades,
            ProxyOptions options,
            Executor executor,
            Scheduler scheduler) {
        this(
                routes,
                configs,
                pools,
                transports,
                options,
                new Means(
                        upgrades,
                        executor,
                        scheduler,
                        new ExchangeTimeouts(scheduler, executor),
                        new Mirrors(scheduler, executor),
                        new Departures(executor, scheduler),
                        new Encoders()),
                null);
        inUse();
    }

    private ReverseProxy(
            RouteTable routes,
            List<RouteConfig> configs,
            Collection<Pool> pools,
            Function<Pool, Transport> transports,
            ProxyOptions options,
            Means means,
            @Nullable ReverseProxy before) {
        this.routes = routes;
        this.pools = pools.stream().distinct().toList();
        Map<Pool, Transport> carriers = new LinkedHashMap<>();
        for (Pool pool : this.pools) carriers.put(pool, transports.apply(pool));
        this.transports = carriers;
        this.options = options;
        this.linger = new Linger(options.connectionsLinger());
        this.outlooks = outlooks(configs, before);
        ForwardedFields forwarded = new ForwardedFields(options.trustedProxies());
        this.ids = new RequestIds(options.requestId(), forwarded);
        this.affinity = new Affinity(this.pools, forwarded);
        this.clients = new ForwardedClient(forwarded);
        this.secure = SecureRedirect.of(options.toHttps());
        this.view = in -> new JettyRequest(in, clients);
        this.backendRequests = new BackendRequests(options, forwarded, affinity);
        this.means = means;
        this.generation = before == null ? 0 : before.generation + 1;
        Map<String, PoolChoice.Way> ways = new HashMap<>();
        carriers.forEach((pool, carrier) -> ways.put(pool.name(), new PoolChoice.Way(pool, carrier)));
        Function<String, PoolChoice.Way> way = name -> Objects.requireNonNull(ways.get(name), name);
        this.handlings = configs.stream()
                .map(route -> new Handling(
                        route,
                        PoolChoice.of(route.action(), way),
                        Mirror.of(route, way, means.mirrors()),
                        options,
                        Objects.requireNonNull(outlooks.get(route.name())),
                        clients,
                        ids,
                        means.encoders()))
                .toList();
        this.unrouted = options.unrouted().equals(HandlingConfig.NONE)
                ? null
                : Handling.unrouted(options, clients, ids, means.encoders());
    }

    /** What has been learned of a route of some name is likely to hold on. */
    private static Map<String, Outlook> outlooks(List<RouteConfig> routes, @Nullable ReverseProxy before) {
        Map<String, Outlook> known = before == null ? Map.of() : before.outlooks;
        Map<String, Outlook> outlooks = new HashMap<>();
        for (RouteConfig route : routes)
            outlooks.put(route.name(), known.containsKey(route.name()) ? known.get(route.name()) : new Outlook());
        return outlooks;
    }

    /**
     * One that does the same from another configuration, for the requests from now on; exchanges of this one go on. Nothing
     * of what both have is touched. It takes effect with {@link #inUse}.
     *
     * @param next the routes
     * @param configs of the routes, in their order
     * @param itsPools those that stay as they are, are the same objects
     * @param itsTransports as in the constructor
     */
    public ReverseProxy successor(
            RouteTable next,
            List<RouteConfig> configs,
            Collection<Pool> itsPools,
            Function<Pool, Transport> itsTransports,
            ProxyOptions itsOptions) {
        return new ReverseProxy(next, configs, itsPools, itsTransports, itsOptions, means, this);
    }

    /**
     * Looks for what would keep a route from being made.
     *
     * @throws IllegalArgumentException when a coding of {@code response.compress} cannot be used here; the message says why
     */
    public static void requireUsable(RouteConfig route) {
        Encoders.require(route.name(), route.handling().response().compress());
    }

    /** Requests go to this one from now on: connections that only others had to do with are given up in time. */
    public void inUse() {
        List<Transport> all = new ArrayList<>(transports.values());
        all.add(means.upgrades());
        means.mirrors().inUse(pools);
        means.departures().inUse(pools, all);
    }

    /** How many there have been before it. Exchanges say it of themselves as {@code generation}. */
    public int generation() {
        return generation;
    }

    /**
     * The names of the routes, and of what carries the requests of each: {@code direct} or {@code httpclient}, or {@code none}
     * where no backend is asked.
     */
    public Map<String, String> transports() {
        Map<String, String> names = new LinkedHashMap<>();
        for (Handling handling : handlings) {
            PoolChoice choice = handling.pools();
            names.put(handling.route(), choice == null ? "none" : String.join(", ", choice.transports()));
        }
        return names;
    }

    /** What carries the requests to a pool of its routes. */
    Transport transport(Pool pool) {
        return Objects.requireNonNull(transports.get(pool), pool.name());
    }

    Encoders encoders() {
        return means.encoders();
    }

    /** Exchanges that have begun and not ended. */
    public int exchanges() {
        return means.timeouts().size();
    }

    /** What has become of the copies of requests, for each route that has a mirror. */
    Map<String, Mirror.Counts> mirrored() {
        Map<String, Mirror.Counts> counts = new LinkedHashMap<>();
        for (Handling handling : handlings) {
            Mirror mirror = handling.mirror();
            if (mirror != null) counts.put(handling.route(), mirror.counts());
        }
        return counts;
    }

    /** Copies of requests under way. */
    int copies() {
        return means.mirrors().underWay();
    }

    /** Stops the clock, for its successors too. Exchanges still under way have no timeouts from then on. */
    public void close() {
        means.timeouts().destroy();
        means.mirrors().close();
        means.encoders().close();
    }

    /** Forwards one request, or answers it. Never blocks: what remains to be done is done by others later. */
    void forward(HttpServletRequest request) {
        ServletContextRequest servlet = ServletContextRequest.getServletContextRequest(request);
        Response out = servlet.getServletContextResponse().getWrapped();
        forward(servlet.getWrapped(), out, Ending.of(servlet, request));
    }

    /**
     * The same without a servlet container in between.
     *
     * @param callback told of the end
     */
    public void forward(Request in, Response out, Callback callback) {
        forward(in, out, Ending.of(callback));
    }

    private void forward(Request in, Response out, Ending ending) {
        FailureAnswer refusal = Refusals.of(in, options.allowTrace());
        if (refusal == null && secure != null) {
            FixedAnswer elsewhere = secure.answer(in, clients);
            if (elsewhere != null) {
                OwnAnswer.give(this, in, 0, ending, told -> elsewhere.write(in, out, null, told));
                return;
            }
        }
        if (refusal == null) {
            HttpURI uri = in.getHttpURI();
            String path = RawPath.after(options.prefix(), uri.getPath());
            RouteMatch match = path == null ? new RouteMatch.None() : routes.match(path, in, view);
            if (match instanceof RouteMatch.Found found && path != null) {
                serve(in, out, ending, handlings.get(found.route().index()), path, uri.getQuery());
                return;
            }
            refusal = match instanceof RouteMatch.Refused refused ? refused(in, refused) : FailureAnswer.of(404);
        }
        refuse(in, out, ending, refusal, unrouted);
    }

    /** @param path raw, as routes see it */
    private void serve(
            Request in, Response out, Ending ending, Handling handling, String path, @Nullable String query) {
        FixedAnswer own = handling.answer(in);
        PoolChoice choice = handling.pools();
        if (own != null || choice == null) {
            FixedAnswer answer = Objects.requireNonNull(own);
            OwnAnswer.give(this, in, answer.body().length(), ending, told -> answer.write(in, out, handling, told));
            return;
        }
        PathRewrite.Line line = handling.line(path, query);
        if (line == null) {
            refuse(in, out, ending, FailureAnswer.of(400), handling);
            return;
        }
        if (handling.maxBody() >= 0 && in.getLength() > handling.maxBody()) {
            refuse(in, out, ending, FailureAnswer.of(413), handling);
            return;
        }
        PoolChoice.Way way = choice.choose(() -> view.apply(in));
        var target = new Target(
                handling,
                way.pool(),
                way.transport(),
                line.path(),
                line.query(),
                Math.max(-1, Refusals.maxForwards(in) - 1));
        new Exchange(this, in, out, ending, target).start();
    }

    private void refuse(Request in, Response out, Ending ending, FailureAnswer refusal, @Nullable Handling handling) {
        FailureAnswer answer = refusal.with(ProxyStatus.of(refusal.status(), options.viaHost(), options.proxyStatus()));
        long bytes = handling == null ? 0 : handling.pageBytes(refusal.status());
        OwnAnswer.give(this, in, bytes, ending, told -> answer.write(in, out, handling, told));
    }

    private static FailureAnswer refused(Request in, RouteMatch.Refused refused) {
        LOG.debug("{} {} refused: {}", in.getMethod(), in.getHttpURI().getPath(), refused.reason());
        return FailureAnswer.of(400);
    }

    // What exchanges ask for.

    ExchangeTimeouts timeouts() {
        return means.timeouts();
    }

    /** By a thread that may take its time, unlike the one that keeps it. */
    Scheduler.Task later(Runnable what, long millis) {
        return means.scheduler().schedule(() -> execute(what), millis, TimeUnit.MILLISECONDS);
    }

    void execute(Runnable what) {
        means.executor().execute(what);
    }

    /** What is read of bodies that nobody wants. */
    Linger linger() {
        return linger;
    }

    RequestIds requestIds() {
        return ids;
    }

    Affinity affinity() {
        return affinity;
    }

    /** What goes to backends. */
    BackendRequests backendRequests() {
        return backendRequests;
    }

    Transport transport(Target target, @Nullable Upgrade upgrade) {
        return upgrade == null || target.transport().carriesUpgrades() ? target.transport() : means.upgrades();
    }

    Tunnel.Parts tunnelParts(Request in, Target target, boolean webSocket) {
        return new Tunnel.Parts(
                in.getConnectionMetaData().getConnector().getByteBufferPool(),
                means.executor(),
                means.scheduler(),
                target.handling().upstream().tunnelIdleTimeout().toMillis(),
                TunnelExchange.streamReset(in),
                webSocket);
    }

    /** The answer to a request that failed. */
    FailureAnswer answer(ProxyFailure why, String id, @Nullable Attempt attempt) {
        String origin = attempt == null ? null : attempt.lease().backend().origin();
        int status = why.kind().status();
        return FailureAnswer.of(status, id).with(ProxyStatus.of(why, options.viaHost(), origin, options.proxyStatus()));
    }
}
