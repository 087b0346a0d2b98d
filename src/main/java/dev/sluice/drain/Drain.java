package dev.sluice.drain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.NanoTime;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;

/**
 * One drain, from the moment at which all listeners stop accepting to the end of the last connection, or to the deadline.
 * It ends as soon as nothing is left.
 */
final class Drain {
    private static final Logger LOG = DrainHandler.LOG;

    private final List<DrainedListener> listeners;
    private final Map<Request, Tracked> live;
    private final Scheduler scheduler;
    private final Duration linger;
    private final Duration deadline;
    private final RestingConnections resting;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final AtomicBoolean cutting = new AtomicBoolean();
    private final Set<DrainedListener> said = ConcurrentHashMap.newKeySet();
    private final LongAdder finished = new LongAdder();
    private final LongAdder toldToClose = new LongAdder();
    private final LongAdder closedIdle = new LongAdder();
    private final LongAdder unfinishedHeads = new LongAdder();
    private final LongAdder cutExchanges = new LongAdder();
    private volatile long started = NanoTime.now();
    private volatile boolean tells;
    private volatile Duration took = Duration.ZERO;

    Drain(
            List<DrainedListener> listeners,
            Map<Request, Tracked> live,
            Scheduler scheduler,
            Duration linger,
            Duration deadline) {
        this.listeners = listeners;
        this.live = live;
        this.scheduler = scheduler;
        this.linger = linger;
        this.deadline = deadline;
        this.resting = new RestingConnections(listeners, live.values(), linger.toNanos(), closedIdle);
    }

    CompletableFuture<Void> done() {
        return done;
    }

    DrainSummary summary() {
        return new DrainSummary(
                took, finished.sum(), toldToClose.sum(), closedIdle.sum(), unfinishedHeads.sum(), cutExchanges.sum());
    }

    void start() {
        started = NanoTime.now();
        LOG.info("draining: {} under way, deadline in {} ms", exchanges(live.size()), deadline.toMillis());
        List<CompletableFuture<?>> ends = new ArrayList<>();
        // First all of them, so that no listener waits for another one's log line.
        for (DrainedListener listener : listeners) {
            // Jetty calls it too, before or after: each call starts the same shutdown or joins it.
            ends.add(listener.connector().shutdown());
        }
        // Not before: clients that are told to close connect anew, and would find a socket that is about to close.
        tells = true;
        listeners.forEach(DrainedListener::sayGoAway);
        for (int i = 0; i < ends.size(); i++) {
            DrainedListener listener = listeners.get(i);
            ends.set(i, ends.get(i).thenRun(() -> ended(listener)));
        }
        scheduler.schedule(() -> cut("deadline exceeded"), deadline.toMillis(), TimeUnit.MILLISECONDS);
        live.values().forEach(Tracked::goAway);
        closeRested();
        var unused =
                CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new)).whenComplete((v, x) -> over());
    }

    /** Every so often until the end: a connection comes to rest whenever its last exchange ends. */
    private void closeRested() {
        if (done.isDone() || cutting.get()) return;
        try {
            resting.closeRested();
        } catch (RuntimeException e) {
            // These are looked at while others use them. One that is caught in the middle is looked at again.
            LOG.debug("a connection changed while it was looked at", e);
        }
        long millis = Math.max(10, Math.min(100, linger.toMillis() / 4));
        scheduler.schedule(this::closeRested, millis, TimeUnit.MILLISECONDS);
    }

    /** Whether responses tell clients that their connection will close. */
    boolean tells() {
        return tells;
    }

    /** Whether the idle connections may still stay open. */
    boolean lingers() {
        return NanoTime.since(started) < linger.toNanos();
    }

    /** An exchange whose request came after the start. It is in the map already. */
    void arrived(Tracked exchange) {
        exchange.cameLate();
        // The cut may have passed already without seeing it: whoever takes it out of the map counts it.
        if (cutting.get()) cut(exchange);
    }

    /** An exchange ended by itself. */
    void ended(Tracked exchange) {
        finished.increment();
        if (exchange.isLate()) toldToClose.increment();
    }

    /** Its last connection is closed: by itself, or because of a cut, which has said so or is about to. */
    private void ended(DrainedListener listener) {
        if (!cutting.get() && said.add(listener)) LOG.info("listener {} drained", listener.label());
    }

    private void over() {
        took = Duration.ofNanos(NanoTime.since(started));
        LOG.info(
                "drained in {} ms: {} finished, {} told to close, {} closed idle, {} cut{}",
                took.toMillis(),
                finished.sum(),
                toldToClose.sum(),
                closedIdle.sum(),
                cutExchanges.sum(),
                unfinishedHeads.sum() == 0 ? "" : ", " + unfinishedHeads.sum() + " closed in the middle of a head");
        done.complete(null);
    }

    /** Ends what is left, and says what that was. */
    void cut(String why) {
        if (done.isDone() || !cutting.compareAndSet(false, true)) return;
        List<Tracked> left = List.copyOf(live.values());
        for (DrainedListener listener : listeners) cut(listener, left, why);
    }

    private void cut(DrainedListener listener, List<Tracked> left, String why) {
        Connector connector = listener.connector();
        List<EndPoint> open = List.copyOf(connector.getConnectedEndPoints());
        Set<EndPoint> busy = new HashSet<>();
        int count = 0;
        for (Tracked exchange : left) {
            if (exchange.connector() != connector) continue;
            busy.add(exchange.endPoint());
            if (cut(exchange)) count++;
        }
        for (EndPoint endPoint : open) {
            Connection connection = endPoint.getConnection();
            if (busy.contains(endPoint) || !endPoint.isOpen()) continue;
            if (connection == null || RestingConnections.isAtRest(connection)) closedIdle.increment();
            else unfinishedHeads.increment();
        }
        boolean first = said.add(listener);
        if (count > 0) LOG.warn("listener {}: {}, {} cut", listener.label(), why, exchanges(count));
        else if (first) LOG.info("listener {} drained", listener.label());
        // At the socket: what is to end now shall not wait for anybody's close_notify.
        open.forEach(EndPoint::close);
    }

    /** @return false when it has ended by itself in the meantime */
    private boolean cut(Tracked exchange) {
        if (!live.remove(exchange.request(), exchange)) return false;
        cutExchanges.increment();
        LOG.warn("listener {}: cut: {}", label(exchange), exchange.describe());
        return true;
    }

    private String label(Tracked exchange) {
        for (DrainedListener listener : listeners) {
            if (listener.connector() == exchange.connector()) return listener.label();
        }
        return "unknown";
    }

    private static String exchanges(int count) {
        return count == 1 ? "1 exchange" : count + " exchanges";
    }
}
