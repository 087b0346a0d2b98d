package dev.sluice.admin;

import dev.sluice.config.AdminConfig;
import dev.sluice.config.ListenerConfig;
import java.util.List;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * A small server of its own beside the proxy, so that it answers also while the proxy is busy, or draining: to operators at
 * one address, and to load balancers, who may only look, at another.
 */
public final class AdminServer {
    private static final int MOST_THREADS = 8;
    private static final int MOST_CONNECTIONS = 64;
    private static final int MOST_HEADER_BYTES = 4 * 1024;
    private static final long IDLE_MILLIS = 10_000;

    private final Server server;
    private final ServerConnector control;
    private final @Nullable ServerConnector probes;

    public AdminServer(AdminConfig config, Control proxy) {
        QueuedThreadPool threads = new QueuedThreadPool(MOST_THREADS, 0);
        threads.setName("sluice-admin");
        threads.setDaemon(true);
        server = new Server(threads);
        // Nothing here is worth waiting for.
        server.setStopTimeout(0);
        control = connector(config.control());
        server.addConnector(control);
        ListenerConfig looked = config.probes();
        probes = looked == null ? null : connector(looked);
        if (probes != null) server.addConnector(probes);
        // Each its own, so that those who may only look cannot keep operators out.
        for (ServerConnector connector : connectors())
            connector.addBean(new NetworkConnectionLimit(MOST_CONNECTIONS, connector));
        Handler.Wrapper probed = new ProbeHandler(proxy);
        probed.setHandler(new ControlHandler(proxy, control));
        server.setHandler(probed);
        server.setErrorHandler(new PlainErrors());
    }

    private ServerConnector connector(ListenerConfig where) {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(MOST_HEADER_BYTES);
        ServerConnector connector =
                new ServerConnector(server, null, null, null, 1, 1, new HttpConnectionFactory(http));
        connector.setName(where.name());
        connector.setHost(where.host());
        connector.setPort(where.port());
        connector.setIdleTimeout(IDLE_MILLIS);
        return connector;
    }

    /** Those that are to be opened before the start, named {@code admin} and, where there is one, {@code probes}. */
    public List<ServerConnector> connectors() {
        return probes == null ? List.of(control) : List.of(control, probes);
    }

    /** Begins to answer. */
    public void start() throws Exception {
        server.start();
    }

    /** Ends it at once. Closes addresses that were opened without a start. */
    public void stop() throws Exception {
        server.stop();
        connectors().forEach(ServerConnector::close);
    }

    /** The port at which operators ask, also when 0 was configured. */
    public int controlPort() {
        return control.getLocalPort();
    }

    /** The port at which load balancers ask; below 0 when there is none. */
    public int probesPort() {
        return probes == null ? -1 : probes.getLocalPort();
    }
}
