package dev.sluice.drain;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.NanoTime;
import org.jspecify.annotations.Nullable;

/**
 * Whether a load balancer is to send requests here. It may be taken back some time before a drain, so that the load balancer
 * has noticed when the listeners close, and until the stop begins it may be given again. Safe for use by many threads.
 */
final class Readiness {
    private boolean announced;
    private boolean stopping;
    private boolean hurried;
    private long since;
    private @Nullable Instant when;

    synchronized boolean isReady() {
        return !announced;
    }

    /** Since when it is not ready, null while it is. */
    synchronized @Nullable Instant announcedAt() {
        return when;
    }

    /** @return false when that has been said before */
    synchronized boolean announce() {
        if (announced) return false;
        announced = true;
        hurried = false;
        since = NanoTime.now();
        when = Instant.now();
        return true;
    }

    /** @return false when there is nothing to cancel, or when it is too late because the stop has begun */
    synchronized boolean cancel() {
        if (!announced || stopping) return false;
        announced = false;
        when = null;
        notifyAll();
        return true;
    }

    /** From here on there is no way back. */
    synchronized void stop() {
        stopping = true;
    }

    /** Ends the wait for this announcement; does nothing when nothing is announced. */
    synchronized void hurry() {
        hurried = true;
        notifyAll();
    }

    /**
     * Blocks until it has been announced for so long. From then on it cannot be cancelled: who waits here is about to stop.
     *
     * @return false when it was cancelled in the meantime
     */
    synchronized boolean await(long millis) throws InterruptedException {
        while (announced && !hurried) {
            long left = TimeUnit.MILLISECONDS.toNanos(millis) - NanoTime.since(since);
            if (left <= 0) break;
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        stopping |= announced;
        return announced;
    }
}
