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
        /** The stop or the restart is under way, and clients go on. */
        STOP,
        /** In a restart: clients are at work on the successor. */
        AFTER,
        /** The last clients end. */
        END
    }

    /** @param since the drill began */
    void at(Step step, Duration since, Tally tally);
}
