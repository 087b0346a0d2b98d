package dev.sluice.upstream.health;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FailureWindowTest {
    private final FailureWindow window = new FailureWindow();
    private long requests;
    private long failures;

    private void serve(int more, int failing) {
        requests += more;
        failures += failing;
    }

    private void steps(int count) {
        for (int i = 0; i < count; i++) window.step(requests, failures);
    }

    private boolean exceeds(int percent, int least) {
        return window.exceeds(requests, failures, percent, least);
    }

    @Test
    void shareIsTakenOfAtLeastSoManyRequests() {
        serve(19, 19);
        assertThat(exceeds(50, 20)).isFalse();
        serve(1, 0);
        assertThat(exceeds(50, 20)).isTrue();
    }

    @Test
    void shareBelowTheSetOneIsNone() {
        serve(100, 49);
        assertThat(exceeds(50, 20)).isFalse();
        serve(0, 1);
        assertThat(exceeds(50, 20)).isTrue();
    }

    @Test
    void whatWasServedWithinTheWindowCountsAgainstABurst() {
        serve(1000, 0);
        steps(5);
        serve(20, 20);
        assertThat(exceeds(50, 20)).isFalse();
    }

    @Test
    void whatWasBeforeTheWindowIsForgotten() {
        serve(1000, 0);
        steps(FailureWindow.PARTS + 1);
        serve(20, 20);
        assertThat(exceeds(50, 20)).isTrue();
        steps(FailureWindow.PARTS + 1);
        assertThat(exceeds(1, 1)).isFalse();
    }

    @Test
    void afterForgettingOnlyWhatComesCounts() {
        serve(40, 40);
        window.forget(requests, failures);
        serve(20, 9);
        assertThat(exceeds(50, 20)).isFalse();
        steps(3);
        serve(1, 1);
        assertThat(exceeds(45, 20)).isTrue();
    }
}
