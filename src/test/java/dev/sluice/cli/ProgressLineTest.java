package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.drill.DrillProgress.Step;
import dev.sluice.drill.Tally;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How progress is written, with the time handed in. */
class ProgressLineTest {
    private static final Duration LOAD = Duration.ofSeconds(3);

    private final StringWriter written = new StringWriter();

    private void tell(ProgressLine line, Step step, int millis) {
        line.at(step, Duration.ofMillis(millis), Tally.NONE);
    }

    @Test
    void onATerminalOneLineIsWrittenOverAndTakenAwayAtTheEnd() {
        try (ProgressLine line = new ProgressLine(new PrintWriter(written, true), true, LOAD)) {
            tell(line, Step.LOAD, 1_000);
            tell(line, Step.LOAD, 1_500);
        }

        assertThat(written.toString())
                .contains("drill: at work, 3.0 s to go", "drill: at work, 2.5 s to go")
                .startsWith("\r\u001b[2K")
                .endsWith("\r\u001b[2K")
                .doesNotContain("\n");
    }

    @Test
    void elsewhereThereIsALineForEachStepAndOneEveryTwoSeconds() {
        try (ProgressLine line = new ProgressLine(new PrintWriter(written, true), false, LOAD)) {
            tell(line, Step.WARM_UP, 0);
            tell(line, Step.WARM_UP, 1_900);
            tell(line, Step.LOAD, 2_000);
            tell(line, Step.LOAD, 3_900);
            tell(line, Step.LOAD, 4_000);
            tell(line, Step.STOP, 5_000);
        }

        assertThat(written.toString().lines().map(l -> l.substring(0, 26).strip()))
                .containsExactly(
                        "drill: warming up",
                        "drill: at work, 3.0 s to g",
                        "drill: at work, 1.0 s to g",
                        "drill: ending it for 0.0 s");
        assertThat(written.toString()).doesNotContain("\u001b");
    }

    @Test
    void terminalIsOneOnlyWhereItCanAndIsWanted() {
        assertThat(Terminal.of(true, "xterm", null, null)).isEqualTo(new Terminal(true, true));
        assertThat(Terminal.of(true, "xterm", "1", null)).isEqualTo(new Terminal(true, false));
        assertThat(Terminal.of(true, "xterm", "", "info")).isEqualTo(new Terminal(false, true));
        assertThat(Terminal.of(true, "dumb", null, null)).isEqualTo(new Terminal(false, false));
        assertThat(Terminal.of(true, null, null, null)).isEqualTo(new Terminal(false, false));
        assertThat(Terminal.of(false, "xterm", null, null)).isEqualTo(new Terminal(false, false));
    }
}
