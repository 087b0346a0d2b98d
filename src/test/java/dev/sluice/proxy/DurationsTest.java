package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DurationsTest {
    private final Durations durations = new Durations();

    private static long ms(double millis) {
        return (long) (millis * TimeUnit.MILLISECONDS.toNanos(1));
    }

    @Test
    void ofTooFewNothingCanBeSaid() {
        for (int i = 1; i < Durations.LEAST; i++) durations.record(ms(1));
        assertThat(durations.endsWithin(0, ms(1000))).isNaN();

        durations.record(ms(1));

        assertThat(durations.endsWithin(0, ms(1000))).isEqualTo(1);
    }

    @Test
    void oneOlderThanAnyWasIsNotExpectedToEnd() {
        for (int i = 0; i < 100; i++) durations.record(ms(5));

        assertThat(durations.endsWithin(ms(100), ms(3_600_000))).isZero();
    }

    @Test
    void chanceIsThatOfThoseThatTookAsLong() {
        // Nine of ten are quick; of the slow ones half take less than 4 s.
        for (int i = 0; i < 900; i++) durations.record(ms(2));
        for (int i = 0; i < 50; i++) durations.record(ms(3_000));
        for (int i = 0; i < 50; i++) durations.record(ms(60_000));

        assertThat(durations.endsWithin(0, ms(100))).isCloseTo(0.9, within(0.02));
        assertThat(durations.endsWithin(ms(100), ms(5_000))).isCloseTo(0.5, within(0.02));
        assertThat(durations.endsWithin(ms(10_000), ms(5_000))).isCloseTo(0, within(0.02));
    }

    @Test
    void chanceComesCloseToTheTruthOfAnEvenDistribution() {
        Random random = new Random(7);
        for (int i = 0; i < 10_000; i++) durations.record(ms(random.nextDouble() * 1_000));

        for (int t = 100; t <= 900; t += 100)
            assertThat(durations.endsWithin(0, ms(t))).isCloseTo(t / 1_000.0, within(0.05));
    }

    @Test
    void moreTimeIsNeverLessOfAChance() {
        Random random = new Random(8);
        for (int i = 0; i < 1_000; i++) durations.record(ms(Math.exp(random.nextDouble() * 12)));

        double last = 0;
        for (long t = 0; t < 200_000; t += 97) {
            double chance = durations.endsWithin(ms(3), ms(t));
            assertThat(chance).isBetween(last - 1e-9, 1.0);
            last = chance;
        }
    }

    @Test
    void whatIsLongAgoCountsLess() {
        for (int i = 0; i < Durations.MOST - 1; i++) durations.record(ms(10_000));
        assertThat(durations.endsWithin(0, ms(100))).isCloseTo(0, within(0.01));

        for (int i = 0; i < 4 * Durations.MOST; i++) durations.record(ms(1));

        assertThat(durations.endsWithin(0, ms(100))).isGreaterThan(0.95);
    }

    @Test
    void timesBeyondTheLastBucketCount() {
        for (int i = 0; i < 50; i++) durations.record(TimeUnit.DAYS.toNanos(30));

        assertThat(durations.endsWithin(0, TimeUnit.HOURS.toNanos(1))).isZero();
        assertThat(durations.endsWithin(-5, 0)).isBetween(0.0, 1.0);
    }
}
