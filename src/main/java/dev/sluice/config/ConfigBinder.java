package dev.sluice.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** From the tree to the records: which keys there are, their defaults and their bounds. */
final class ConfigBinder {

    private final Source main;
    private final Problems problems;
    private final SecretFiles files;

    ConfigBinder(Source main, Problems problems, LookedAt lookedAt) {
        this.main = main;
        this.problems = problems;
        this.files = new SecretFiles(problems, lookedAt);
    }

    /** The configuration, which is good for nothing when there are problems afterwards. */
    SluiceConfig bind(@Nullable Node root) {
        SluiceConfig defaults = SluiceConfig.defaults();
        if (root == null || Section.isNull(root)) {
            // More likely cut off in writing than meant: the defaults must not come up in its place.
            problems.add(
                    new Place(main, 1, 1), "", "nothing is set in this file (expected {} if the defaults are meant)");
            return defaults;
        }
        Section top = Section.of(root, "", problems, FileKeys.FILE);
        if (top == null) return defaults;
        Node listeners = top.value("listeners");
        UpstreamConfig upstream = upstream(top.value("upstream"));
        List<ListenerConfig> bound =
                listeners == null ? defaults.listeners() : new ListenerBinder(problems, files).bind(listeners);
        DrainConfig drain = drain(top.value("drain"));
        Defaults usual = Defaults.bind(top.value(Defaults.KEY), problems);
        return new SluiceConfig(
                bound,
                drain,
                routes(top, defaults.routes(), listenerNames(top, bound), usual, upstream, drain),
                upstream,
                server(top.value("server")),
                new DnsBinder(problems).bind(top.value("dns")),
                new AdminBinder(problems).bind(top.value("admin"), bound),
                trustedProxies(top.value("trustedProxies")),
                unrouted(usual.route()));
    }

    /** What of the defaults of routes holds where there is none. */
    private HandlingConfig unrouted(@Nullable Section usual) {
        if (usual == null) return HandlingConfig.NONE;
        PageBinder pages = new PageBinder(problems, files);
        BrowserBinder browsers = new BrowserBinder(problems);
        // What every route says otherwise is to be right all the same.
        pages.maintenance(usual);
        browsers.cors(usual);
        return HandlingConfig.ofAnswers(
                new ErrorPagesConfig(pages.bind(usual), false), browsers.securityHeaders(usual));
    }

    private List<RouteConfig> routes(
            Section top,
            List<RouteConfig> defaults,
            List<String> listeners,
            Defaults all,
            UpstreamConfig upstream,
            DrainConfig drain) {
        PoolBinder pools = new PoolBinder(problems, files, upstream.maxConnections(), all.pool());
        if (top.misspelt("pools")) pools.unreadable();
        pools.bind(top.value("pools"));
        Node node = top.value("routes");
        if (top.misspelt("routes")) pools.unresolved();
        List<RouteConfig> routes = node == null
                ? defaults
                : new RouteBinder(problems, pools, files, listeners, drain.deadline(), all.route()).bind(node);
        pools.reportUnused();
        return routes;
    }

    /** Also those of listeners in which something is wrong. Empty when the section has been reported as a whole. */
    private static List<String> listenerNames(Section top, List<ListenerConfig> bound) {
        Node node = top.value("listeners");
        if (node instanceof Node.Mapping mapping)
            return List.copyOf(mapping.entries().keySet());
        boolean known = node == null && !top.misspelt("listeners");
        return known ? bound.stream().map(ListenerConfig::name).toList() : List.of();
    }

    private DrainConfig drain(@Nullable Node node) {
        DrainConfig defaults = DrainConfig.defaults();
        Section drain = Section.optional(node, "drain", problems, ServerKeys.DRAIN);
        if (drain == null) return defaults;
        Duration deadline = drain.duration("deadline", defaults.deadline());
        Duration shortened = deadline.compareTo(defaults.linger()) < 0 ? deadline : defaults.linger();
        Duration linger = drain.duration("linger", shortened, Duration.ZERO, deadline);
        Duration spread = new DrainConfig(deadline, linger).spread();
        return new DrainConfig(
                drain.duration("announce", defaults.announce()),
                deadline,
                linger,
                files.output(drain, "ledger"),
                drain.duration("spread", spread, Duration.ZERO, deadline),
                drain.duration("leaving", defaults.leaving()));
    }

    private UpstreamConfig upstream(@Nullable Node node) {
        UpstreamConfig defaults = UpstreamConfig.defaults();
        Section upstream = Section.optional(node, "upstream", problems, ServerKeys.UPSTREAM);
        if (upstream == null) return defaults;
        return new UpstreamConfig(
                upstream.duration("connectTimeout", defaults.connectTimeout()),
                upstream.duration("firstByteTimeout", defaults.firstByteTimeout()),
                upstream.duration("idleTimeout", defaults.idleTimeout()),
                upstream.durationOrOff("totalTimeout"),
                upstream.duration("keepAlive", defaults.keepAlive()),
                upstream.number("maxConnections", defaults.maxConnections()),
                upstream.number("maxQueued", defaults.maxQueued()),
                upstream.duration("queueTimeout", defaults.queueTimeout()),
                upstream.choice("transport", defaults.transport()),
                upstream.duration("tunnelIdleTimeout", defaults.tunnelIdleTimeout()),
                upstream.duration("streamIdleTimeout", defaults.streamIdleTimeout()));
    }

    private ServerConfig server(@Nullable Node node) {
        ServerConfig defaults = ServerConfig.defaults();
        Section server = Section.optional(node, "server", problems, ServerKeys.SERVER);
        if (server == null) return defaults;
        return new ServerConfig(
                server.number("threads", defaults.threads()),
                server.number("maxConnections", defaults.maxConnections()),
                server.number("acceptQueue", defaults.acceptQueue()),
                server.duration("idleTimeout", defaults.idleTimeout()),
                server.number("requestHeaderSize", defaults.requestHeaderSize()),
                server.number("responseHeaderSize", defaults.responseHeaderSize()),
                server.flag("allowTrace", defaults.allowTrace()),
                server.number("http2MaxStreams", defaults.http2MaxStreams()),
                server.number("http2FramesPerSecond", defaults.http2FramesPerSecond()),
                server.choice("proxyStatus", defaults.proxyStatus()),
                requestId(server));
    }

    private static @Nullable String requestId(Section server) {
        String expected = "the name of a header field such as X-Request-Id, or off";
        String name = server.parsed("requestId", "a name", expected, text -> {
            if (text.equals("off") || FieldEditsBinder.flaw(text, true) == null) return text;
            throw new IllegalArgumentException(Text.quote(text) + " is no name (expected " + expected + ")");
        });
        return name == null || name.equals("off") ? null : name;
    }

    private List<Cidr> trustedProxies(@Nullable Node node) {
        if (node == null || Section.isNull(node)) return List.of();
        return Blocks.bind(node, "trustedProxies", problems);
    }
}
