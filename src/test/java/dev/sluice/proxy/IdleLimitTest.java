package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is learned from when a backend ends connections that nobody uses. */
class IdleLimitTest {
    private final IdleLimit limit = new IdleLimit();
    private long now = -5; // Clocks begin anywhere.

    private static long ms(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private void endedAfter(long idleMillis) {
        now += ms(Math.max(idleMillis, 1000));
        limit.ended(now, ms(idleMillis));
    }

    private void endedInTheSameInstantAfter(long idleMillis) {
        now += ms(2);
        limit.ended(now, ms(idleMillis));
    }

    private void learn(long idleMillis) {
        endedAfter(idleMillis);
        endedAfter(idleMillis);
    }

    @Test
    void nothingIsLearnedOfOneEnd() {
        endedAfter(5000);
        assertThat(limit.nanos()).isEqualTo(IdleLimit.NONE);
    }

    @ParameterizedTest
    @CsvSource({"75000, 67500", "10000, 9000", "5000, 4000", "2000, 1000", "1000, 500", "400, 200"})
    void twoEndsThatAgreeMakeALimitBelowThem(long idle, long safe) {
        learn(idle);
        assertThat(limit.nanos()).isEqualTo(ms(safe));
    }

    @Test
    void earlierOfTheEndsThatAgreeCounts() {
        endedAfter(5900);
        endedAfter(5200);
        assertThat(limit.nanos()).isEqualTo(ms(4200));
    }

    @Test
    void endsThatDoNotAgreeMakeNoLimit() {
        endedAfter(30_000);
        endedAfter(3_000);
        endedAfter(11_000);
        assertThat(limit.nanos()).isEqualTo(IdleLimit.NONE);
    }

    @Test
    void endsThatAgreeMayHaveAnotherBetweenThem() {
        endedAfter(5000);
        endedAfter(700);
        endedAfter(5010);
        assertThat(limit.nanos()).isEqualTo(ms(4000));
    }

    @Test
    void endsInOneInstantAreOne() {
        endedAfter(5000);
        for (int i = 0; i < 10; i++) endedInTheSameInstantAfter(5000);
        assertThat(limit.nanos()).isEqualTo(IdleLimit.NONE);
        endedAfter(5000);
        assertThat(limit.nanos()).isEqualTo(ms(4000));
    }

    @Test
    void restartThatEndsConnectionsOfAllAgesTeachesNothing() {
        for (int restart = 0; restart < 5; restart++) {
            endedAfter(300);
            endedInTheSameInstantAfter(2_000);
            endedInTheSameInstantAfter(310);
            endedInTheSameInstantAfter(40_000);
        }
        assertThat(limit.nanos()).isEqualTo(IdleLimit.NONE);
    }

    @Test
    void restartTakesBackWhatItsFirstEndTaught() {
        learn(30_000);
        endedAfter(10_000);
        endedAfter(10_000);
        assertThat(limit.nanos()).isEqualTo(ms(9_000));
        endedInTheSameInstantAfter(1_000);
        assertThat(limit.nanos()).as("as before the restart").isEqualTo(ms(27_000));
    }

    @Test
    void endRightBehindAnAnswerIsNoIdleLimit() {
        learn(50);
        assertThat(limit.nanos()).isEqualTo(IdleLimit.NONE);
    }

    @Test
    void backendThatBecomesLessPatientIsFollowed() {
        learn(60_000);
        learn(5_000);
        assertThat(limit.nanos()).isEqualTo(ms(4_000));
    }

    // Probes

    @Test
    void noProbeIsWantedWhileNothingIsKnown() {
        assertThat(limit.wantsProbe(now)).isFalse();
    }

    @Test
    void probesAreFarApart() {
        learn(1_000);
        assertThat(limit.wantsProbe(now)).isTrue();
        now += ms(9_000);
        assertThat(limit.wantsProbe(now)).isFalse();
        now += ms(2_000);
        assertThat(limit.wantsProbe(now)).isTrue();
    }

    @Test
    void limitThatSeveralProbesInARowOutliveGrows() {
        learn(2_000);
        assertThat(limit.provenAfter()).isEqualTo(ms(4_000));
        limit.outlived();
        limit.outlived();
        assertThat(limit.nanos()).isEqualTo(ms(1_000));
        assertThat(limit.outlived()).isTrue();
        assertThat(limit.nanos()).as("of 4 s").isEqualTo(ms(3_000));
    }

    @Test
    void probeThatTheBackendEndsAsBeforeStartsTheCountAnew() {
        learn(2_000);
        limit.outlived();
        limit.outlived();
        endedAfter(2_000);
        limit.outlived();
        limit.outlived();
        assertThat(limit.nanos()).isEqualTo(ms(1_000));
    }

    // What backends say

    @ParameterizedTest
    @CsvSource({
        "'timeout=5', 4000",
        "'timeout=5, max=100', 4000",
        "'max=100,timeout=60', 54000",
        "'timeout=1', 500",
        "'timeout=0', 0"
    })
    void announcedTimeoutCountsLessAMargin(String value, long safe) {
        assertThat(KeepAlive.announced(value)).isEqualTo(ms(safe));
    }

    @ParameterizedTest
    @CsvSource({"'max=5'", "'timeout='", "'timeout=x'", "''"})
    void announcementWithoutATimeoutSaysNothing(String value) {
        assertThat(KeepAlive.announced(value)).isEqualTo(IdleLimit.NONE);
    }

    @Test
    void announcementWithTooManyDigitsIsNoOverflow() {
        assertThat(KeepAlive.announced("timeout=99999999999999999999")).isPositive();
    }
}
