package dev.sluice.upstream.health;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What looks like a backend that leaves, and what only seems to. */
class LeavingSignsTest {
    private static final long SECOND = 1_000_000_000L;

    private final LeavingSigns signs = new LeavingSigns(0);
    private long now;
    private long served;

    private void quiet(int seconds, int answers) {
        now += seconds * SECOND;
        served += answers;
    }

    private boolean closesAfter(int answers) {
        served += answers;
        return signs.closes(served, false, now);
    }

    @Test
    void connectionsClosedOneAfterTheOtherAfterALongTimeWithoutAreASign() {
        quiet(60, 500);
        assertThat(closesAfter(1)).isFalse();
        assertThat(closesAfter(1)).isFalse();
        assertThat(closesAfter(1)).isTrue();
    }

    @Test
    void signIsToldOnce() {
        quiet(60, 500);
        closesAfter(1);
        closesAfter(1);
        assertThat(closesAfter(1)).isTrue();
        for (int i = 0; i < 100; i++) assertThat(closesAfter(1)).isFalse();
    }

    @Test
    void oneThatAlwaysClosesShowsNoSign() {
        for (int i = 0; i < 1000; i++) {
            if (i % 100 == 0) now += 60 * SECOND;
            assertThat(closesAfter(1)).isFalse();
        }
    }

    @Test
    void oneThatClosesAfterSoManyRequestsShowsNoSign() {
        for (int i = 0; i < 1000; i++) {
            now += SECOND;
            assertThat(closesAfter(100)).isFalse();
        }
    }

    @Test
    void someClosedConnectionsAmongManyThatAreKeptAreNoSign() {
        quiet(60, 500);
        for (int i = 0; i < 20; i++) assertThat(closesAfter(5)).isFalse();
    }

    @Test
    void slowTrickleIsNoBurst() {
        quiet(60, 500);
        for (int i = 0; i < 20; i++) {
            assertThat(closesAfter(1)).isFalse();
            now += 6 * SECOND;
        }
    }

    @Test
    void oneThatWasJustMetIsNotKnownYet() {
        quiet(5, 500);
        for (int i = 0; i < 10; i++) assertThat(closesAfter(1)).isFalse();
    }

    @Test
    void oneThatStayedIsNotBelievedAgainForTenMinutes() {
        quiet(60, 500);
        closesAfter(1);
        closesAfter(1);
        assertThat(closesAfter(1)).isTrue();
        quiet(300, 500);
        for (int i = 0; i < 3; i++) assertThat(closesAfter(1)).isFalse();
        quiet(600, 500);
        closesAfter(1);
        closesAfter(1);
        assertThat(closesAfter(1)).isTrue();
    }

    @Test
    void wholeConnectionsOfHttp2AreASignWhateverElseIsAnswered() {
        quiet(60, 500);
        for (int i = 0; i < 2; i++) {
            served += 400;
            assertThat(signs.closes(served, true, now)).isFalse();
        }
        served += 400;
        assertThat(signs.closes(served, true, now)).isTrue();
    }
}
