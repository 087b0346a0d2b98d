package dev.sluice.proxy;

import org.eclipse.jetty.io.CyclicTimeouts;
import org.eclipse.jetty.util.NanoTime;

/**
 * When an exchange has waited long enough: for what it waits for just now, and for everything together. Safe for use by many
 * threads.
 */
final class Deadline implements CyclicTimeouts.Expirable {
    /** For what never comes to an end by itself. */
    static final long NEVER = Long.MAX_VALUE;

    private final ExchangeTimeouts timeouts;
    private final Runnable passed;
    private volatile long total;
    private volatile long current = NEVER;
    private volatile boolean ofClient;

    /**
     * @param total as {@link NanoTime} counts, or {@link #NEVER}
     * @param passed run when one of the two may have passed; it asks which
     */
    Deadline(ExchangeTimeouts timeouts, long total, Runnable passed) {
        this.timeouts = timeouts;
        this.total = total;
        this.passed = passed;
    }

    void begin() {
        timeouts.add(this);
    }

    void end() {
        current = NEVER;
        timeouts.remove(this);
    }

    /** Sets the current one anew, in nanoseconds from now; {@link #NEVER} leaves only the total one. */
    void in(long nanos) {
        if (nanos == NEVER) {
            if (current != NEVER) current = NEVER;
            if (total == NEVER) return;
        } else {
            current = NanoTime.now() + nanos;
        }
        timeouts.schedule(this);
    }

    /** The same, and it is the client that is waited for. */
    void ofClient(long nanos) {
        ofClient = true;
        in(nanos);
    }

    /** The same, and it is not the client. */
    void ofOthers(long nanos) {
        if (ofClient) ofClient = false;
        in(nanos);
    }

    boolean isOfClient() {
        return ofClient;
    }

    /** Neither of the two, from now on. */
    void lift() {
        total = NEVER;
        current = NEVER;
    }

    boolean hasPassed() {
        return hasPassed(current);
    }

    boolean totalHasPassed() {
        return hasPassed(total);
    }

    private static boolean hasPassed(long limit) {
        return limit != NEVER && NanoTime.now() - limit >= 0;
    }

    @Override
    public long getExpireNanoTime() {
        return Math.min(current, total);
    }

    /** One of the two may have passed. */
    void expired() {
        passed.run();
    }
}
