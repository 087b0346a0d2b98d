package dev.sluice.drill;

import java.util.ArrayList;
import java.util.List;

/**
 * What a drill came to. Immutable.
 *
 * @param lanes one for each client
 * @param requests one by one, in the order in which they ended
 * @param tally of all of them
 * @param drain what the proxy says
 */
public record DrillResult(
        DrillPlan plan, List<Lane> lanes, List<Sent> requests, Tally tally, Moments moments, DrainSide drain) {
    public DrillResult {
        lanes = List.copyOf(lanes);
        requests = List.copyOf(requests);
    }

    /** Requests that the stop has cost, in the order in which they ended. */
    public List<Sent> lost() {
        return requests.stream().filter(sent -> sent.outcome().isLost()).toList();
    }

    /** Whether there was anything to lose: without a request that was finished before the stop a drill shows nothing. */
    public boolean isMeaningful() {
        return tally.of(Outcome.FINISHED) + tally.of(Outcome.TOLD_TO_CLOSE) > 0;
    }

    /**
     * In what the clients and the drain contradict each other; empty when they agree. The clients may have sent requests
     * that never reached the proxy, but only such as are lost; and what the drain has cut is what was cut for them.
     */
    public List<String> contradictions() {
        List<String> found = new ArrayList<>();
        long most = tally.sent();
        long least = most - tally.lost() - tally.of(Outcome.FAILED_BEFORE);
        if (drain.requests() < least || drain.requests() > most)
            found.add("the proxy counted " + drain.requests() + " requests, the clients sent "
                    + (least == most ? "" + most : least + " to " + most));
        if (drain.cut() != tally.of(Outcome.CUT))
            found.add("the drain cut " + drain.cut() + ", the clients saw " + tally.of(Outcome.CUT) + " cut");
        return found;
    }

    /** Milliseconds from the first moment to the second; -1 where one of them is not known. */
    static long millis(long from, long to) {
        return from < 0 || to < 0 ? -1 : Math.round((to - from) / 1e6);
    }
}
