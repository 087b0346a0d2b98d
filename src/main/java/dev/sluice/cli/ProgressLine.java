package dev.sluice.cli;

import dev.sluice.drill.DrillProgress;
import dev.sluice.drill.Tally;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How far a drill has come: one line that is written over, or, where that cannot be, a line for each step and one every two
 * seconds. To be used by one thread.
 */
final class ProgressLine implements DrillProgress, AutoCloseable {
    private static final Duration BETWEEN = Duration.ofSeconds(2);
    private static final String CLEAR = "\r\u001b[2K";

    private final PrintWriter out;
    private final boolean renews;
    private final Duration load;
    private @Nullable Step last;
    private Duration said = Duration.ZERO;
    private Duration stepBegan = Duration.ZERO;

    /** @param load how long clients are at work before the stop */
    ProgressLine(PrintWriter out, boolean renews, Duration load) {
        this.out = out;
        this.renews = renews;
        this.load = load;
    }

    @Override
    public void at(Step step, Duration since, Tally tally) {
        boolean next = step != last;
        if (next) stepBegan = since;
        last = step;
        if (renews) {
            out.print(CLEAR + text(step, since.minus(stepBegan), tally));
            out.flush();
        } else if (next || since.minus(said).compareTo(BETWEEN) >= 0) {
            said = since;
            out.println(text(step, since.minus(stepBegan), tally));
        }
    }

    private String text(Step step, Duration inStep, Tally tally) {
        String what = switch (step) {
            case WARM_UP -> "warming up";
            case LOAD -> String.format(Locale.ROOT, "at work, %.1f s to go", left(inStep));
            case STOP -> String.format(Locale.ROOT, "ending it for %.1f s", inStep.toMillis() / 1e3);
            case AFTER -> "on the successor";
            case END -> "last clients";
        };
        return String.format(
                Locale.ROOT,
                "drill: %-24s %,8d ended  %,5d under way  %,4d lost",
                what,
                tally.ended(),
                tally.underWay(),
                tally.lost());
    }

    private double left(Duration inStep) {
        return Math.max(0, load.minus(inStep).toMillis()) / 1e3;
    }

    /** Takes the line away. */
    @Override
    public void close() {
        if (!renews) return;
        out.print(CLEAR);
        out.flush();
    }
}
