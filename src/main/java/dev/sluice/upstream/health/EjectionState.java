package dev.sluice.upstream.health;

import dev.sluice.config.EjectionConfig;

/**
 * How often one backend has been ejected in a row. Immutable.
 *
 * @param row ejections, each not long after the one before
 * @param length of the last one, in nanoseconds
 * @param until when that was, or is
 */
record EjectionState(int row, long length, long until) {
    static final EjectionState NONE = new EjectionState(0, 0, 0);
    /** Doublings after which every limit is reached. */
    private static final int MOST_IN_A_ROW = 30;

    /**
     * The state after one more. It is twice as long as the one before; for each time as long as that one which has passed since
     * its end without another, one doubling is forgotten.
     */
    EjectionState after(long now, EjectionConfig how) {
        long quiet = length == 0 ? 0 : Math.max(0, (now - until) / length);
        int next = (int) Math.min(MOST_IN_A_ROW, Math.max(0, row - quiet) + 1);
        double doubled = (double) how.time().toNanos() * (1L << (next - 1));
        long most = Math.max(how.time().toNanos(), how.longest().toNanos());
        long lasting = (long) Math.min(most, doubled);
        return new EjectionState(next, lasting, now + lasting);
    }
}
