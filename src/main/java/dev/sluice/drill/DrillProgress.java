package dev.sluice.drill;

import java.time.Duration;

/** Is told how far a drill has come, ten times a second, on the thread that runs it. */
public interface DrillProgress {
    /** Tells nobody. */
    DrillProgress NONE = (step, since, tally) -> {};

    /** What a drill goes through. */
    enum Step {
        /** The first answers are awaited. */
        WARM_UP,
        /** Clients are at work. */
        LOAD,
        /** The proxy was told to stop, and clients go on. */
        STOP,
        /** The proxy has stopped; the last clients end. */
        END
    }

    /** @param since the drill began */
    void at(Step step, Duration since, Tally tally);
}
