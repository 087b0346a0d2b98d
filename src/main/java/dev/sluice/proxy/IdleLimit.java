package dev.sluice.proxy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * For how long a connection to a backend may be unused and be used again, as learned from when the backend closes such
 * connections. Used just as it closes them, a request is lost.
 *
 * <p>One end says little: a backend that restarts ends all of them, whatever their age. So nothing is learned of ends that
 * come in one instant after different times, and nothing else of one end until another, later one agrees with it. That may
 * still be chance, or no longer true: now and then a connection is left to the backend, as a probe, and when it lets
 * several in a row be, the limit grows.
 *
 * <p>All times are nanoseconds. Safe for use by many threads; {@link #nanos} costs next to nothing.
 */
final class IdleLimit {
    static final long NONE = Long.MAX_VALUE;

    /** What ends sooner was not ended for being unused. */
    private static final long SHORTEST = TimeUnit.MILLISECONDS.toNanos(100);
    /** How far apart the ends are that have one cause. */
    private static final long INSTANT = TimeUnit.MILLISECONDS.toNanos(500);

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    /** From one probe to the next. */
    private static final long PROBE_PAUSE = TimeUnit.SECONDS.toNanos(10);
    /** Ends that are remembered, for another one to agree with. */
    private static final int REMEMBERED = 4;
    /** Probes in a row that have to outlive what was learned. */
    private static final int OUTLIVED = 3;
    /** By which factor the limit grows then. */
    private static final int GROWTH = 2;

    private volatile long limit = NONE;

    // Guarded by this.
    private final Deque<Long> ends = new ArrayDeque<>();
    private long learned = NONE;
    private int outlived;
    private boolean probed;
    private long probedAt;
    private boolean seen;
    private long seenAt;
    private long seenIdle;
    private boolean disputed;
    private long learnedBefore = NONE;

    /** From what a backend closes at to what is safe: closing takes its way to us, and a request its way back. */
    static long below(long nanos) {
        return nanos - Math.max(nanos / 10, Math.min(SECOND, nanos / 2));
    }

    private static boolean agree(long one, long other) {
        long shorter = Math.min(one, other);
        // Some servers look around once in a second only.
        return Math.abs(one - other) <= Math.max(shorter / 10, Math.min(SECOND, shorter / 4));
    }

    /** How long a connection may have been unused to be used again; {@link #NONE} while nothing is known. */
    long nanos() {
        return limit;
    }

    /**
     * A backend has ended a connection.
     *
     * @param idle since when it was unused
     * @return whether the limit is another one now
     */
    synchronized boolean ended(long now, long idle) {
        if (idle < SHORTEST) return false;
        long before = learned;
        if (seen && now - seenAt < INSTANT) {
            if (!disputed && !agree(idle, seenIdle)) {
                disputed = true;
                ends.pollLast();
                learned = learnedBefore;
            }
        } else {
            seen = true;
            seenAt = now;
            seenIdle = idle;
            disputed = false;
            learnedBefore = learned;
            consider(idle);
        }
        return set(before);
    }

    private void consider(long idle) {
        long agreed = NONE;
        for (long other : ends) if (agree(other, idle)) agreed = Math.min(agreed, other);
        if (ends.size() == REMEMBERED) ends.pollFirst();
        ends.addLast(idle);
        if (agreed == NONE) return;
        learned = Math.min(agreed, idle);
        outlived = 0;
    }

    /** Whether one that is over the limit should be left open, to see what becomes of it. If so, it is taken for left. */
    synchronized boolean wantsProbe(long now) {
        if (learned == NONE || (probed && now - probedAt < PROBE_PAUSE)) return false;
        probed = true;
        probedAt = now;
        return true;
    }

    /** When a probe has proved that its backend does not end connections at what was learned. */
    synchronized long provenAfter() {
        return learned == NONE ? 0 : learned + 2 * (learned - below(learned));
    }

    /**
     * A probe has proved that.
     *
     * @return whether the limit is another one now
     */
    synchronized boolean outlived() {
        if (learned == NONE || ++outlived < OUTLIVED) return false;
        long before = learned;
        outlived = 0;
        ends.clear();
        learned = learned > NONE / GROWTH ? NONE : learned * GROWTH;
        return set(before);
    }

    private boolean set(long before) {
        limit = learned == NONE ? NONE : below(learned);
        return learned != before;
    }
}
