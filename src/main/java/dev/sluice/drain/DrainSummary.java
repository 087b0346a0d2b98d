package dev.sluice.drain;

import java.time.Duration;

/**
 * What a drain came to.
 *
 * @param took from its start to the end of the last connection
 * @param finished exchanges that ended by themselves
 * @param toldToClose those of them whose request came after the start, on a connection that was open
 * @param closedIdle connections that were closed while nothing was on them
 * @param unfinishedHeads connections that were closed in the middle of a request's head or of a TLS handshake
 * @param cut exchanges that were ended at the deadline
 * @param endedEarly exchanges that were ended in order, because the limit of their route had passed
 */
public record DrainSummary(
        Duration took,
        long finished,
        long toldToClose,
        long closedIdle,
        long unfinishedHeads,
        long cut,
        long endedEarly) {
    /** For a server that had nothing to drain. */
    public static final DrainSummary NOTHING = new DrainSummary(Duration.ZERO, 0, 0, 0, 0, 0, 0);
}
