package dev.sluice.drain;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.StatisticsHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.Graceful;
import org.eclipse.jetty.util.component.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts exchanges and drains the server when it stops: around everything else in an embedded server, or put into a Jetty
 * by XML.
 *
 * <p>Unlike Jetty's own {@code GracefulHandler} it answers nothing with 503: a request that arrives on a connection that is
 * open is served, and told {@code Connection: close}. Safe for use by many threads; nothing here blocks.
 */
public class DrainHandler extends StatisticsHandler implements Graceful {
    static final Logger LOG = LoggerFactory.getLogger(DrainHandler.class);

    /** How much longer than our deadline Jetty waits before it loses patience: ours is to come first, and be logged. */
    private static final long BACKSTOP_MILLIS = 1_000;

    // Bounded by the connections of the server, and by the streams of each.
    private final Map<Request, Tracked> live = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable Drain> drain = new AtomicReference<>();
    private final LifeCycle.Listener serverEvents = new ServerEvents();
    private volatile List<DrainedListener> listeners = List.of();
    /** Of listeners that leave while the others go on. */
    private final Map<Connector, Drain> leaving = new ConcurrentHashMap<>();

    private volatile long lingerMillis = 1_000;
    private volatile long spreadMillis = 1_000;
    private volatile long deadlineMillis = -1;
    private volatile long announceMillis;
    private volatile @Nullable LedgerFile ledger;
    private volatile @Nullable String readyPath;
    private volatile Readiness readiness = new Readiness();
    private final AtomicReference<@Nullable String> trigger = new AtomicReference<>();
    private volatile @Nullable String announcedBy;
    private volatile long declaredStopTimeout = -1;

    public DrainHandler() {}

    public DrainHandler(Handler handler) {
        super(handler);
    }

    /** How long idle connections stay open from the start of a drain, in milliseconds; default 1000. */
    public void setLingerMillis(long millis) {
        lingerMillis = millis;
    }

    public long getLingerMillis() {
        return lingerMillis;
    }

    /** Within which WebSockets are told to end, in milliseconds from the start of a drain; default 1000. */
    public void setSpreadMillis(long millis) {
        spreadMillis = millis;
    }

    public long getSpreadMillis() {
        return spreadMillis;
    }

    /**
     * From the start of a drain to the moment at which what is left is cut, in milliseconds; negative, the default, for the
     * server's {@code stopTimeout}.
     */
    public void setDeadlineMillis(long millis) {
        deadlineMillis = millis;
    }

    public long getDeadlineMillis() {
        return deadlineMillis >= 0 ? deadlineMillis : getServer().getStopTimeout();
    }

    /**
     * How long before a drain readiness is taken back, in milliseconds; default 0. A stop of the server takes so much
     * longer, unless it was announced before.
     */
    public void setAnnounceMillis(long millis) {
        announceMillis = millis;
    }

    public long getAnnounceMillis() {
        return announceMillis;
    }

    /**
     * Where the ledger of a drain is kept, beside the log: a file, which each drain replaces, or a directory, in which each
     * makes one; null or empty, the default, for nowhere.
     */
    public void setLedger(@Nullable String place) {
        ledger = place == null || place.isBlank() ? null : new LedgerFile(Path.of(place.trim()));
    }

    /**
     * The path at which every listener answers itself whether new requests are welcome: 200 or 503. For servers that have no
     * other address to ask at; null or empty, the default, for none.
     */
    public void setReadyPath(@Nullable String path) {
        readyPath = path == null || path.isBlank() ? null : path.trim();
    }

    /** Whether new requests are welcome: not before the start, and not from the announcement of a drain on. */
    public boolean isReady() {
        return isStarted() && readiness.isReady() && drain.get() == null;
    }

    /**
     * Takes readiness back, ahead of a drain; nothing else changes.
     *
     * @param why what began it, for the log and the ledger
     * @return false when that had been done before
     */
    public boolean announce(String why) {
        if (!readiness.announce()) return false;
        announcedBy = why;
        LOG.info("announced ({}): not ready any more, still accepting", why);
        return true;
    }

    /**
     * Gives readiness again.
     *
     * @return false when nothing was announced, or when the stop has begun
     */
    public boolean cancelAnnouncement() {
        if (!readiness.cancel()) return false;
        announcedBy = null;
        LOG.info("announcement cancelled: ready again");
        return true;
    }

    /**
     * Blocks until readiness has been taken back for as long as {@link #setAnnounceMillis} says.
     *
     * @return false when the announcement was cancelled in the meantime
     */
    public boolean awaitAnnounced() throws InterruptedException {
        return readiness.await(announceMillis);
    }

    /** Ends an announcement that a stop waits for. */
    public void endAnnouncement() {
        readiness.hurry();
    }

    /** Says what makes the server stop, for the log and the ledger. The first one counts. */
    public void setTrigger(String what) {
        trigger.compareAndSet(null, what);
    }

    /** What the last drain came to; nothing when there was none. */
    public DrainSummary summary() {
        Drain last = drain.get();
        return last == null ? DrainSummary.NOTHING : last.summary();
    }

