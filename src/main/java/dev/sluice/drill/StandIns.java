package dev.sluice.drill;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.BackendTlsConfig;
import dev.sluice.config.DiscoveryConfig;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.RouteConfig.ProxyProtocol;
import dev.sluice.config.ServerConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.config.TlsConfig;
import dev.sluice.listener.Listeners;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * What stands behind the proxy in the place of its backends: one port of 127.0.0.1 for each of them, at most {@value #MOST}
 * and one, that speaks what the backend speaks (HTTP/1.1, h2c, TLS with a certificate of its own) and does what a {@link Deed} says.
 */
final class StandIns implements AutoCloseable {
    /** Backends beyond that share those that there are. */
    static final int MOST = 64;

    /** For a pool all of whose backends are to be found. */
    private static final int IN_PLACE_OF_FOUND = 2;

    private static final int THREADS = 256;

    private final Server server;
    /** Of each origin that has a stand-in of its own. */
    private final Map<String, Integer> ports = new LinkedHashMap<>();

    private StandIns(Server server) {
        this.server = server;
    }

    /** One for each backend that a configuration names. */
    static StandIns start(SluiceConfig config) throws Exception {
        Map<String, ListenerConfig> wanted = new LinkedHashMap<>();
        for (RouteConfig route : config.routes()) {
            for (BackendConfig backend : route.pools().stream()
                    .flatMap(pool -> backends(pool).stream())
                    .toList()) {
                boolean first = wanted.values().stream().noneMatch(l -> (l.tls() != null) == backend.isSecure());
                if (wanted.size() >= MOST && !first) continue;
                TlsConfig tls = backend.isSecure() ? TlsConfig.generated() : null;
                String name = "stand-in-" + (wanted.size() + 1);
                wanted.putIfAbsent(backend.origin(), new ListenerConfig(name, "127.0.0.1", 0, tls));
            }
        }
        QueuedThreadPool threads = new QueuedThreadPool(THREADS);
        threads.setName("drill-stand-ins");
        threads.setDaemon(true);
        Server server = new Server(threads);
        server.setStopTimeout(0);
        server.setHandler(new Answers());
        StandIns standIns = new StandIns(server);
        Listeners listeners = Listeners.create(server, List.copyOf(wanted.values()), limits());
        try {
            listeners.open();
            server.start();
        } catch (Exception e) {
            standIns.close();
            throw e;
        }
        wanted.forEach((origin, listener) -> standIns.ports.put(origin, listeners.port(listener.name())));
        return standIns;
    }

    /** Wide: it is not they who are drilled. An idle connection outlives the proxy's own. */
    private static ServerConfig limits() {
        ServerConfig usual = ServerConfig.defaults();
        return new ServerConfig(
                THREADS,
                usual.maxConnections(),
                usual.acceptQueue(),
                Duration.ofHours(1),
                1 << 16,
                1 << 16,
                true,
                DrillPlan.MOST_LANES * 4,
                1_000_000);
    }

    private static final class Answers extends Handler.Abstract.NonBlocking {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            if (EchoConnection.isAsked(request)) EchoConnection.take(request, response, callback);
            else new StandInAnswer(request, response, callback).take();
            return true;
        }
    }

    /** Those that are listed, and two in the place of those that would be found. */
    private static List<BackendConfig> backends(PoolConfig pool) {
        List<BackendConfig> all = new ArrayList<>(pool.backends());
        for (DiscoveryConfig discovery : pool.discoveries()) {
            BackendConfig template = template(discovery);
            for (int i = 1; i <= IN_PLACE_OF_FOUND; i++)
                all.add(template.at(template.host() + "-" + i, template.port()));
        }
        return all;
    }

    private static BackendConfig template(DiscoveryConfig discovery) {
        if (discovery instanceof DiscoveryConfig.Addresses a) return a.template();
        if (discovery instanceof DiscoveryConfig.Services s) return s.template();
        return BackendConfig.parse("http://listed.invalid");
    }

    /** The same pool with stand-ins for backends: nothing is looked up, nobody is asked whether it is well. */
    PoolConfig replace(PoolConfig pool) {
        Map<String, BackendConfig> replaced = new LinkedHashMap<>();
        int next = 0;
        for (BackendConfig backend : backends(pool)) {
            Integer own = ports.get(backend.origin());
            BackendConfig standIn = at(backend, own != null ? own : shared(backend, next++));
            replaced.putIfAbsent(standIn.origin(), standIn);
        }
        return pool.withBackends(List.copyOf(replaced.values()))
                .withDiscoveries(List.of())
                .withHealth(null)
                .withProxyProtocol(ProxyProtocol.OFF);
    }

    /** One that speaks the same: there is at least one. */
    private int shared(BackendConfig backend, int which) {
        List<Integer> same = ports.entrySet().stream()
                .filter(e -> e.getKey().startsWith("https:") == backend.isSecure())
                .map(Map.Entry::getValue)
                .toList();
        return same.get(which % same.size());
    }

    private static BackendConfig at(BackendConfig backend, int port) {
        String scheme = backend.socket() == null ? backend.scheme() : "http";
        BackendTlsConfig trusting =
                backend.isSecure() ? new BackendTlsConfig(null, null, null, null, null, null, false) : null;
        return new BackendConfig(scheme, "127.0.0.1", port, backend.basePath(), backend.query())
                .withWeight(backend.weight())
                .withBackup(backend.backup())
                .withTls(trusting);
    }

    @Override
    public void close() {
        LifeCycle.stop(server);
    }
}
