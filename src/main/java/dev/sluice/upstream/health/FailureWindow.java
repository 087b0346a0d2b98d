package dev.sluice.upstream.health;

import java.util.Arrays;

/**
 * How many requests there were within a span of time, and how many of them failed: the sums as they were at some moments of
 * it. Whoever counts pays nothing for it. Moments are told by one thread at a time; any thread may ask.
 */
final class FailureWindow {
    /** Moments within the span; it is longer or shorter than it should be by one of those steps. */
    static final int PARTS = 10;

    private record Sums(long requests, long failures) {
        static final Sums ZERO = new Sums(0, 0);
    }

    private final Sums[] past = new Sums[PARTS];
    private int next;
    private volatile Sums oldest = Sums.ZERO;

    FailureWindow() {
        Arrays.fill(past, Sums.ZERO);
    }

    /** One step of time has passed; with all that has been counted so far. */
    void step(long requests, long failures) {
        oldest = past[next];
        past[next] = new Sums(requests, failures);
        next = (next + 1) % PARTS;
    }

    /** From now on, what has been counted so far does not count. */
    void forget(long requests, long failures) {
        Sums now = new Sums(requests, failures);
        Arrays.fill(past, now);
        oldest = now;
    }

    /** Whether, with all that has been counted so far, failures are at least this share of at least so many requests. */
    boolean exceeds(long requests, long failures, int percent, int least) {
        Sums since = oldest;
        long all = requests - since.requests();
        return all >= least && (failures - since.failures()) * 100 >= all * percent;
    }
}
