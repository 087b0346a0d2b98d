package dev.sluice.upstream.health;

/**
 * Tells a backend that is about to leave from how it closes connections that it kept alive before: several within a short time,
 * after it had closed none for a while. One that always closes, or does so after so many requests, shows no such change. Time
 * is a parameter. Safe for use by many threads.
 */
final class LeavingSigns {
    /** Connections that make a burst. */
    static final int ENOUGH = 3;

    private static final long SECOND = 1_000_000_000L;
    /** How long a burst takes at most. */
    private static final long SPAN = 10 * SECOND;
    /** For how long it must have closed none before. */
    private static final long QUIET = 30 * SECOND;
    /** Answers after which it closed none before. */
    private static final long KEPT = 50;
    /** A backend that has shown the signs and stayed is not believed again for so long. */
    private static final long DISBELIEF = 600 * SECOND;

    // All guarded by this.
    private long lastAt;
    private long lastServed;
    private long burstAt;
    private long burstServed;
    private int burst;
    private boolean believable;
    private long disbelievedUntil;

    /** @param now in nanoseconds, when it is first heard of */
    LeavingSigns(long now) {
        lastAt = now;
        disbelievedUntil = now;
    }

    /**
     * It has said that it closes a connection.
     *
     * @param served exchanges that it has answered so far
     * @param whole whether a whole connection of HTTP/2 ends, which may be the only one
     * @return whether it is about to leave, as it seems; told once for a burst
     */
    synchronized boolean closes(long served, boolean whole, long now) {
        if (burst == 0 || now - lastAt > SPAN) {
            believable = now - lastAt >= QUIET && served - lastServed >= KEPT && now - disbelievedUntil >= 0;
            burstAt = now;
            burstServed = served;
            burst = 0;
        }
        burst++;
        lastAt = now;
        lastServed = served;
        if (now - burstAt > SPAN) believable = false;
        boolean most = whole || served - burstServed <= 2L * burst;
        if (!believable || burst < ENOUGH || !most) return false;
        believable = false;
        disbelievedUntil = now + DISBELIEF;
        return true;
    }
}
