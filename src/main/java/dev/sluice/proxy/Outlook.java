package dev.sluice.proxy;

import dev.sluice.proxy.Progress.Phase;

/**
 * How long the exchanges of one route take, learned from those that ended: for the forecast of a drain. Event streams and
 * other exchanges of which nobody knows when they end have an account of their own. Safe for use by many threads.
 */
final class Outlook {
    private final Durations usual = new Durations();
    private final Durations streams = new Durations();

    /** @param nanos from the beginning of the request to the end of the answer */
    void ended(long nanos, boolean stream) {
        (stream ? streams : usual).record(nanos);
    }

    /**
     * The chance that an exchange ends by itself within some time.
     *
     * @param length of the answer's body, in bytes; negative when it is not known, or has not begun
     * @param age in nanoseconds
     * @param more in nanoseconds, from now
     * @return 0 to 1; NaN where nobody can tell
     */
    double endsWithin(Progress seen, boolean stream, long length, long age, long more) {
        // What is left of a body that has a length takes as long as what has passed would make it take.
        if (seen.phase == Phase.STREAMING && length >= 0 && seen.sent > 0) {
            double left = (double) (length - seen.sent) * age / seen.sent;
            return left <= more ? 1 : 0;
        }
        return (stream ? streams : usual).endsWithin(age, more);
    }
}
