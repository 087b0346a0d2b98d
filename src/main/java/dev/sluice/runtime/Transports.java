package dev.sluice.runtime;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.ConnectionsConfig;
import dev.sluice.config.DiscoveryConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.RouteConfig.ProxyProtocol;
import dev.sluice.config.SluiceConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.listener.BackendSockets;
import dev.sluice.listener.Listeners;
import dev.sluice.proxy.AnnouncingTransport;
import dev.sluice.proxy.Dialer;
import dev.sluice.proxy.DirectTransport;
import dev.sluice.proxy.JettyTransport;
import dev.sluice.proxy.LimitedTransport;
import dev.sluice.proxy.Transport;
import dev.sluice.proxy.UpgradeTransport;
import dev.sluice.proxy.WarmConnections;
import dev.sluice.upstream.Pool;
import java.net.SocketAddress;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Promise;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses what carries requests to a pool, and says so in the log. */
final class Transports {
    private static final Logger LOG = LoggerFactory.getLogger(Transports.class);

    private final boolean mayBeDirect;
    private final DirectTransport.Parts parts;
    private final HttpClient client;
    private final DirectTransport direct;
    private final Transport throughClient;
    private final Transport upgrades;
    private final Map<String, Transport> announcing = new HashMap<>();
    private final Map<String, ConnectionsConfig> connections = new HashMap<>();
    private final Map<Pool, WarmConnections.Wanted> warm = new HashMap<>();
    private final Map<Pool, Transport> limited = new HashMap<>();
    private boolean needClient;

    Transports(SluiceConfig config, Server server, Listeners listeners, HttpClient client) {
        mayBeDirect = config.upstream().transport() == UpstreamConfig.Transport.AUTO;
        BackendSockets sockets = listeners.backendSockets(
                config.upstream().connectTimeout(), config.upstream().keepAlive());
        Dialer dialer = new OnListeners(sockets);
        parts = new DirectTransport.Parts(
                dialer,
                config.upstream(),
                config.server(),
                server.getByteBufferPool(),
                server.getThreadPool(),
                server.getScheduler());
        direct = new DirectTransport(parts);
        this.client = client;
        upgrades = UpgradeTransport.over(direct, dialer, client, config.upstream(), config.server());
        throughClient = new JettyTransport(client);
        Map<ProxyProtocol, Transport> versions = new EnumMap<>(ProxyProtocol.class);
        for (RouteConfig route : config.routes()) {
            connections.put(route.pool().name(), route.pool().connections());
            if (route.proxyProtocol() == ProxyProtocol.OFF) continue;
            Transport transport = versions.computeIfAbsent(
                    route.proxyProtocol(),
                    v -> AnnouncingTransport.over(dialer, v, client, config.upstream(), config.server()));
            announcing.put(route.pool().name(), transport);
        }
    }

    /** The direct one when all backends of the pool speak plain HTTP, over TCP or Unix-domain sockets. */
    Transport of(Pool pool) {
        Transport announced = announcing.get(pool.name());
        if (announced != null) {
            // Of it, who is trusted over TLS.
            needClient |= pool.backends().stream().anyMatch(b -> b.config().isSecure())
                    || !pool.config().discoveries().stream().allMatch(Transports::findsPlain);
            return announced;
        }
        boolean plain = pool.backends().stream().allMatch(b -> isPlain(b.config()))
                && pool.config().discoveries().stream().allMatch(Transports::findsPlain);
        Transport known = limited.get(pool);
        if (known != null) return known;
        boolean straight = mayBeDirect && plain;
        needClient |= !straight;
        Transport chosen = straight ? direct : throughClient;
        if (pool.config().limits().limitsConnections())
            chosen = LimitedTransport.over(pool, parts, straight, client, parts.server());
        LOG.debug("pool {}: transport {}", pool.name(), chosen.name());
        Transport kept = kept(pool, chosen);
        // One count for all routes to a pool.
        if (chosen instanceof LimitedTransport) limited.put(pool, kept);
        return kept;
    }

    private Transport kept(Pool pool, Transport chosen) {
        ConnectionsConfig rules = connections.get(pool.name());
        if (rules == null || rules.equals(ConnectionsConfig.defaults())) return chosen;
        Transport keeping = chosen.keeping(rules);
        if (rules.warm() > 0) warm.put(pool, new WarmConnections.Wanted(keeping, rules.warm()));
        return keeping;
    }

    /** The pools that want connections ahead of requests, of those asked for. */
    Map<Pool, WarmConnections.Wanted> warm() {
        return warm;
    }

    private static boolean isPlain(BackendConfig backend) {
        return Set.of("http", "unix").contains(backend.scheme());
    }

    /** What a file lists, one knows only when it is there. */
    private static boolean findsPlain(DiscoveryConfig where) {
        if (where instanceof DiscoveryConfig.Addresses a) return isPlain(a.template());
        return where instanceof DiscoveryConfig.Services s && isPlain(s.template());
    }

    /** For requests that ask for another protocol, whatever the pool. */
    Transport upgrades() {
        return upgrades;
    }

    /** Whether any of those asked for goes through the client. */
    boolean needClient() {
        return needClient;
    }

    /** The proxy's dialer, over the sockets of the listeners. */
    private record OnListeners(BackendSockets sockets) implements Dialer {
        @Override
        public Object loopOf(EndPoint client) {
            return sockets.loopOf(client);
        }

        @Override
        public List<Object> loops() {
            return sockets.loops();
        }

        @Override
        public byte[] tlvsOf(EndPoint client) {
            return sockets.tlvsOf(client);
        }

        @Override
        public void dial(
                SocketAddress address,
                Object loop,
                Function<EndPoint, Connection> connections,
                Promise<Connection> opened) {
            sockets.dial(address, loop, connections, opened);
        }
    }
}