    /** How far this server has come with its end. */
    public DrainProgress progress() {
        int connections = 0;
        for (DrainedListener listener : listeners)
            connections += listener.connector().getConnectedEndPoints().size();
        Drain current = drain.get();
        return new DrainProgress(
                state(),
                live.size(),
                connections,
                current != null ? current.left() : Duration.ZERO,
                current != null ? current.summary() : DrainSummary.NOTHING);
    }

    private String state() {
        if (drain.get() != null) return isStopped() ? "stopped" : "draining";
        if (!isStarted()) return isStopped() ? "stopped" : "starting";
        return readiness.isReady() ? "serving" : "announced";
    }

    /** What a drain would come to that began now. Costs a look at each exchange and each connection. */
    public DrainPlan plan() {
        Duration deadline = Duration.ofMillis(getDeadlineMillis());
        Duration linger = Duration.ofMillis(Math.min(lingerMillis, deadline.toMillis()));
        return new Forecast(Duration.ofMillis(announceMillis), linger, deadline).of(listeners, live.values());
    }

    /** Ends a drain that is under way now, as if its deadline had come. Does nothing otherwise. */
    public void cut() {
        readiness.hurry();
        Drain current = drain.get();
        if (current != null) current.cut("cut by request");
    }

    /** Listeners have come: those that the server has at this moment are the ones that are drained from now on. */
    public synchronized void listenersChanged() {
        List<DrainedListener> open = new ArrayList<>();
        for (Connector connector : getServer().getConnectors()) open.add(DrainedListener.of(connector));
        listeners = List.copyOf(open);
    }

    /**
     * Drains one listener while the server goes on: as a stop does it, with a deadline of its own. A stop that begins
     * meanwhile takes over. Does not block.
     *
     * @param why for the log and the ledger
     * @param deadline after which what is left is cut
     * @return completes when its last connection has ended
     */
    public CompletableFuture<Void> leave(Connector listener, String why, Duration deadline) {
        Drain own = new Drain(
                listeners.stream().filter(l -> l.connector() == listener).toList(),
                new Exchanges(live).by(listener),
                new Drain.Parts(getServer().getScheduler(), getServer().getThreadPool()),
                terms(why, null, deadline, null));
        if (leaving.putIfAbsent(listener, own) != null) return CompletableFuture.completedFuture(null);
        // Entered first, then looked: a stop that begins in between finds it there.
        if (drain.get() != null) own.superseded();
        else own.start();
        return own.done().whenComplete((v, x) -> leaving.remove(listener, own));
    }

    private Drain.Terms terms(String why, @Nullable Instant announced, Duration deadline, @Nullable LedgerFile file) {
        long most = deadline.toMillis();
        return new Drain.Terms(
                why,
                announced,
                Duration.ofMillis(Math.min(lingerMillis, most)),
                deadline,
                Duration.ofMillis(Math.min(spreadMillis, most)),
                file);
    }

    /** The drain that a request is part of: the server's, or that of its listener. */
    private @Nullable Drain drainOf(Request request) {
        Drain whole = drain.get();
        return whole != null || leaving.isEmpty()
                ? whole
                : leaving.get(request.getConnectionMetaData().getConnector());
    }

    @Override
    protected void doStart() throws Exception {
        drain.set(null);
        trigger.set(null);
        announcedBy = null;
        readiness = new Readiness();
        Server server = getServer();
        for (Connector connector : server.getConnectors()) {
            // Jetty's own way, a short idle timeout, would end HTTP/2 sessions that are busy but quiet.
            // A drain closes idle connections itself.
            if (connector instanceof AbstractConnector c) c.setShutdownIdleTimeout(-1);
        }
        server.addEventListener(serverEvents);
        // A web application may be deployed, and bring this handler, when the server has long been started.
        if (server.isStarted()) serverEvents.lifeCycleStarted(server);
        super.doStart();
    }

    @Override
    protected void doStop() throws Exception {
        super.doStop();
        if (!getServer().isStopping()) getServer().removeEventListener(serverEvents);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        Handler next = getHandler();
        if (next == null) return false;
        String asked = readyPath;
        if (asked != null && asked.equals(request.getHttpURI().getPath())) {
            new ReadyAnswer(isReady(), state()).write(response, callback);
            return true;
        }
        // The superclass would wrap and copy more for its events than all of the rest of this handler costs, so its
        // counters are fed from here. A request without a body needs no counting of what is read.
        onBeforeHandling(request);
        Counted counted = new Counted(request, response);
        Request.addCompletionListener(
                request, failure -> onComplete(request, counted.getStatus(), HttpFields.EMPTY, failure));
        Request seen = request.getLength() == 0 ? request : new CountedRequest(request);
        boolean handled = false;
        Throwable failure = null;
        try {
            handled = next.handle(seen, counted, callback);
            return handled;
        } catch (Throwable x) {
            failure = x;
            throw x;
        } finally {
            onAfterHandling(request, handled, failure);
        }
    }

