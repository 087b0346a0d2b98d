package dev.sluice.drill;

import dev.sluice.drain.DrainSummary;
import dev.sluice.runtime.Sluice;
import org.eclipse.jetty.server.handler.StatisticsHandler;
import org.jspecify.annotations.Nullable;

/**
 * What the proxy itself says of the stop.
 *
 * @param requests that it counted in, from its start to its end; in a restart those of its successor too, but for what
 *     that one asks itself
 * @param tookMillis from the start of the drain to the end of the last connection
 * @param finished exchanges that ended after that start by themselves, or because the limit of their route had passed
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
    /** @param successor whose requests count too; null where there is none */
    static DrainSide of(Sluice sluice, @Nullable Sluice successor) {
        DrainSummary summary = sluice.summary();
        return new DrainSide(
                requests(sluice) + (successor == null ? 0 : ofClients(successor)),
                summary.took().toMillis(),
                summary.finished() + summary.endedEarly(),
                summary.toldToClose(),
                summary.closedIdle(),
                summary.unfinishedHeads(),
                summary.cut());
    }

    /** Without those that it asks itself, one over each listener, before the other one is told to end. */
    private static long ofClients(Sluice successor) {
        return requests(successor) - successor.listenerNames().size();
    }

    private static long requests(Sluice sluice) {
        StatisticsHandler counter = sluice.server().getDescendant(StatisticsHandler.class);
        return counter == null ? 0 : counter.getRequestTotal();
    }
}
