package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SignalStepsTest {
    private final List<String> done = new ArrayList<>();
    private final SignalSteps steps =
            new SignalSteps(signal -> done.add("drain " + signal), all -> done.add("cut"), () -> done.add("halt"));

    @Test
    void firstSignalDrains() {
        steps.next("SIGTERM");

        assertThat(done).containsExactly("drain SIGTERM");
    }

    @Test
    void secondSignalCutsAndFurtherOnesHaltWhicheverTheyAre() {
        steps.next("SIGINT");
        steps.next("SIGTERM");
        steps.next("SIGINT");
        steps.next("SIGINT");

        assertThat(done).containsExactly("drain SIGINT", "cut", "halt", "halt");
    }

    @Test
    void signalAfterAStopThatWasCalledOffDrainsAgain() {
        steps.next("SIGTERM");
        steps.reset();
        steps.next("SIGINT");

        assertThat(done).containsExactly("drain SIGTERM", "drain SIGINT");
    }

    @Test
    void signalThatCameWhileAStopWasBeingCalledOffIsNotLost() {
        steps.next("SIGTERM");
        steps.next("SIGINT");
        steps.reset();

        assertThat(done).containsExactly("drain SIGTERM", "cut", "drain SIGINT");
    }

    @Test
    void secondSignalThatIsTakenBackIsFollowedByASecondOne() {
        steps.next("SIGTERM");
        steps.next("SIGTERM");
        steps.back();
        steps.next("SIGTERM");

        assertThat(done).containsExactly("drain SIGTERM", "cut", "cut");
    }
}