    @Override
    protected void onBeforeHandling(Request request) {
        // Counted first, then the flag is looked at: a drain that starts in between sees it live.
        Tracked tracked = new Tracked(request);
        live.put(request, tracked);
        Drain current = drainOf(request);
        if (current != null) current.arrived(tracked);
        super.onBeforeHandling(request);
    }

    @Override
    protected void onComplete(Request request, int status, HttpFields headers, @Nullable Throwable failure) {
        super.onComplete(request, status, headers, failure);
        Tracked tracked = live.get(request);
        CompletionStage<?> tunnelEnd = tracked == null || failure != null ? null : tracked.tunnelEnd();
        if (tracked == null || tunnelEnd == null) {
            ended(request);
            return;
        }
        // It goes on: as a WebSocket, for example.
        if (drainOf(request) != null) tracked.goAway();
        tunnelEnd.whenComplete((v, x) -> ended(request));
    }

    private void ended(Request request) {
        Drain before = drainOf(request);
        if (before != null) {
            // Counted before it is gone: a drain is over when none is there, and says how many there were.
            live.computeIfPresent(request, (r, tracked) -> {
                before.ended(tracked);
                return null;
            });
            return;
        }
        Tracked tracked = live.remove(request);
        Drain current = drainOf(request);
        if (tracked != null && current != null) current.ended(tracked);
    }

    private String stoppedBy() {
        return Objects.requireNonNullElse(trigger.get(), "server.stop()");
    }

    /** What stops the server, and what had taken readiness back before, if that was something else. */
    private String begunBy() {
        String announced = announcedBy;
        String stopped = stoppedBy();
        return announced == null || announced.equals(stopped) ? stopped : stopped + ", announced by " + announced;
    }

    @Override
    public CompletableFuture<Void> shutdown() {
        Drain begun = new Drain(
                listeners,
                new Exchanges(live),
                new Drain.Parts(getServer().getScheduler(), getServer().getThreadPool()),
                terms(begunBy(), readiness.announcedAt(), Duration.ofMillis(getDeadlineMillis()), ledger));
        if (!drain.compareAndSet(null, begun)) {
            Drain current = drain.get();
            return current == null ? CompletableFuture.completedFuture(null) : current.done();
        }
        patience();
        leaving.values().forEach(Drain::superseded);
        begun.start();
        return begun.done();
    }

    @Override
    public boolean isShutdown() {
        return drain.get() != null;
    }

    /** Whether responses tell clients that their connection will close. */
    boolean tells() {
        Drain current = drain.get();
        return current != null && current.tells();
    }

    Iterable<Tracked> exchanges() {
        return live.values();
    }

    /** Exchanges that have begun and not ended. */
    int live() {
        return live.size();
    }

    /** Jetty asks for its stop timeout only after all shutdowns have been started, so there is time to extend it. */
    private void patience() {
        Server server = getServer();
        declaredStopTimeout = server.getStopTimeout();
        server.setStopTimeout(Math.max(declaredStopTimeout, getDeadlineMillis()) + BACKSTOP_MILLIS);
    }

    /** Counts what is read of a request's body. */
    private final class CountedRequest extends Request.Wrapper {
        CountedRequest(Request request) {
            super(request);
        }

        @Override
        public Content.@Nullable Chunk read() {
            Content.Chunk chunk = super.read();
            if (chunk != null && chunk.hasRemaining()) onRequestRead(getWrapped(), chunk);
            return chunk;
        }
    }

    /**
     * Counts what is written, and tells an HTTP/1.x client that this response is the last on its connection when it is
     * (RFC 9112 §9.6).
     */
    private final class Counted extends Response.Wrapper {
        Counted(Request request, Response response) {
            super(request, response);
        }

        @Override
        public void write(boolean last, @Nullable ByteBuffer content, Callback callback) {
            LastAnswer.mark(drainOf(getRequest()), this);
            if (content != null) onResponseWriteComplete(getRequest(), last, content, null);
            super.write(last, content, callback);
        }
    }

    private final class ServerEvents implements LifeCycle.Listener {
        @Override
        public void lifeCycleStarted(LifeCycle server) {
            // Now, because a connector that is shut down no longer knows its port.
            listenersChanged();
        }

        @Override
        public void lifeCycleStopping(LifeCycle server) {
            readiness.stop();
            if (announceMillis > 0) awaitAnnouncement();
            // Without a timeout Jetty shuts nothing down in order. What is cut is to be named all the same.
            if (getServer().getStopTimeout() <= 0) shutdown();
        }

        /** On the thread that stops the server: whoever stops it waits in any case. */
        private void awaitAnnouncement() {
            announce(stoppedBy());
            try {
                awaitAnnounced();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // Whoever stops is in a hurry.
            }
        }

        @Override
        public void lifeCycleStopped(LifeCycle server) {
            if (declaredStopTimeout >= 0) getServer().setStopTimeout(declaredStopTimeout);
            getServer().removeEventListener(this);
            LOG.info("stopped");
        }
    }
}
