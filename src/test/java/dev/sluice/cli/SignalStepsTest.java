package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SignalStepsTest {
    private final List<String> done = new ArrayList<>();
    private final SignalSteps steps =
            new SignalSteps(() -> done.add("drain"), () -> done.add("cut"), () -> done.add("halt"));

    @Test
    void firstSignalDrains() {
        steps.next("SIGTERM");

        assertThat(done).containsExactly("drain");
    }

    @Test
    void secondSignalCutsAndFurtherOnesHaltWhicheverTheyAre() {
        steps.next("SIGINT");
        steps.next("SIGTERM");
        steps.next("SIGINT");
        steps.next("SIGINT");

        assertThat(done).containsExactly("drain", "cut", "halt", "halt");
    }
}
