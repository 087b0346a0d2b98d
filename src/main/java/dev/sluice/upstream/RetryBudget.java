package dev.sluice.upstream;

import dev.sluice.config.RetryConfig;
import java.util.concurrent.TimeUnit;

/**
 * How many requests may be tried again, so that an outage is not made worse by those who try: a share of the requests of the
 * last {@value #SECONDS} seconds or so, and some more that a quiet pool may spend at once. It costs nothing as long as all goes
 * well. Safe for use by many threads.
 */
final class RetryBudget {
    private static final int SECONDS = 10;
    private static final double NANOS = TimeUnit.SECONDS.toNanos(SECONDS);

    private final double share;
    private final int burst;
    private double earned; // guarded by this
    private double spare; // guarded by this
    private long lastNanos; // guarded by this
    private long lastStarted; // guarded by this

    /** @param started as {@link #take} has it, at this moment */
    RetryBudget(RetryConfig rules, long now, long started) {
        this.share = rules.budgetPercent() / 100.0;
        this.burst = rules.burst();
        this.spare = burst;
        this.lastNanos = now;
        this.lastStarted = started;
    }

    /**
     * Takes one, if there is one left.
     *
     * @param started requests that have been sent to backends, ever
     */
    synchronized boolean take(long now, long started) {
        double passed = Math.max(0, now - lastNanos) / NANOS;
        double fresh = share * Math.max(0, started - lastStarted);
        // What was earned long ago is forgotten: of a long time, the last seconds count.
        earned = earned * Math.exp(-passed) + fresh * Math.min(1, passed == 0 ? 1 : 1 / passed);
        spare = Math.min(burst, spare + passed * burst);
        lastNanos = now;
        lastStarted = started;
        if (earned >= 1) {
            earned--;
            return true;
        }
        if (spare < 1) return false;
        spare--;
        return true;
    }
}
