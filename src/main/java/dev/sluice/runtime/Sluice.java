package dev.sluice.runtime;

import dev.sluice.admin.AdminServer;
import dev.sluice.config.AdminConfig;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.drain.DrainHandler;
import dev.sluice.drain.DrainPlan;
import dev.sluice.drain.DrainSummary;
import dev.sluice.listener.JettyXml;
import dev.sluice.listener.ListenerException;
import dev.sluice.listener.Listeners;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.PoolSnapshot;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A reverse proxy inside this process.
 *
 * <pre>{@code
 * Sluice sluice = Sluice.builder()
 *         .listen(":8080")
 *         .listenTls(":8443", Path.of("cert.pem"), Path.of("key.pem"))
 *         .route("/api", "http://localhost:8000")
 *         .fallback("http://localhost:8001")
 *         .build();
 * sluice.start();
 * sluice.join();
 * }</pre>
 *
 * <p>It stops by itself when the JVM is told to. Safe for use by many threads. One object is started once and stopped
 * once.
 */
public final class Sluice implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sluice.class);

    private final Server server;
    private final Listeners listeners;
    private final DrainHandler drain;
    private final Generations generations;
    private final Reloading reloading;
    private final @Nullable AdminServer admin;
    private final List<Runnable> makingWay = new CopyOnWriteArrayList<>();
    private final List<Path> jettyXml;

    private Sluice(LoadedConfig loaded, List<Path> jettyXml) {
        SluiceConfig config = loaded.config();
        this.jettyXml = List.copyOf(jettyXml);
        server = ServerGraph.newServer(config);
        listeners = Listeners.create(server, config.listeners(), config.server());
        generations = new Generations(server, loaded, listeners, !jettyXml.isEmpty());
        reloading = new Reloading(generations);
        drain = generations.drain();
        server.setHandler(drain);
        AdminConfig asked = config.admin();
        admin = asked == null ? null : new AdminServer(asked, new Controls(this, drain));
    }

    /** A proxy described in Java. */
    public static SluiceBuilder builder() {
        return new SluiceBuilder();
    }

    /**
     * A proxy for a configuration.
     *
     * @throws ListenerException when a certificate cannot be used
     * @throws dev.sluice.proxy.BackendTlsException when one for backends cannot be used
     */
    public static Sluice of(SluiceConfig config) {
        return of(config, List.of());
    }

    /**
     * A proxy for a configuration, tuned by Jetty XML files, applied in their order to the ids that Jetty users know:
     * {@code Server}, {@code threadPool}, {@code httpConfig}, {@code httpConnector}, {@code sslConnector}, {@code
     * sslContextFactory} and others.
     *
     * @throws ListenerException when a certificate cannot be used
     * @throws dev.sluice.proxy.BackendTlsException when one for backends cannot be used
     */
    public static Sluice of(SluiceConfig config, List<Path> jettyXml) {
        return of(LoadedConfig.of(config), jettyXml);
    }

    /** The same for one that was read: then it is known what in it came by placeholders, and a reload can say more. */
    public static Sluice of(LoadedConfig loaded, List<Path> jettyXml) {
        return new Sluice(loaded, jettyXml);
    }

    /**
     * Looks for the backends that are to be found, asks those that are to be asked whether they are well, then opens all listeners and starts to serve. When one listener cannot be opened, none stays open.
     *
     * @return this
     * @throws ListenerException which listener could not be opened, and why
     * @throws dev.sluice.listener.JettyXmlException which file and element could not be applied
     * @throws Exception when the server cannot start for another reason
     */
    public Sluice start() throws Exception {
        return start(null);
    }

    /**
     * As {@link #start()}, beside a process that listens on the same addresses, if it is another Sluice of the same user.
     * When this returns, whatever reaches these listeners is served: each has answered a request of this process. The other one gets what it got before, or the kernel
     * deals connections out between the two; it is for the caller to end it. When this fails, the other one is as it was.
     *
     * @return this
     * @throws ListenerException as {@link #start()}; an address is also in use when the other process does not let others in,
     *     or has it in another form ({@code 127.0.0.1:8080} in the place of {@code :8080})
     * @throws Exception as {@link #start()}, and what the takeover throws
     */
    public Sluice startBeside(Takeover takeover) throws Exception {
        return start(takeover);
    }

    private Sluice start(@Nullable Takeover takeover) throws Exception {
        if (!jettyXml.isEmpty()) JettyXml.apply(server, listeners.xmlIds(), jettyXml);
        boolean beside = takeover != null && takeover.allows(others());
        try {
            generations.meetBackends();
            if (takeover != null && beside) {
                takeover.awaitBackends(
                        () -> Beside.lacking(generations.current().pools()));
                listeners.openBeside();
            } else {
                listeners.open();
            }
            startAdmin(beside);
            server.start();
            // While the other one can still go on.
            if (beside) listeners.ask();
        } catch (Throwable failure) {
            if (admin != null) admin.stop();
            server.stop();
            listeners.close();
            generations.leaveBackends();
            throw failure;
        }
        return this;
    }

    private void startAdmin(boolean beside) throws Exception {
        if (admin == null) return;
        for (ServerConnector connector : admin.connectors()) makingWay.add(Listeners.openShared(connector, beside));
        admin.start();
    }

    /**
     * Hands over listening sockets that this process was started with, as systemd's socket activation does: to the listener
     * of that name, else to one that is configured for the address. What is left over, or missing, is named in the log. What
     * waits in such a socket when this stops is left for the next process. To be called before the start.
     *
     * @param names of the sockets, by the number of their descriptor; empty for one without a name
     */
    public void inherit(Map<Integer, String> names) {
        listeners.inherit(names);
    }

    /** The addresses of these listeners that other processes listen on too, before the start or after it (Linux only). */
    public List<HeldAddress> others() {
        return Beside.others(listeners);
    }

    /**
     * The names of the listeners on whose address another process listens too, which is how a successor shows: clients that
     * connect anew are served, whatever becomes of this one (Linux only).
     */
    public List<String> succeeded() {
        return listeners.shared();
    }

    /**
     * Whether a successor on the same addresses gets everything, down to the handshakes that are under way when this one
     * stops, without help from {@code net.ipv4.tcp_migrate_req}. To be asked after the start.
     */
    public boolean canStepAside() {
        return listeners.canStepAside();
    }

    /**
     * Puts another configuration in the place of the one that runs, or changes nothing of it. Requests from then on go by
     * the new one; nothing of what both have is touched: connections, health, statistics, WebSockets. What has left goes on
     * for as long as {@code drain.leaving} says. Blocks until the backends of new pools have been found and asked.
     *
     * @return what is different, a line each: for the log
     * @throws ReloadException why it could not be done: a certificate, an address, a setting that only a start reads
     */
    public List<String> reload(SluiceConfig next) throws ReloadException, InterruptedException {
        return reloading.use(LoadedConfig.of(next), "Sluice.reload()");
    }

    /**
     * The same with what is read anew from where the configuration came from.
     *
     * @param trigger for the log
     * @throws ReloadException also when nobody has said {@link #readFrom where that is}, or when it cannot be read
     */
    public List<String> reload(String trigger) throws ReloadException, InterruptedException {
        return reloading.now(trigger);
    }

    /** What {@link #reload(String)} would come to, and what it would drain: a line each. Changes nothing. */
    public List<String> planReload() throws ReloadException {
        return reloading.plan();
    }

    /** Says where the configuration is read again. */
    public void readFrom(ConfigSource source) {
        reloading.from(source);
    }

    /** The configuration that serves. */
    public SluiceConfig config() {
        return generations.current().config();
    }

    /**
     * Announces, where that is configured, drains and stops: all listeners stop accepting at once, exchanges have until the
     * deadline. Blocks until that is done. A second call waits for the first.
     *
     * @return true when every request that came was finished
     */
    public boolean stop() {
        return stop("Sluice.stop()");
    }

    /**
     * The same, with a word for what made it stop.
     *
     * @param trigger for the log and the ledger; of several calls the first one counts
     */
    public boolean stop(String trigger) {
        drain.setTrigger(trigger);
        try {
            server.stop();
        } catch (Exception failure) {
            // What could not be finished has been cut and named by the drain; the server has stopped all the same.
            LOG.warn("not all of the server stopped in order: {}", failure.toString());
        }
        try {
            if (admin != null) admin.stop();
        } catch (Exception failure) {
            LOG.warn("the admin server did not stop in order: {}", failure.toString());
        }
        return summary().isClean();
    }

    /**
     * Drains and stops for the sake of a successor, which has the addresses by now: without an announcement, because whoever
     * comes is served. Operators and load balancers ask that one from now on.
     *
     * @param trigger for the log and the ledger
     * @return true when every request that came was finished
     */
    public boolean handOver(String trigger) {
        makingWay.forEach(Runnable::run);
        drain.setAnnounceMillis(0);
        drain.endAnnouncement();
        return stop(trigger);
    }

    /**
     * Takes readiness back, as the first part of a stop that can still be called off, and blocks for as long as the
     * configuration says. Without such a time it does nothing.
     *
     * @param trigger for the log and the ledger
     * @return false when it was called off by {@link #cancelAnnouncement}
     */
    public boolean announceStop(String trigger) throws InterruptedException {
        if (drain.getAnnounceMillis() == 0) return true;
        drain.announce(trigger);
        return drain.awaitAnnounced();
    }

    /**
     * Takes readiness back until {@link #cancelAnnouncement}, or until a stop; nothing else changes.
     *
     * @return false when it had been taken back before
     */
    public boolean announce() {
        return drain.announce("Sluice.announce()");
    }

    /**
     * Gives readiness again.
     *
     * @return false when nothing was announced, or when the stop has begun
     */
    public boolean cancelAnnouncement() {
        return drain.cancelAnnouncement();
    }

    /** Ends the announcement of {@link #announceStop}, or of a stop, before its time: the drain begins. */
    public void endAnnouncement() {
        drain.endAnnouncement();
    }

    /** Whether new requests are welcome: what a load balancer should be told. */
    public boolean isReady() {
        return drain.isReady();
    }

    /** What a stop would come to that began now. */
    public DrainPlan plan() {
        return drain.plan();
    }

    boolean isStopping() {
        return server.isStopping() || server.isStopped();
    }

    /** Cuts what a running drain still waits for. Does nothing when none is running. */
    public void cut() {
        drain.cut();
    }

    /** Waits until it has stopped. */
    public void join() throws InterruptedException {
        server.join();
    }

    /** The same as {@link #stop()}. */
    @Override
    public void close() {
        stop();
    }

    /** What the drain came to: to be asked after {@link #stop()}. */
    public DrainSummary summary() {
        return drain.summary();
    }

    /** The names of the listeners, in the order of the configuration. */
    public List<String> listenerNames() {
        return List.copyOf(listeners.addresses().keySet());
    }

    /**
     * The port that a listener is bound to, which with port 0 is the one that the system picked.
     *
     * @throws IllegalArgumentException when there is no such listener
     */
    public int port(String listenerName) {
        return listeners.port(listenerName);
    }

    /**
     * The port at which operators ask, see the section {@code admin}.
     *
     * @throws IllegalStateException when none is configured
     */
    public int adminPort() {
        if (admin == null) throw new IllegalStateException("admin (expected: the section in the configuration)");
        return admin.controlPort();
    }

    /**
     * The port at which load balancers ask; below 0 when there is none of their own.
     *
     * @throws IllegalStateException when no admin server is configured
     */
    public int probesPort() {
        if (admin == null) throw new IllegalStateException("admin (expected: the section in the configuration)");
        return admin.probesPort();
    }

    /**
     * What carries the requests of a route to its backends: {@code direct}, connections of Sluice's own, or {@code
     * httpclient}, Jetty's; {@code none} where it asks no backend.
     *
     * @throws IllegalArgumentException when there is no such route
     */
    public String transport(String routeName) {
        Map<String, String> transports = generations.current().proxy().transports();
        String transport = transports.get(routeName);
        if (transport == null)
            throw new IllegalArgumentException(
                    "route " + routeName + " (expected: one of " + transports.keySet() + ")");
        return transport;
    }

    /** What the pools and their backends are like at this moment, in the order of the routes. Names hosts: not for clients. */
    public List<PoolSnapshot> pools() {
        return generations.current().pools().stream().map(Pool::snapshot).toList();
    }

    /**
     * Drains a backend: it gets no new exchanges but those of clients that a cookie binds to it, and finishes what it has.
     *
     * @param pool its pool's name
     * @param backend as {@link #pools()} names it: {@code http://localhost:8000}
     * @throws IllegalArgumentException when there is no such backend; the message names those that there are
     */
    public void drainBackend(String pool, String backend) {
        generations.backend(pool, backend).drain(true);
        LOG.info("pool {}, backend {}: is drained", pool, backend);
    }

    /**
     * Brings a backend back that was drained.
     *
     * @throws IllegalArgumentException as {@link #drainBackend}
     */
    public void resumeBackend(String pool, String backend) {
        generations.backend(pool, backend).drain(false);
        LOG.info("pool {}, backend {}: is used again", pool, backend);
    }

    /** Which process listens on a port: {@code nginx, pid 123}, or nothing where it cannot be known (Linux only). */
    public static Optional<String> holderOf(int port) {
        return Listeners.holderOf(port);
    }

    /** The Jetty server that does the work, for what this class does not offer. */
    public Server server() {
        return server;
    }
}
