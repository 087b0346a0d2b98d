package dev.sluice.upstream;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Finds out how many exchanges a backend can work on at a time. Latency that grows with their number is time that they wait
 * for one another, so the limit follows the ratio of the latency that there was without a wait to the latency of now, and a
 * little more, so that it grows as long as nothing speaks against it (a gradient). When the backend says that it is too much,
 * or does not answer in time, the limit shrinks by a tenth.
 *
 * <p>Latencies are looked at some dozen at a time, and of those at the median: a few long polls, or one slow answer, change
 * nothing. Time is a parameter. Safe for use by many threads, without locks: an answer that comes while another one is looked at
 * is not counted.
 */
final class AdaptiveLimit {
    /** How much longer than without a wait an answer may take: latencies scatter. */
    private static final double TOLERANCE = 1.5;
    /** The least that one look leaves of the limit. */
    private static final double STEEPEST = 0.5;
    /** How much of the new limit is taken over at one look. */
    private static final double SMOOTHING = 0.2;
    /** What is left of it when the backend fails. */
    private static final double AFTER_FAILURES = 0.9;
    /** Of the answers, in percent, that say it is too much: fewer are taken for bad luck. */
    private static final int FAILED_PERCENT = 5;
    /** How much of a longer latency is taken for the latency without a wait when hardly anything is going on. */
    private static final double RISE = 0.1;

    private static final int LEAST_ANSWERS = 10;
    private static final int MOST_ANSWERS = 128;
    private static final long LEAST_NANOS = 50_000_000;
    /** How long the limit may be in full use until less is asked for a moment, to see the latency without a wait again. */
    private static final long PROBE_NANOS = 30_000_000_000L;

    private final int least;
    private final int most;
    private final AtomicBoolean turn = new AtomicBoolean();
    private final AtomicInteger failures = new AtomicInteger();
    private volatile int limit;

    // Of the thread whose turn it is.
    private final long[] latencies = new long[MOST_ANSWERS];
    private int answers;
    private int busiest;
    private double exact;
    private double unhurried;
    private long begun;
    private long confirmed;
    private double probed;
    private boolean settling;

    /**
     * @param least that it shrinks to, at least 1
     * @param most that it grows to
     * @param start where it begins
     */
    AdaptiveLimit(int least, int most, int start) {
        this.least = least;
        this.most = most;
        exact = Math.max(least, Math.min(most, start));
        limit = (int) exact;
    }

    int limit() {
        return limit;
    }

    /** Whether an end means that the backend had too much to do: 503, a refusal, or no answer in time. */
    static boolean isTooMuch(Lease.@Nullable Fault fault, int status) {
        return status == 503 || fault == Lease.Fault.TIMEOUT || fault == Lease.Fault.REFUSED;
    }

    /** An exchange has come to an end that {@linkplain #isTooMuch means too much}. */
    void failed() {
        failures.incrementAndGet();
        // Without any answers nobody would look.
        if (failures.get() >= LEAST_ANSWERS && turn.compareAndSet(false, true)) {
            try {
                if (answers == 0) shrink();
            } finally {
                turn.set(false);
            }
        }
    }

    /**
     * The head of an answer has come.
     *
     * @param latency from the request on, in nanoseconds
     * @param awaited exchanges without an answer, this one included
     * @param now in nanoseconds
     * @return the limit from now on
     */
    int answered(long latency, int awaited, long now) {
        if (turn.compareAndSet(false, true)) {
            try {
                if (answers == 0) begun = now;
                if (answers < MOST_ANSWERS) latencies[answers++] = latency;
                busiest = Math.max(busiest, awaited);
                boolean enough = answers == MOST_ANSWERS || now - begun >= LEAST_NANOS;
                // What was asked before a probe began tells of the time before it.
                if (answers >= LEAST_ANSWERS && enough && now - begun >= unhurried) look(now);
            } finally {
                turn.set(false);
            }
        }
        return limit;
    }

    private void look(long now) {
        Arrays.sort(latencies, 0, answers);
        double median = Math.max(1, latencies[answers / 2]);
        boolean failing = failures.get() * 100L > (long) answers * FAILED_PERCENT;
        boolean inUse = busiest * 2 >= limit;
        answers = 0;
        busiest = 0;
        if (failing) {
            shrink();
            return;
        }
        failures.set(0);
        if (probed > 0) {
            probe(median, now);
            return;
        }
        if (unhurried == 0 || median <= unhurried) {
            unhurried = median;
            confirmed = now;
        } else if (!inUse) {
            // It is not for want of room that it takes longer: the backend is another than it was.
            unhurried += (median - unhurried) * RISE;
            confirmed = now;
        } else if (now - confirmed >= PROBE_NANOS) {
            probed = exact;
            settling = true;
            limit = (int) Math.max(least, exact / 2);
            return;
        }
        double gradient = Math.max(STEEPEST, Math.min(1, TOLERANCE * unhurried / median));
        double next = exact * gradient + Math.sqrt(exact);
        if (next > exact && !inUse) return; // Nothing shows that it could bear more.
        set(exact * (1 - SMOOTHING) + next * SMOOTHING);
    }

    /** The first look after less was asked still sees what was asked before; the second one sees how long it takes. */
    private void probe(double median, long now) {
        if (settling) {
            settling = false;
            return;
        }
        unhurried = median;
        confirmed = now;
        double before = probed;
        probed = 0;
        set(before);
    }

    private void shrink() {
        failures.set(0);
        probed = 0;
        set(exact * AFTER_FAILURES);
    }

    private void set(double value) {
        exact = Math.max(least, Math.min(most, value));
        limit = (int) exact;
    }
}
