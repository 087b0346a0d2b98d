package dev.sluice.runtime;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.ConnectionsConfig;
import dev.sluice.config.DiscoveryConfig;
import dev.sluice.config.PoolConfig;
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

/**
 * Chooses what carries requests to a pool. What pools share lives as long as the server; what is one pool's, as long as that
 * stays as it is. To be used by one thread at a time.
 */
final class Transports {
    private static final Logger LOG = LoggerFactory.getLogger(Transports.class);

    private final SluiceConfig config;
    private final DirectTransport.Parts parts;
    private final HttpClient client;
    private final Dialer dialer;
    private final DirectTransport direct;
    private final Transport throughClient;
    private final Transport upgrades;
    private final Map<ProxyProtocol, Transport> announcing = new EnumMap<>(ProxyProtocol.class);
    private Map<Pool, Chosen> chosen = Map.of();

    /**
     * What was chosen for a pool, and from what that follows.
     *
     * @param straight whether on connections of our own
     * @param needsClient whether Jetty's client has to run for it
     */
    private record Chosen(
            boolean straight,
            boolean needsClient,
            ProxyProtocol announced,
            ConnectionsConfig rules,
            Transport transport) {}

    /** @param config of which only the sections {@code upstream} and {@code server} are looked at */
    Transports(SluiceConfig config, Server server, Listeners listeners, HttpClient client) {
        this.config = config;
        BackendSockets sockets = listeners.backendSockets(
                config.upstream().connectTimeout(), config.upstream().keepAlive());
        dialer = new OnListeners(sockets);
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
    }

    /** For the pools of one configuration. What was chosen for others is forgotten once {@link Choice#use} is called. */
    Choice choice() {
        return new Choice();
    }

    /** For requests that ask for another protocol, whatever the pool. */
    Transport upgrades() {
        return upgrades;
    }

    /** What carries the requests to each pool of one configuration. */
    final class Choice {
        private final Map<Pool, Chosen> made = new HashMap<>();

        /** @param declared what the pool is, or is going to be */
        Transport of(Pool pool, PoolConfig declared) {
            return made.computeIfAbsent(pool, p -> choose(p, declared)).transport();
        }

        /** Whether any of those asked for goes through the client. */
        boolean needsClient() {
            return made.values().stream().anyMatch(Chosen::needsClient);
        }

        /** The pools that want connections ahead of requests, of those asked for. */
        Map<Pool, WarmConnections.Wanted> warm() {
            Map<Pool, WarmConnections.Wanted> warm = new HashMap<>();
            made.forEach((pool, one) -> {
                int connections = one.rules().warm();
                if (connections > 0 && one.announced() == ProxyProtocol.OFF)
                    warm.put(pool, new WarmConnections.Wanted(one.transport(), connections));
            });
            return warm;
        }

        void use() {
            chosen = Map.copyOf(made);
        }
    }

    private Chosen choose(Pool pool, PoolConfig declared) {
        boolean plain = declared.backends().stream().allMatch(Transports::isPlain)
                && declared.discoveries().stream().allMatch(Transports::findsPlain);
        ProxyProtocol announced = declared.proxyProtocol();
        // The direct one when all backends of the pool speak plain HTTP, over TCP or Unix-domain sockets.
        boolean straight = announced != ProxyProtocol.OFF
                || (plain && config.upstream().transport() == UpstreamConfig.Transport.AUTO);
        Chosen before = chosen.get(pool);
        if (before != null
                && before.straight() == straight
                && before.announced() == announced
                && before.needsClient() == !(straight && plain)
                && before.rules().equals(declared.connections())) return before;
        // Also where requests are announced: of the client it is known who is trusted over TLS.
        boolean needsClient = !(straight && plain);
        Transport transport = transport(pool, declared, straight);
        LOG.debug("pool {}: transport {}", pool.name(), transport.name());
        return new Chosen(straight, needsClient, announced, declared.connections(), transport);
    }

    private Transport transport(Pool pool, PoolConfig declared, boolean straight) {
        if (declared.proxyProtocol() != ProxyProtocol.OFF)
            return announcing.computeIfAbsent(
                    declared.proxyProtocol(),
                    v -> AnnouncingTransport.over(dialer, v, client, config.upstream(), config.server()));
        Transport usual = straight ? direct : throughClient;
        // One count for all routes to a pool.
        if (declared.limits().limitsConnections())
            usual = LimitedTransport.over(pool, parts, straight, client, parts.server());
        ConnectionsConfig rules = declared.connections();
        return rules.equals(ConnectionsConfig.defaults()) ? usual : usual.keeping(rules);
    }

    private static boolean isPlain(BackendConfig backend) {
        return Set.of("http", "unix").contains(backend.scheme());
    }

    /** What a file lists, one knows only when it is there. */
    private static boolean findsPlain(DiscoveryConfig where) {
        if (where instanceof DiscoveryConfig.Addresses a) return isPlain(a.template());
        return where instanceof DiscoveryConfig.Services s && isPlain(s.template());
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
        public boolean isLeaving(Object loop) {
            return sockets.isLeaving(loop);
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
