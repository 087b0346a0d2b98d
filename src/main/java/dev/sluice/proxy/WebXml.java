package dev.sluice.proxy;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.ConfigException;
import dev.sluice.config.ConfigReader;
import dev.sluice.config.ConnectionsConfig;
import dev.sluice.config.DnsConfig;
import dev.sluice.config.HandlingConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.RouteConfig.ProxyProtocol;
import dev.sluice.config.ServerConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.routing.RouteTable;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.balance.Policies;
import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.util.Jetty;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * What a web application declares: the init-params of one servlet, or the file that the whole context names.
 *
 * <p>A mistake is a {@link ServletException} and not an {@code UnavailableException}: with that one Jetty starts the
 * context all the same, says nothing, and answers 404.
 *
 * @param routes one for the servlet, or those of the file
 */
record WebXml(List<RouteConfig> routes, ProxyOptions options, ServerConfig server, DnsConfig dns, Executor executor) {
    /** The context-param that names a YAML file: a path, or one inside the web application ({@code /WEB-INF/...}). */
    static final String CONFIG = "sluice.config";

    private static final Pattern VERSION = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})\\.");

    static WebXml read(ServletConfig servlet) throws ServletException {
        requireJetty(Jetty.VERSION);
        ServletContext context = servlet.getServletContext();
        if (!(context.getAttribute("org.eclipse.jetty.server.Executor") instanceof Executor executor)) {
            throw new ServletException("no thread pool in the context (expected: a Jetty 12 server with EE10)");
        }
        return namesFile(context)
                ? fromFile(context, context.getInitParameter(CONFIG), executor)
                : fromParams(servlet, executor);
    }

    /** Jetty's client, which comes with us, is of 12.1 and asks the server for what older ones do not have. */
    static void requireJetty(String version) throws ServletException {
        Matcher number = VERSION.matcher(version);
        if (!number.lookingAt()) return; // Built by somebody who numbers in another way: no reason to refuse it.
        int major = Integer.parseInt(number.group(1));
        int minor = Integer.parseInt(number.group(2));
        if (major < 12 || major == 12 && minor < 1)
            throw new ServletException("Jetty " + version + " is too old for Sluice (expected: 12.1 or newer)");
    }

    /** Decoded, unlike the servlet API has it. */
    static String contextPath(ServletContext context) {
        return URLDecoder.decode(context.getContextPath().replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** Whether all servlets of the context take what they do from one file. */
    static boolean namesFile(ServletContext context) {
        String file = context.getInitParameter(CONFIG);
        return file != null && !file.isBlank();
    }

    BackendTls tls() throws ServletException {
        try {
            return BackendTls.forRoutes(routes);
        } catch (BackendTlsException e) {
            throw new ServletException(e.getMessage(), e);
        }
    }

    HttpClient client(BackendTls tls) {
        return BackendClients.create(
                options.upstream(),
                server,
                tls,
                executor,
                new ScheduledExecutorScheduler("sluice-timer", true),
                new ArrayByteBufferPool());
    }

    List<Pool> pools() {
        return Pool.all(configs().toList(), Policies::of).stream().distinct().toList();
    }

    private Stream<PoolConfig> configs() {
        return routes.stream().flatMap(route -> route.pools().stream());
    }

    ReverseProxy proxy(HttpClient client, List<Pool> pools) {
        Transport usual = new JettyTransport(client);
        Map<ProxyProtocol, Transport> transports = new EnumMap<>(ProxyProtocol.class);
        Map<String, ProxyProtocol> announced = new HashMap<>();
        configs().forEach(pool -> announced.put(pool.name(), pool.proxyProtocol()));
        transports.put(ProxyProtocol.OFF, usual);
        for (ProxyProtocol version : announced.values())
            transports.computeIfAbsent(version, v -> AnnouncingTransport.over(v, client, options.upstream(), server));
        return new ReverseProxy(
                RouteTable.of(routes),
                routes,
                pools,
                pool -> transports
                        .getOrDefault(announced.get(pool.name()), usual)
                        .keeping(connections(pool)),
                UpgradeTransport.over(client, options.upstream(), server),
                options,
                client.getExecutor(),
                client.getScheduler());
    }

    private ConnectionsConfig connections(Pool pool) {
        return configs()
                .filter(p -> p.name().equals(pool.name()))
                .map(PoolConfig::connections)
                .findFirst()
                .orElse(ConnectionsConfig.defaults());
    }

    /** What opens connections ahead of requests, for a client that has been started. */
    WarmConnections warm(ReverseProxy proxy, Scheduler scheduler, List<Pool> pools) {
        Map<Pool, WarmConnections.Wanted> wanted = new HashMap<>();
        for (Pool pool : pools) {
            int connections = connections(pool).warm();
            if (connections > 0) wanted.put(pool, new WarmConnections.Wanted(proxy.transport(pool), connections));
        }
        return new WarmConnections(wanted, scheduler);
    }

    private static WebXml fromFile(ServletContext context, String file, Executor executor) throws ServletException {
        String inside = file.startsWith("/WEB-INF/") ? context.getRealPath(file) : file;
        if (inside == null) throw new ServletException(CONFIG + ": no file " + file + " in the web application");
        try {
            SluiceConfig config = ConfigReader.read(Path.of(inside), System.getenv());
            var base = ProxyOptions.of(config);
            return new WebXml(
                    config.routes(), withPrefix(base, contextPath(context)), config.server(), config.dns(), executor);
        } catch (ConfigException e) {
            throw new ServletException(CONFIG + ": " + e.getMessage());
        }
    }

    private static ProxyOptions withPrefix(ProxyOptions options, String prefix) {
        return new ProxyOptions(
                options.upstream(),
                options.trustedProxies(),
                options.preserveHost(),
                options.hostHeader(),
                options.viaHost(),
                options.allowTrace(),
                prefix,
                false,
                options.proxyStatus(),
                options.requestId(),
                List.of(),
                options.unrouted());
    }

    private static WebXml fromParams(ServletConfig servlet, Executor executor) throws ServletException {
        Params params = new Params(servlet);
        String proxyTo = params.text("proxyTo");
        if (proxyTo == null) throw params.wrong("proxyTo", null, "http://host[:port], one or several");
        List<BackendConfig> backends = new ArrayList<>();
        for (String url : proxyTo.trim().split("[\\s,]+")) {
            try {
                backends.add(BackendConfig.parse(url));
            } catch (IllegalArgumentException e) {
                throw new ServletException(params.place("proxyTo") + e.getMessage());
            }
        }
        String prefix = params.text("prefix");
        if (prefix != null && !prefix.startsWith("/"))
            throw params.wrong("prefix", prefix, "a path that starts with /");
        String via = params.text("viaHost");
        var options = new ProxyOptions(
                upstream(params),
                List.of(),
                Boolean.parseBoolean(params.text("preserveHost")),
                params.text("hostHeader"),
                via == null ? "sluice" : via,
                false,
                contextPath(servlet.getServletContext()) + withoutSlash(prefix == null ? "" : prefix),
                false,
                ServerConfig.defaults().proxyStatus(),
                null,
                List.of(),
                HandlingConfig.NONE);
        var route = new RouteConfig(servlet.getServletName(), null, backends);
        return new WebXml(List.of(route), options, ServerConfig.defaults(), DnsConfig.defaults(), executor);
    }

    private static String withoutSlash(String prefix) {
        return prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
    }

    /** The servlet's total {@code timeout} holds only where it is given: by default long downloads are not cut. */
    private static UpstreamConfig upstream(Params params) throws ServletException {
        UpstreamConfig usual = UpstreamConfig.defaults();
        Duration idle = params.millis("idleTimeout");
        Duration stream = params.millis("streamIdleTimeout");
        Integer connections = params.number("maxConnections");
        return new UpstreamConfig(
                usual.connectTimeout(),
                usual.firstByteTimeout(),
                idle == null ? usual.idleTimeout() : idle,
                params.millis("timeout"),
                idle == null ? usual.keepAlive() : idle,
                connections == null ? usual.maxConnections() : connections,
                usual.maxQueued(),
                usual.queueTimeout(),
                usual.transport(),
                usual.tunnelIdleTimeout(),
                stream == null ? usual.streamIdleTimeout() : stream);
    }

    /** The init-params of one servlet. */
    private record Params(ServletConfig servlet) {
        @Nullable
        String text(String name) {
            return servlet.getInitParameter(name);
        }

        @Nullable
        Integer number(String name) throws ServletException {
            String value = text(name);
            if (value == null) return null;
            try {
                int number = Integer.parseInt(value.trim());
                if (number > 0) return number;
            } catch (NumberFormatException e) {
                throw wrong(name, value, "a whole number above 0");
            }
            throw wrong(name, value, "a whole number above 0");
        }

        /** As Jetty has it, 0 is no limit. */
        @Nullable
        Duration millis(String name) throws ServletException {
            String value = text(name);
            if (value == null || value.trim().equals("0")) return null;
            Integer millis = number(name);
            return millis == null ? null : Duration.ofMillis(millis);
        }

        String place(String name) {
            return "servlet " + servlet.getServletName() + ": init-param " + name + ": ";
        }

        ServletException wrong(String name, @Nullable String value, String expected) {
            String found = value == null ? "missing" : "\"" + value + "\"";
            return new ServletException(place(name) + found + " (expected: " + expected + ")");
        }
    }
}
