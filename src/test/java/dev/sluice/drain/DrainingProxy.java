package dev.sluice.drain;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.sluice.config.BackendConfig;
import dev.sluice.config.Cidr;
import dev.sluice.config.DrainConfig;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.ServerConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.config.TlsConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.runtime.Sluice;
import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.RunningProxy;
import dev.sluice.testkit.TestClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** A proxy that a test drains, with its log. Stops are made on threads of their own, as a signal makes them. */
final class DrainingProxy implements RunningProxy {
    private final Log log = new Log();
    private final Sluice sluice;
    private final int httpPort;
    private final int tlsPort;
    private final List<Thread> stops = new CopyOnWriteArrayList<>();
    private @Nullable CompletableFuture<Boolean> stopping;

    private DrainingProxy(Sluice sluice) throws Exception {
        log.start();
        logger().setLevel(Level.INFO);
        logger().addAppender(log);
        this.sluice = sluice.start();
        // A listener that was shut down no longer knows its port.
        httpPort = sluice.port("http");
        tlsPort = sluice.port("https");
    }

    /** With the listeners {@code http} and {@code https}, and everything sent to one origin. */
    static DrainingProxy start(FaultyOrigin origin, Duration linger, Duration deadline) throws Exception {
        return new DrainingProxy(Sluice.builder()
                .listen("127.0.0.1:0")
                .listenTls("127.0.0.1:0")
                .fallback(origin.url())
                .drainLinger(linger)
                .drainDeadline(deadline)
                .build());
    }

    /** The same, but a header of the PROXY protocol is expected. */
    static DrainingProxy startAnnounced(FaultyOrigin origin, Duration linger, Duration deadline) throws Exception {
        List<Cidr> here = List.of(Cidr.parse("127.0.0.1"));
        return start(new SluiceConfig(
                List.of(
                        new ListenerConfig("http", "127.0.0.1", 0, null, here),
                        new ListenerConfig("https", "127.0.0.1", 0, TlsConfig.generated(), here)),
                new DrainConfig(deadline, linger),
                List.of(RouteConfig.of(null, List.of(BackendConfig.parse(origin.url())))),
                UpstreamConfig.defaults(),
                ServerConfig.defaults(),
                List.of()));
    }

    /** With what was built; the listeners are called {@code http} and {@code https}. */
    static DrainingProxy start(Sluice sluice) throws Exception {
        return new DrainingProxy(sluice);
    }

    /** With what is configured; the listeners are called {@code http} and {@code https}. */
    static DrainingProxy start(SluiceConfig config) throws Exception {
        return new DrainingProxy(Sluice.of(config));
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(DrainHandler.class);
    }

    TestClient connect(ClientProtocol protocol) throws IOException {
        return protocol.connect(port(protocol));
    }

    RawClient connectRaw() throws IOException {
        return RawClient.plain(httpPort);
    }

    int port(ClientProtocol protocol) {
        return protocol.secure() ? tlsPort : httpPort;
    }

    @Override
    public int httpPort() {
        return httpPort;
    }

    @Override
    public int tlsPort() {
        return tlsPort;
    }

    /** Connections that are open now, of all listeners. */
    int openConnections() {
        return (int) endPoints().count();
    }

    private Stream<EndPoint> endPoints() {
        return Arrays.stream(sluice.server().getConnectors())
                .flatMap(connector -> connector.getConnectedEndPoints().stream());
    }

    /** Waits until all connections are at rest: one that has answered is so a moment after its client has the answer. */
    void awaitRest() {
        await(
                "connections at rest",
                () -> handler().live() == 0
                        && endPoints()
                                .map(EndPoint::getConnection)
                                .allMatch(c -> c != null && RestingConnections.isAtRest(c)));
    }

    /** What all open connections have received, in bytes. */
    long bytesIn() {
        return endPoints()
                .mapToLong(endPoint -> endPoint.getConnection() == null
                        ? 0
                        : endPoint.getConnection().getBytesIn())
                .sum();
    }

    Sluice sluice() {
        return sluice;
    }

    DrainHandler handler() {
        return (DrainHandler) Objects.requireNonNull(sluice.server().getHandler());
    }

    /** Waits until this many exchanges are under way. */
    void awaitLive(int n) {
        await(n + " live exchanges", () -> handler().live() == n);
    }

    // Stopping

    /** Starts to stop, and waits until no listener accepts any more. */
    CompletableFuture<Boolean> stop() {
        CompletableFuture<Boolean> stop = beginStop();
        await("the end of the listeners", () -> stop.isDone() || !isOpen());
        return stop;
    }

    /** Starts to stop, and waits until the linger runs. */
    CompletableFuture<Boolean> beginStop() {
        CompletableFuture<Boolean> stop = CompletableFuture.supplyAsync(sluice::stop, this::run);
        stopping = stop;
        await("the start of the drain", () -> stop.isDone() || handler().tells());
        return stop;
    }

    /** Keeps all selectors from reading anything until the gate is opened, once for each that wants to. */
    void holdSelectors(Gate gate) {
        List<CompletableFuture<Void>> held = new ArrayList<>();
        for (Connector connector : sluice.server().getConnectors()) {
            for (ManagedSelector selector :
                    ((ServerConnector) connector).getSelectorManager().getBeans(ManagedSelector.class)) {
                CompletableFuture<Void> here = new CompletableFuture<>();
                held.add(here);
                selector.submit(s -> {
                    here.complete(null);
                    gate.pass();
                });
            }
        }
        await("held selectors", () -> held.stream().allMatch(CompletableFuture::isDone));
    }

    private void run(Runnable task) {
        Thread thread = new Thread(task, "stop");
        thread.setDaemon(true);
        stops.add(thread);
        thread.start();
    }

    /** Waits until this many calls of stop wait themselves. */
    void awaitWaitingStops(int n) {
        await(
                n + " stops that wait",
                () -> stops.stream().filter(DrainingProxy::waits).count() == n);
    }

    private static boolean waits(Thread thread) {
        return switch (thread.getState()) {
            case BLOCKED, WAITING, TIMED_WAITING -> true;
            case NEW, RUNNABLE, TERMINATED -> false;
        };
    }

    private boolean isOpen() {
        for (Connector connector : sluice.server().getConnectors()) {
            if (((NetworkConnector) connector).isOpen()) return true;
        }
        return false;
    }

    /** What {@link Sluice#stop()} said, once it has returned. */
    boolean awaitStopped() {
        CompletableFuture<Boolean> stop = Objects.requireNonNull(stopping, "no stop was started");
        try {
            return stop.get(Gate.TIMEOUT.toSeconds() * 3, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("not stopped: " + lines(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    DrainSummary summary() {
        return sluice.summary();
    }

    // The log

    /** What the drain has logged so far. */
    List<String> lines() {
        return List.copyOf(log.lines);
    }

    List<String> lines(String containing) {
        return log.lines.stream().filter(line -> line.contains(containing)).toList();
    }

    void awaitLine(String containing) {
        await("a line with \"" + containing + "\"", () -> !lines(containing).isEmpty());
    }

    static void await(String what, Callable<Boolean> condition) {
        Awaitility.await(what)
                .atMost(Gate.TIMEOUT)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .until(condition);
    }

    @Override
    public void close() {
        handler().setAnnounceMillis(0);
        sluice.cut();
        sluice.stop();
        logger().detachAppender(log);
        logger().setLevel(null);
    }

    private static final class Log extends AppenderBase<ILoggingEvent> {
        private final List<String> lines = new CopyOnWriteArrayList<>();

        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getFormattedMessage());
        }
    }
}
