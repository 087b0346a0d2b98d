package dev.sluice.drain;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.util.NanoTime;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * One drain, from the moment at which all listeners stop accepting to the end of the last connection, or to the deadline.
 * It ends as soon as nothing is left.
 */
final class Drain {
    private static final Logger LOG = DrainHandler.LOG;

    /** How many of those that were cut the log's one line names; each has a line of its own there, and the file has all. */
    private static final int IN_LINE = 100;

    private final List<DrainedListener> listeners;
    private final Exchanges live;
    private final Parts parts;
    private final Terms terms;
    private final RestingConnections resting;
    private final Accounts accounts;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final AtomicBoolean cutting = new AtomicBoolean();
    private final Set<DrainedListener> said = ConcurrentHashMap.newKeySet();
    private final Goodbyes goodbyes;
    private volatile long started = NanoTime.now();
    private volatile Instant began = Instant.now();
    private volatile boolean tells;
    private volatile @Nullable Duration took;

    /** What it needs of the server. */
    record Parts(Scheduler scheduler, Executor executor) {}

    /**
     * How it is to go.
     *
     * @param trigger what began it
     * @param announced when readiness was taken back, or null
     * @param ledger where the account of it is kept, or null
     */
    record Terms(
            String trigger,
            @Nullable Instant announced,
            Duration linger,
            Duration deadline,
            Duration spread,
            @Nullable LedgerFile ledger) {}

    Drain(List<DrainedListener> listeners, Exchanges live, Parts parts, Terms terms) {
        this.listeners = listeners;
        this.live = live;
        this.parts = parts;
        this.terms = terms;
        this.accounts = new Accounts(listeners);
        this.goodbyes =
                new Goodbyes(parts.scheduler(), NanoTime::now, terms.spread().toNanos());
        this.resting = new RestingConnections(
                listeners,
                live::now,
                terms.linger().toNanos(),
                (listener, n) -> accounts.connections(listener, tally -> tally.closedIdle, n));
    }

    CompletableFuture<Void> done() {
        return done;
    }

    DrainSummary summary() {
        Duration whole = took;
        return accounts.total(whole == null ? sinceStart() : whole);
    }

    private Duration sinceStart() {
        return Duration.ofNanos(NanoTime.since(started));
    }

    /** What is left of the time until the deadline; never negative. */
    Duration left() {
        Duration left = terms.deadline().minus(sinceStart());
        return left.isNegative() ? Duration.ZERO : left;
    }

