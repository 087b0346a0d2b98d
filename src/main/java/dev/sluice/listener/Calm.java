package dev.sluice.listener;

import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.NanoTime;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Waits, after a listener has stepped aside, until no handshake on its port is under way.
 *
 * <p>There is no telling whose handshakes they are: those of a successor on the same port are waited for too, up to the
 * bound.
 */
final class Calm implements Runnable {
    /** Within it, what was lost in a handshake has been sent again once. */
    private static final long MOST_MILLIS = 1_500;

    /** Until the next look, at first; then twice as long, and so on. */
    private static final long FIRST_MILLIS = 10;

    private final Handshakes handshakes = new Handshakes();
    private final int port;
    private final Scheduler scheduler;
    private final Executor executor;
    private final Runnable then;
    private final long until;
    private long pause = FIRST_MILLIS;

    /**
     * @param stopMillis how long the whole stop may take: the wait takes a quarter at most
     * @param executor the table of connections may be long, too long for the thread that keeps time
     * @param then is run once, on the thread that calls {@link #run} or on one of the executor
     */
    Calm(int port, long stopMillis, Scheduler scheduler, Executor executor, Runnable then) {
        this.port = port;
        this.scheduler = scheduler;
        this.executor = executor;
        this.then = then;
        until = NanoTime.now() + TimeUnit.MILLISECONDS.toNanos(Math.min(stopMillis / 4, MOST_MILLIS));
    }

    /** Looks, and waits for the next look or is done. */
    @Override
    public void run() {
        if (NanoTime.isBefore(NanoTime.now(), until) && handshakes.underWay(port)) {
            scheduler.schedule(() -> executor.execute(this), pause, TimeUnit.MILLISECONDS);
            pause *= 2;
        } else {
            then.run();
        }
    }
}
