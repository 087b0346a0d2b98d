package dev.sluice.drain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.internal.HttpConnection;
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
    private final Collection<Tracked> live;
    private final Scheduler scheduler;
    private final Duration linger;
    private final Duration deadline;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final AtomicBoolean cut = new AtomicBoolean();
    private final LongAdder finished = new LongAdder();
    private final LongAdder toldToClose = new LongAdder();
    private final LongAdder closedIdle = new LongAdder();
    private final LongAdder unfinishedHeads = new LongAdder();
    private final LongAdder cutExchanges = new LongAdder();
    private volatile long started;
    private volatile Duration took = Duration.ZERO;

    Drain(
            List<DrainedListener> listeners,
            Collection<Tracked> live,
            Scheduler scheduler,
            Duration linger,
            Duration deadline) {
        this.listeners = listeners;
        this.live = live;
        this.scheduler = scheduler;
        this.linger = linger;
        this.deadline = deadline;
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
        LOG.info("draining: {} exchanges under way, deadline in {} ms", live.size(), deadline.toMillis());
        List<CompletableFuture<?>> ends = new ArrayList<>();
        for (DrainedListener listener : listeners) {
            // Jetty calls it too, before or after: each call starts the same shutdown or joins it.
            ends.add(listener.connector().shutdown().thenRun(() -> ended(listener)));
        }
        Scheduler.Task idle = scheduler.schedule(this::closeIdle, linger.toMillis(), TimeUnit.MILLISECONDS);
        Scheduler.Task last =
                scheduler.schedule(() -> cut("deadline exceeded"), deadline.toMillis(), TimeUnit.MILLISECONDS);
        var unused = CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new))
                .whenComplete((v, x) -> {
                    idle.cancel();
                    last.cancel();
                    over();
                });
    }

    /** An exchange ended by itself, or because it was cut: those have been counted already. */
    void ended(Tracked exchange) {
        if (cut.get()) return;
        finished.increment();
        if (exchange.whileDraining()) toldToClose.increment();
    }

    private void ended(DrainedListener listener) {
        if (!cut.get()) LOG.info("listener {} drained", listener.label());
    }

    private void over() {
        took = Duration.ofNanos(NanoTime.since(started));
        LOG.info(
                "drained in {} ms: {} finished, {} told to close, {} closed idle, {} cut",
                took.toMillis(),
                finished.sum(),
                toldToClose.sum(),
                closedIdle.sum(),
                cutExchanges.sum());
        done.complete(null);
    }

    /** Connections on which nothing happens have had their time. Those that become idle later close by themselves. */
    private void closeIdle() {
        Set<EndPoint> busy = busy();
        for (DrainedListener listener : listeners) {
            for (EndPoint endPoint : listener.connector().getConnectedEndPoints()) {
                if (busy.contains(endPoint) || !isIdle(endPoint.getConnection())) continue;
                closedIdle.increment();
                close(endPoint);
            }
        }
    }

    private Set<EndPoint> busy() {
        Set<EndPoint> busy = new HashSet<>();
        for (Tracked exchange : live) busy.add(exchange.endPoint());
        return busy;
    }

    /** HTTP/1.1 between two requests. HTTP/2 sessions are told by GOAWAY, and close when their last stream ends. */
    private static boolean isIdle(Connection connection) {
        Connection inner =
                connection instanceof SslConnection tls ? tls.getSslEndPoint().getConnection() : connection;
        return inner instanceof HttpConnection http
                && http.isRequestBufferEmpty()
                && http.getParser().isState(HttpParser.State.START);
    }

    private static void close(EndPoint endPoint) {
        Connection connection = endPoint.getConnection();
        if (connection == null) endPoint.close();
        else connection.close();
    }

    /** Ends what is left, and says what that was. */
    void cut(String why) {
        if (done.isDone() || !cut.compareAndSet(false, true)) return;
        List<Tracked> left = List.copyOf(live);
        for (DrainedListener listener : listeners) cut(listener, left, why);
    }

    private void cut(DrainedListener listener, List<Tracked> left, String why) {
        Connector connector = listener.connector();
        List<EndPoint> open = List.copyOf(connector.getConnectedEndPoints());
        Set<EndPoint> busy = new HashSet<>();
        int count = 0;
        for (Tracked exchange : left) {
            if (exchange.connector() != connector) continue;
            count++;
            busy.add(exchange.endPoint());
            LOG.warn("listener {}: cut: {}", listener.label(), exchange.describe());
        }
        cutExchanges.add(count);
        for (EndPoint endPoint : open) {
            if (!busy.contains(endPoint)) {
                if (isIdle(endPoint.getConnection())) closedIdle.increment();
                else unfinishedHeads.increment();
            }
        }
        if (count > 0) {
            LOG.warn("listener {}: {}, {} {} cut", listener.label(), why, count, count == 1 ? "exchange" : "exchanges");
        } else {
            LOG.info("listener {} drained", listener.label());
        }
        // At the socket: what is to end now shall not wait for anybody's close_notify.
        open.forEach(EndPoint::close);
    }
}
