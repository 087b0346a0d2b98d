package dev.sluice.drain;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/** The counters behind one {@link DrainSummary}. Any thread may count. */
final class Tally {
    final LongAdder finished = new LongAdder();
    final LongAdder toldToClose = new LongAdder();
    final LongAdder endedEarly = new LongAdder();
    final LongAdder closedIdle = new LongAdder();
    final LongAdder unfinishedHeads = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder cut = new LongAdder();

    DrainSummary summary(Duration took) {
        return new DrainSummary(
                took,
                finished.sum(),
                toldToClose.sum(),
                endedEarly.sum(),
                closedIdle.sum(),
                unfinishedHeads.sum(),
                refused.sum(),
                cut.sum());
    }
}
