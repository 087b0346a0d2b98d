package dev.sluice.proxy;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.ConnectionsConfig;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.ServerConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.listener.BackendSockets;
import dev.sluice.listener.Listeners;
import dev.sluice.routing.RouteTable;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.BalancingPolicy;
import dev.sluice.upstream.Pool;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.jspecify.annotations.Nullable;

/** The proxy put together by hand, so that its pools and its exchanges can be looked at. Over either transport. */
final class ProxyRig implements AutoCloseable {
    final ReverseProxy proxy;
    final HttpClient client;
    final Transport carrier;
    final Transport transport;
    private final Server server = new Server();
    private final Listeners listeners;
    private final List<Pool> pools;
    private volatile @Nullable Request latest;

    /** @param clientIdle the listener's idle timeout */
    ProxyRig(
            List<RouteConfig> routes,
            UpstreamConfig upstream,
            Duration clientIdle,
            Function<List<Backend>, BalancingPolicy> policy)
            throws Exception {
        this(routes, upstream, clientIdle, policy, ConnectionsConfig.defaults());
    }

    /** @param connections of all pools */
    ProxyRig(
            List<RouteConfig> routes,
            UpstreamConfig upstream,
            Duration clientIdle,
            Function<List<Backend>, BalancingPolicy> policy,
            ConnectionsConfig connections)
            throws Exception {
        ServerConfig limits = new ServerConfig(200, 1000, 128, clientIdle, 16_384, 32_768, false, 128, 256);
        listeners = Listeners.create(
                server,
                List.of(
                        ListenerConfig.parse("http", "127.0.0.1:0", null),
                        ListenerConfig.parse("other", "127.0.0.1:0", null)),
                limits);
        client = BackendClients.create(
                upstream,
                limits,
                BackendTls.of(List.of()),
                server.getThreadPool(),
                server.getScheduler(),
                server.getByteBufferPool());
        server.addBean(client);
        pools = Pool.all(routes.stream().flatMap(r -> r.pools().stream()).toList(), balance -> policy).stream()
                .distinct()
                .toList();
        carrier = upstream.transport() == UpstreamConfig.Transport.AUTO
                ? new DirectTransport(new DirectTransport.Parts(
                        dialer(listeners.backendSockets(upstream.connectTimeout(), upstream.keepAlive())),
                        upstream,
                        limits,
                        server.getByteBufferPool(),
                        server.getThreadPool(),
                        server.getScheduler()))
                : new JettyTransport(client);
        transport = carrier.keeping(connections);
        var wanted = new WarmConnections.Wanted(transport, connections.warm());
        var warm = pools.stream().collect(Collectors.toMap(p -> p, p -> wanted));
        if (connections.warm() > 0) server.addEventListener(new WarmConnections(warm, server.getScheduler()));
        proxy = new ReverseProxy(
                RouteTable.of(routes),
                routes,
                pools,
                pool -> transport,
                UpgradeTransport.over(client, upstream, limits),
                ProxyOptions.of(upstream, List.of(), limits),
                server.getThreadPool(),
                server.getScheduler());
        ServletContextHandler context = new ServletContextHandler("/", false, false);
        ServletHolder holder = new ServletHolder("proxy", new ReverseProxyServlet(() -> proxy, client));
        holder.setInitParameter("proxyTo", routes.get(0).to().get(0).origin());
        holder.setAsyncSupported(true);
        context.addServlet(holder, "/*");
        server.setHandler(new Handler.Wrapper(context) {
            @Override
            public boolean handle(Request request, Response response, Callback callback) throws Exception {
                latest = request;
                return super.handle(request, response, callback);
            }
        });
        listeners.open();
        server.start();
    }

    private static Dialer dialer(BackendSockets sockets) {
        return new Dialer() {
            @Override
            public Object loopOf(EndPoint client) {
                return sockets.loopOf(client);
            }

            @Override
            public List<Object> loops() {
                return sockets.loops();
            }

            @Override
            public void dial(
                    SocketAddress address,
                    Object loop,
                    Function<EndPoint, Connection> connections,
                    Promise<Connection> opened) {
                sockets.dial(address, loop, connections, opened);
            }
        };
    }

    static RouteConfig route(String name, @Nullable String path, String... urls) {
        return new RouteConfig(
                name, path, Arrays.stream(urls).map(BackendConfig::parse).toList());
    }

    /** Long timeouts but for the queue's, and a number of connections. */
    static UpstreamConfig upstream(
            UpstreamConfig.Transport transport, int maxConnections, Duration connect, Duration queue) {
        return new UpstreamConfig(
                connect,
                Duration.ofSeconds(20),
                Duration.ofSeconds(20),
                null,
                Duration.ofSeconds(50),
                maxConnections,
                1024,
                queue,
                transport,
                Duration.ofHours(1),
                Duration.ofHours(1));
    }

    int port() {
        return listeners.port("http");
    }

    /** Of a second listener, and so of connections that another thread selects for. */
    int otherPort() {
        return listeners.port("other");
    }

    /** Of all pools. */
    List<Backend> backends() {
        return pools.stream().flatMap(p -> p.backends().stream()).toList();
    }

    /** The request that came last, as a drain has it. */
    Request latest() {
        return Objects.requireNonNull(latest);
    }

    /** Leases of all pools that have not ended. */
    int outstanding() {
        return pools.stream()
                .flatMap(p -> p.backends().stream())
                .mapToInt(Backend::outstanding)
                .sum();
    }

    /** What discovery would find for the pool of a route. */
    void found(int route, List<BackendConfig> backends) {
        pools.get(route).found(backends);
    }

    /** Tells what happens in each pool. */
    void watch(Pool.Watcher watcher) {
        pools.forEach(pool -> pool.watch(watcher));
    }

    @Override
    public void close() throws Exception {
        server.stop();
    }
}
