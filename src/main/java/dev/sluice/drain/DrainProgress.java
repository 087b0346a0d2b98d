package dev.sluice.drain;

import java.time.Duration;

/**
 * How far a server has come with its end.
 *
 * @param state starting, serving, announced, draining or stopped
 * @param underWay exchanges that go on
 * @param connections that are open
 * @param left until the deadline of the drain; zero when there is none
 * @param soFar what the drain has come to; all zero when there is none
 */
public record DrainProgress(String state, int underWay, int connections, Duration left, DrainSummary soFar) {
    /** For people: one line, ended. */
    public String inWords() {
        String now = underWay + (underWay == 1 ? " exchange" : " exchanges") + " under way, " + connections
                + (connections == 1 ? " connection" : " connections") + " open";
        return state.equals("draining")
                ? "draining for " + PlanText.time(soFar.took()) + ", at most " + PlanText.time(left) + " more: " + now
                        + "; so far " + soFar.inWords() + "\n"
                : state + ": " + now + "\n";
    }

    /** For programs: on one line; docs/drain.md explains each of its members. */
    public String json() {
        return PlanText.json(this);
    }
}
