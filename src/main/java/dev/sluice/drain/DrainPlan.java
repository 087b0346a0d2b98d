package dev.sluice.drain;

import java.time.Duration;
import java.util.List;

/**
 * What a drain would come to that began now.
 *
 * @param deadline of that drain
 * @param announce how long before it readiness would be taken back
 * @param takes from its start to its end, as far as can be told; the deadline when something may be cut
 * @param underWay exchanges that go on
 * @param finish those of them that would probably be finished
 * @param cut those that would probably be cut
 * @param unknown those of which nobody can tell
 * @param idle connections on which nothing is under way
 * @param atRisk those that would be cut or of which nobody can tell, the oldest first; at most {@link #LISTED}
 */
public record DrainPlan(
        Duration deadline,
        Duration announce,
        Duration takes,
        int underWay,
        int finish,
        int cut,
        int unknown,
        int idle,
        List<AtRisk> atRisk) {
    /** How many of those at risk are listed. */
    static final int LISTED = 100;

    /** For people: a few lines, each ended. */
    public String inWords() {
        return PlanText.words(this);
    }

    /** For programs: on one line; docs/drain.md explains each of its members. */
    public String json() {
        return PlanText.json(this);
    }

    /**
     * An exchange that may not be finished.
     *
     * @param chance that it is finished before the deadline, 0 to 1, or NaN where nobody can tell
     */
    public record AtRisk(CutExchange exchange, double chance) {
        public String inWords() {
            CutExchange it = exchange;
            String guess = Double.isNaN(chance)
                    ? "too few have ended on this route to judge by"
                    : "of those that were as old on this route " + Math.round(chance * 100) + " % ended in time";
            return it.method() + " " + it.path() + ", client " + it.client() + ", route " + it.route() + ", backend "
                    + it.backend() + ", " + it.phase() + " for " + PlanText.time(it.age()) + " (" + guess + ")";
        }
    }
}
