package dev.sluice.upstream.health;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HealthStateTest {
    @Test
    void backendIsTakenToBeWellUntilItWasAsked() {
        assertThat(HealthState.UNKNOWN.well()).isTrue();
    }

    @Test
    void firstCheckCountsAtOnce() {
        assertThat(HealthState.UNKNOWN.after(false, 2, 3).well()).isFalse();
        assertThat(HealthState.UNKNOWN.after(true, 2, 3).well()).isTrue();
    }

    @Test
    void itFallsWithTheLastOfSoManyFailuresInARow() {
        assertThat(after("+--").well()).isTrue();
        assertThat(after("+---").well()).isFalse();
    }

    @Test
    void itRisesWithTheLastOfSoManyPassesInARow() {
        assertThat(after("-+").well()).isFalse();
        assertThat(after("-++").well()).isTrue();
    }

    @Test
    void anotherResultInBetweenStartsTheCountAnew() {
        assertThat(after("+--+--").well()).isTrue();
        assertThat(after("+--+---").well()).isFalse();
        assertThat(after("-+-+").well()).isFalse();
        assertThat(after("-+-++").well()).isTrue();
    }

    @Test
    void afterATurnTheCountIsThatOfTheOtherDirection() {
        assertThat(after("+---+").well()).isFalse();
        assertThat(after("+---++").well()).isTrue();
        assertThat(after("+---++--").well()).isTrue();
        assertThat(after("+---++---").well()).isFalse();
    }

    /** With rise 2 and fall 3. */
    private static HealthState after(String checks) {
        HealthState state = HealthState.UNKNOWN;
        for (char check : checks.toCharArray()) state = state.after(check == '+', 2, 3);
        return state;
    }
}
