package dev.sluice.proxy;

import dev.sluice.config.HealthConfig;
import dev.sluice.config.ServerConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.health.Probe;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.client.AbstractConnectorHttpClientTransport;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.util.component.ContainerLifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;

/**
 * Asks backends over the network, in the ways that {@link HealthConfig} knows. Threads, timer, buffers and connections are
 * its own, so that it can ask before the server has started, and when the server has more to do than it can.
 *
 * <p>Every check opens a connection and closes it again: a backend that no longer accepts any is not well, whatever those
 * say that it has. At most {@value #AT_ONCE} checks are under way; others wait for their turn, and their timeout begins with
 * it.
 *
 * <p>To be started before the first check. What is under way when it stops, and what comes afterwards, fails.
 */
public final class HealthProbe extends ContainerLifeCycle implements Probe {
    /** So that a thousand backends of a start are not a thousand handshakes at the same moment, each too slow. */
    private static final int AT_ONCE = 256;

    /** As the callers ask each backend once at a time, more than there are backends. */
    private static final int MOST_WAITING = 65_536;

    /** Nothing blocks in these. */
    private static final int THREADS = 8;

    /** Each looks up one name, and may be stuck in that for as long as the system's resolver likes. */
    private static final int NAME_THREADS = 8;

    /** Beyond what a check may take: its own timeout ends it. */
    private static final Duration LONG = Duration.ofSeconds(60);

    private final HttpClient client;
    private final HealthTurns turns;

    /**
     * @param server says how large the head of an answer may be
     * @param tls knows how it is spoken to each backend
     */
    public HealthProbe(ServerConfig server, BackendTls tls) {
        QueuedThreadPool threads = threads("health", THREADS);
        QueuedThreadPool nameThreads = threads("health-names", NAME_THREADS);
        // A thread that waits for a name cannot be told to stop.
        nameThreads.setStopTimeout(100);
        ScheduledExecutorScheduler timer = new ScheduledExecutorScheduler("health-timer", true);
        client = BackendClients.create(upstream(), server, tls, threads, timer, new ArrayByteBufferPool());
        client.setName("health");
        client.setSocketAddressResolver(new HealthNames(nameThreads));
        if (client.getHttpClientTransport() instanceof AbstractConnectorHttpClientTransport transport)
            transport.getClientConnector().setSelectors(1);
        turns = new HealthTurns(AT_ONCE, MOST_WAITING, threads);
        addBean(threads);
        addBean(nameThreads);
        addBean(timer);
        addBean(client);
    }

    private static QueuedThreadPool threads(String name, int most) {
        QueuedThreadPool threads = new QueuedThreadPool(most, 1);
        threads.setName(name);
        threads.setDaemon(true);
        threads.setReservedThreads(0);
        return threads;
    }

    private static UpstreamConfig upstream() {
        return new UpstreamConfig(LONG, LONG, LONG, null, LONG, 1, 1, LONG);
    }

    @Override
    public CompletableFuture<Finding> ask(Backend backend, HealthConfig how) {
        HealthCheck check = new HealthCheck(client, backend.config(), how, turns::over);
        turns.take(check);
        return check.finding();
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        turns.open();
    }

    @Override
    protected void doStop() throws Exception {
        turns.close();
        super.doStop();
    }
}