    void start() {
        started = NanoTime.now();
        began = Instant.now();
        LOG.info(
                "draining: {} under way, deadline in {} ms, begun by {}",
                exchanges(live.size()),
                terms.deadline().toMillis(),
                terms.trigger());
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
        parts.scheduler()
                .schedule(() -> cut("deadline exceeded"), terms.deadline().toMillis(), TimeUnit.MILLISECONDS);
        closeRested();
        var unused =
                CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new)).whenComplete((v, x) -> over());
        goodbyes.say(live.now().stream().filter(Tracked::canBeTold).toList());
    }

    /** Every so often until the end: a connection comes to rest whenever its last exchange ends. */
    private void closeRested() {
        if (done.isDone()) return;
        if (cutting.get()) listeners.forEach(DrainedListener::closeConnections);
        try {
            live.now().forEach(exchange -> exchange.endEarlyWhenDue(started));
            resting.closeRested();
        } catch (RuntimeException e) {
            // These are looked at while others use them. One that is caught in the middle is looked at again.
            LOG.debug("a connection changed while it was looked at", e);
        }
        long millis = Math.max(10, Math.min(100, terms.linger().toMillis() / 4));
        parts.scheduler().schedule(this::closeRested, millis, TimeUnit.MILLISECONDS);
    }

    /** Whether responses tell clients that their connection will close. */
    boolean tells() {
        return tells;
    }

    /** Whether the idle connections may still stay open. */
    boolean lingers() {
        return NanoTime.since(started) < terms.linger().toNanos();
    }

    /** An exchange whose request came after the start. It is in the map already. */
    void arrived(Tracked exchange) {
        exchange.cameLate();
        // The cut may have passed already without seeing it: whoever takes it out of the map counts it.
        if (cutting.get()) refuse(exchange);
    }

    /** An exchange ended by itself. */
    void ended(Tracked exchange) {
        try {
            accounts.ended(exchange);
        } catch (RuntimeException e) {
            // Whatever it says of itself: it has ended, and the drain is not to wait for it.
            LOG.warn("an exchange has ended that could not be counted", e);
        }
    }

    /** Its last connection is closed: by itself, or because of a cut, which has said so or is about to. */
    private void ended(DrainedListener listener) {
        accounts.ended(listener, sinceStart());
        if (!cutting.get() && said.add(listener)) LOG.info("listener {} drained", listener.label());
    }

    private void over() {
        // A client may have closed its connection before the end of its exchange was told here.
        if (!live.isEmpty() && !cutting.get()) {
            parts.scheduler().schedule(this::over, 1, TimeUnit.MILLISECONDS);
            return;
        }
        Duration whole = sinceStart();
        took = whole;
        try {
            // The last connection may have ended on a selector's thread, and files block.
            parts.executor().execute(() -> account(whole));
        } catch (RejectedExecutionException e) {
            account(whole);
        }
    }

    /** Nobody waits any longer once it is done, so the account comes first. */
    private void account(Duration whole) {
        try {
            Ledger ledger = ledger(whole);
            LOG.info("drained in {} ms: {}", whole.toMillis(), ledger.total().inWords());
            LOG.info("ledger {}", new LedgerJson(ledger).line(IN_LINE));
            if (terms.ledger() != null)
                LOG.info("ledger written to {}", terms.ledger().write(ledger));
        } catch (IOException e) {
            LOG.error(
                    "ledger cannot be written: {} (expected: a place to write to); its line above has it",
                    e.toString());
        } finally {
            done.complete(null);
        }
    }

    private Ledger ledger(Duration whole) {
        return new Ledger(
                terms.trigger(),
                terms.announced(),
                began,
                terms.linger(),
                terms.deadline(),
                accounts.total(whole),
                accounts.listeners(whole),
                accounts.routes(),
                accounts.backends(),
                accounts.cut());
    }

    /** Another one, of the whole server, does all of it from now on. */
    void superseded() {
        cutting.set(true);
        done.complete(null);
    }

    /** Ends what is left, and says what that was. */
    void cut(String why) {
        if (done.isDone() || !cutting.compareAndSet(false, true)) return;
        List<Tracked> left = List.copyOf(live.now());
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
            boolean rested = connection == null || RestingConnections.isAtRest(connection);
            accounts.connections(listener, tally -> rested ? tally.closedIdle : tally.unfinishedHeads, 1);
        }
        boolean first = said.add(listener);
        if (count > 0) LOG.warn("listener {}: {}, {} cut", listener.label(), why, exchanges(count));
        else if (first) LOG.info("listener {} drained", listener.label());
        // Those that are still being made are closed by closeRested.
        listener.closeSocket();
        open.forEach(EndPoint::close);
    }

    /** @return false when it has ended by itself in the meantime */
    private boolean cut(Tracked exchange) {
        if (!live.take(exchange)) return false;
        CutExchange described = accounts.cut(exchange);
        LOG.warn("listener {}: cut: {}", described.listener(), described.inWords());
        return true;
    }

    /** Its connection was open when the cut came, and is being closed. */
    private void refuse(Tracked exchange) {
        if (!live.take(exchange)) return;
        accounts.refused(exchange);
        CutExchange described = exchange.describe(accounts.label(exchange));
        LOG.warn("listener {}: refused, it came after the cut: {}", described.listener(), described.inWords());
    }

    private static String exchanges(int count) {
        return count == 1 ? "1 exchange" : count + " exchanges";
    }
}
