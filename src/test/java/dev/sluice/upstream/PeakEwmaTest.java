package dev.sluice.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PeakEwmaTest {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;
    private final PeakEwma latency = new PeakEwma();

    @Test
    void nothingWasObservedAtFirst() {
        assertThat(latency.micros()).isZero();
        assertThat(latency.micros(SECOND)).isZero();
    }

    @Test
    void riseIsFollowedAtOnce() {
        latency.observe(MILLI, 0);
        latency.observe(100 * MILLI, MILLI);
        assertThat(latency.micros(MILLI)).isCloseTo(100_000, within(1f));
    }

    @Test
    void fallIsFollowedSlowly() {
        latency.observe(100 * MILLI, 0);
        latency.observe(MILLI, 10 * SECOND);
        assertThat(latency.micros()).isCloseTo((float) (100_000 / Math.E + 1_000 * (1 - 1 / Math.E)), within(20f));
    }

    @Test
    void fallIsFollowedAsFastByManyObservationsAsByFew() {
        latency.observe(100 * MILLI, 0);
        // Every 20 µs, each of which changes less than a float can hold.
        for (long now = 0; now <= 10 * SECOND; now += 20_000) latency.observe(MILLI, now);
        assertThat(latency.micros()).isCloseTo((float) (100_000 / Math.E + 1_000 * (1 - 1 / Math.E)), within(500f));
    }

    @Test
    void itIsForgottenWhileNothingIsObserved() {
        latency.observe(100 * MILLI, 0);
        assertThat(latency.micros(10 * SECOND)).isCloseTo((float) (100_000 / Math.E), within(20f));
        assertThat(latency.micros(Duration.ofHours(5).toNanos())).isPositive().isLessThan(2);
    }

    @Test
    void itsMomentWrapsAround() {
        long wrap = (1L << 52) - SECOND; // 31 bits of 2^20 ns, and a half
        for (long begin : new long[] {wrap, -SECOND, (1L << 51) - SECOND, Long.MAX_VALUE - SECOND}) {
            PeakEwma before = new PeakEwma();
            before.observe(100 * MILLI, begin);
            assertThat(before.micros(begin + 10 * SECOND))
                    .as("from %s", begin)
                    .isCloseTo((float) (100_000 / Math.E), within(30f));
        }
    }

    @Test
    void oneThatWasIdleForWeeksIsNoPeakAnyMore() {
        latency.observe(100 * MILLI, 0);
        assertThat(latency.micros(Duration.ofDays(30).toNanos())).isLessThan(2);
    }

    @Test
    void threadThatComesLateIsNoTravellerInTime() {
        latency.observe(100 * MILLI, SECOND);
        latency.observe(MILLI, SECOND - 5 * MILLI);
        assertThat(latency.micros(SECOND)).isCloseTo(100_000, within(50f));
        assertThat(latency.micros(SECOND - 5 * MILLI)).isCloseTo(100_000, within(50f));
    }
}
