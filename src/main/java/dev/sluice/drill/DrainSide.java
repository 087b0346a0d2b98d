package dev.sluice.drill;

import dev.sluice.drain.DrainSummary;
import dev.sluice.runtime.Sluice;
import org.eclipse.jetty.server.handler.StatisticsHandler;

/**
 * What the proxy itself says of the stop.
 *
 * @param requests that it counted in, from its start to its end
 * @param tookMillis from the start of the drain to the end of the last connection
 * @param finished exchanges that ended by themselves after that start
 * @param toldToClose those of them whose request came after it
 * @param closedIdle connections that were closed while nothing was on them
 * @param unfinishedHeads connections that were closed in the middle of a head or of a handshake
 * @param cut exchanges that were ended at the deadline
 */
public record DrainSide(
        long requests,
        long tookMillis,
        long finished,
        long toldToClose,
        long closedIdle,
        long unfinishedHeads,
        long cut) {
    static DrainSide of(Sluice sluice) {
        DrainSummary summary = sluice.summary();
        StatisticsHandler counter = sluice.server().getDescendant(StatisticsHandler.class);
        return new DrainSide(
                counter == null ? 0 : counter.getRequestTotal(),
                summary.took().toMillis(),
                summary.finished(),
                summary.toldToClose(),
                summary.closedIdle(),
                summary.unfinishedHeads(),
                summary.cut());
    }
}
