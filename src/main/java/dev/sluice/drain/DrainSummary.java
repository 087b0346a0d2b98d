package dev.sluice.drain;

import java.time.Duration;

/**
 * What a drain came to, in numbers.
 *
 * @param took from its start to the end of the last connection
 * @param finished exchanges that ended by themselves
 * @param toldToClose those of them whose request came after the start, on a connection that was open
 * @param endedEarly exchanges that were ended in order before the deadline, because their route says so
 * @param closedIdle connections that were closed while nothing was on them
 * @param unfinishedHeads connections that were closed in the middle of a request's head or of a TLS handshake
 * @param refused requests that arrived after the cut and reached no backend
 * @param cut exchanges that were ended at the deadline, or before it by a request to cut
 */
public record DrainSummary(
        Duration took,
        long finished,
        long toldToClose,
        long endedEarly,
        long closedIdle,
        long unfinishedHeads,
        long refused,
        long cut) {
    /** For a server that had nothing to drain. */
    public static final DrainSummary NOTHING = new DrainSummary(Duration.ZERO, 0, 0, 0, 0, 0, 0, 0);

    /** Whether every request that came was finished. */
    public boolean isClean() {
        return cut == 0 && refused == 0;
    }

    /** As the log says it: {@code 3 finished, 1 told to close, 2 closed idle, 0 cut}; what happens rarely only when it did. */
    String inWords() {
        return finished + " finished, " + toldToClose + " told to close, " + closedIdle + " closed idle, " + cut
                + " cut"
                + (endedEarly == 0 ? "" : ", " + endedEarly + " ended early")
                + (unfinishedHeads == 0 ? "" : ", " + unfinishedHeads + " closed in the middle of a head")
                + (refused == 0 ? "" : ", " + refused + " refused");
    }
}
