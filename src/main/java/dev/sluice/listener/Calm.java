package dev.sluice.listener;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.eclipse.jetty.util.NanoTime;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Waits, after a listener has stepped aside, until the handshakes on its port are over that were under way by then.
 */
final class Calm implements Runnable {
    /** Within it, what was lost in a handshake has been sent again once. */
    private static final long MOST_MILLIS = 1_500;

    /** Until the next look, at first; then twice as long, and so on, up to the other. */
    private static final long FIRST_MILLIS = 10;

    private static final long MOST_PAUSE_MILLIS = 40;

    private final Supplier<Optional<Set<String>>> handshakes;
    private final LongSupplier nanoTime;
    private final Scheduler scheduler;
    private final Executor executor;
    private final Runnable then;
    private final long until;
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile boolean hurried;
    // Of one look at a time.
    private int looks;
    private Set<String> waitedFor = Set.of();
    private long pause = FIRST_MILLIS;

    /**
     * @param handshakes the clients of those that are under way, see {@link Handshakes#underWay}
     * @param nanoTime as {@link System#nanoTime}
     * @param stopMillis how long the whole stop may take: the wait takes a quarter at most
     * @param executor the table of connections may be long, too long for the thread that keeps time
     * @param then is run once, on the thread that calls {@link #run} or {@link #hurry}, or on one of the executor
     */
    Calm(
            Supplier<Optional<Set<String>>> handshakes,
            LongSupplier nanoTime,
            long stopMillis,
            Scheduler scheduler,
            Executor executor,
            Runnable then) {
        this.handshakes = handshakes;
        this.nanoTime = nanoTime;
        this.scheduler = scheduler;
        this.executor = executor;
        this.then = then;
        until = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(Math.min(stopMillis / 4, MOST_MILLIS));
    }

    /** Looks, and waits for the next look or is done. */
    @Override
    public void run() {
        if (hurried || !NanoTime.isBefore(nanoTime.getAsLong(), until) || hasLooked()) {
            end();
            return;
        }
        long millis = pause;
        pause = Math.min(2 * pause, MOST_PAUSE_MILLIS);
        scheduler.schedule(this::lookAgain, millis, TimeUnit.MILLISECONDS);
    }

    private void lookAgain() {
        try {
            executor.execute(this);
        } catch (RejectedExecutionException e) {
            end(); // Nobody can look any more, and the listener is to close all the same.
        }
    }

    /** @return whether none is left of the handshakes that were there */
    private boolean hasLooked() {
        Optional<Set<String>> seen = handshakes.get();
        if (seen.isEmpty()) return false; // Maybe at the next look.
        // A first packet that was on its way through the kernel as the listener stepped aside shows at the second look.
        // What comes after that is somebody else's.
        if (++looks <= 2) waitedFor = new HashSet<>(seen.get());
        else waitedFor.retainAll(seen.get());
        return looks >= 2 && waitedFor.isEmpty();
    }

    /** There is no time left: what is under way is lost. */
    void hurry() {
        hurried = true;
        end();
    }

    private void end() {
        if (ended.compareAndSet(false, true)) then.run();
    }
}
