package dev.sluice.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Servers that are numbers: each round, as many exchanges as the limit lets through and clients want. */
class AdaptiveLimitTest {
    private static final long MILLI = 1_000_000L;

    private final Random random = new Random(7);
    private final AdaptiveLimit limit = new AdaptiveLimit(4, 1000, 20);
    private long now;
    /** How many the server works on at a time. */
    private int capacity = 50;

    private long base = 10 * MILLI;
    /** By how much latencies scatter around what they should be. */
    private double scatter;

    private void rounds(int count, int wanted) {
        for (int i = 0; i < count; i++) {
            int asked = Math.min(wanted, limit.limit());
            long latency = (long) (base * Math.max(1, (double) asked / capacity));
            now += latency;
            for (int one = 0; one < asked; one++) limit.answered(scattered(latency), asked - one, now);
        }
    }

    private long scattered(long latency) {
        return (long) (latency * (1 + scatter * (2 * random.nextDouble() - 1)));
    }

    @Test
    void growsToAboutWhatTheServerBearsAndStaysThere() {
        rounds(2000, 10_000);
        for (int i = 0; i < 20; i++) {
            rounds(500, 10_000);
            assertThat(limit.limit()).isBetween(25, 110);
        }
    }

    @Test
    void latencyThatScattersMakesItNeitherShrinkNorRunAway() {
        scatter = 0.5;
        rounds(2000, 10_000);
        for (int i = 0; i < 20; i++) {
            rounds(500, 10_000);
            assertThat(limit.limit()).isBetween(25, 120);
        }
    }

    @Test
    void shrinksWhenTheServerBearsLessAndGrowsAgain() {
        rounds(2000, 10_000);
        capacity = 10;
        rounds(1000, 10_000);
        assertThat(limit.limit()).isBetween(5, 30);
        capacity = 50;
        rounds(4000, 10_000);
        assertThat(limit.limit()).isBetween(25, 110);
    }

    @Test
    void serverThatTakesLongerWhateverIsAskedOfItKeepsItsLimit() {
        rounds(2000, 10_000);
        base = 40 * MILLI;
        rounds(4000, 10_000);
        assertThat(limit.limit()).isBetween(25, 110);
    }

    @Test
    void oneSlowAnswerChangesNothing() {
        rounds(500, 10_000);
        int before = limit.limit();
        limit.answered(60_000 * MILLI, before, now);
        rounds(20, 10_000);
        assertThat(limit.limit()).isGreaterThan(before * 9 / 10);
    }

    @Test
    void oneOfThreeAnswersThatIsALongPollChangesLittle() {
        for (int i = 0; i < 3000; i++) {
            int asked = Math.min(30, limit.limit());
            now += base;
            for (int one = 0; one < asked; one++)
                limit.answered(one % 3 == 0 ? 30_000 * MILLI : base, asked - one, now);
        }
        assertThat(limit.limit()).isGreaterThanOrEqualTo(30);
    }

    @Test
    void doesNotGrowWhenNobodyWantsMore() {
        rounds(2000, 5);
        assertThat(limit.limit()).isEqualTo(20);
    }

    @Test
    void growsToTheMostAndNoFurther() {
        capacity = 1_000_000;
        rounds(3000, 10_000);
        assertThat(limit.limit()).isEqualTo(1000);
    }

    @Test
    void failuresShrinkItByATenthAndDownToTheLeast() {
        for (int i = 0; i < 10; i++) limit.failed();
        assertThat(limit.limit()).isEqualTo(18);
        for (int i = 0; i < 1000; i++) limit.failed();
        assertThat(limit.limit()).isEqualTo(4);
    }

    @Test
    void fewFailuresAmongManyAnswersAreBadLuck() {
        rounds(500, 10_000);
        int before = limit.limit();
        for (int i = 0; i < 20; i++) {
            limit.failed();
            rounds(3, 10_000);
        }
        assertThat(limit.limit()).isGreaterThan(before / 2);
    }

    @Test
    void manyFailuresAmongAnswersShrinkIt() {
        rounds(500, 10_000);
        int before = limit.limit();
        for (int i = 0; i < 60; i++) {
            for (int one = 0; one < limit.limit() / 2; one++) limit.failed();
            rounds(3, 10_000);
        }
        assertThat(limit.limit()).isLessThan(before / 2);
    }
}
