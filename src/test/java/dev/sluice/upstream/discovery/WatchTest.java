package dev.sluice.upstream.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.BackendConfig;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** When a name is looked up again, and what stays when it cannot be; the clock is the test's. */
class WatchTest {
    private final Clock clock = new Clock();
    private final Deque<CompletableFuture<Found>> answers = new ArrayDeque<>();
    private final List<Duration> asked = new ArrayList<>();
    private final List<List<BackendConfig>> changes = new ArrayList<>();
    private double chance;
    private int faults;

    /** Runs what is due when the test lets time pass. */
    private static final class Clock implements Timer {
        private record Task(long at, int number, Runnable what) {}

        private final PriorityQueue<Task> tasks =
                new PriorityQueue<>(Comparator.comparingLong(Task::at).thenComparingInt(Task::number));
        private long now;
        private int count;

        @Override
        public void in(long nanos, Runnable task) {
            tasks.add(new Task(now + nanos, count++, task));
        }

        void pass(Duration time) {
            long until = now + time.toNanos();
            while (!tasks.isEmpty() && tasks.peek().at() <= until) {
                Task next = tasks.remove();
                now = next.at();
                next.what().run();
            }
            now = until;
        }
    }

    private final Watch watch = new Watch(
            "pool web, app.test",
            () -> {
                asked.add(Duration.ofNanos(clock.now));
                return answers.isEmpty() ? failed("no more answers") : answers.remove();
            },
            new Watch.Pace(Duration.ofSeconds(1), Duration.ofMinutes(5), clock, () -> chance),
            this::changed);

    private void changed() {
        if (faults-- > 0) throw new IllegalStateException("a fault of who is told");
        changes.add(watch.members());
    }

    private static List<BackendConfig> servers(String... hosts) {
        return Stream.of(hosts)
                .map(h -> BackendConfig.parse("http://" + h + ":8000"))
                .toList();
    }

    private static CompletableFuture<Found> found(Duration ttl, String... hosts) {
        return CompletableFuture.completedFuture(new Found(servers(hosts), ttl));
    }

    private static CompletableFuture<Found> failed(String why) {
        return CompletableFuture.failedFuture(new CompletionException(new LookupException(why)));
    }

    private static Duration seconds(double seconds) {
        return Duration.ofMillis((long) (seconds * 1000));
    }

    @Test
    void isLookedUpAgainWhenTheAnswerHasGrownOld() {
        answers.add(found(seconds(30), "a"));
        answers.add(found(seconds(10), "b"));
        answers.add(found(seconds(10), "b"));
        watch.start();

        clock.pass(seconds(29.9));
        assertThat(asked).containsExactly(seconds(0));
        clock.pass(seconds(10.2));

        assertThat(asked).containsExactly(seconds(0), seconds(30), seconds(40));
        assertThat(changes).containsExactly(servers("a"), servers("b"));
    }

    @Test
    void faultOfWhoIsToldEndsNothingAndTheAnswerIsToldAgain() {
        faults = 1;
        answers.add(found(seconds(10), "a"));
        answers.add(found(seconds(10), "a"));
        answers.add(found(seconds(10), "a"));
        CompletableFuture<Void> first = watch.start();

        clock.pass(seconds(1));
        assertThat(first).isCompleted();
        assertThat(changes).isEmpty();
        clock.pass(seconds(20));

        assertThat(asked).containsExactly(seconds(0), seconds(10), seconds(20));
        assertThat(changes).containsExactly(servers("a"));
    }

    @Test
    void answersHoldAtLeastAndAtMostAsLongAsIsSet() {
        answers.add(found(Duration.ZERO, "a"));
        answers.add(found(Duration.ofDays(1), "a"));
        answers.add(found(Duration.ofDays(1), "a"));
        watch.start();

        clock.pass(seconds(400));

        assertThat(asked).containsExactly(seconds(0), seconds(1), seconds(301));
    }

    @Test
    void jitterMakesItLaterAndNeverEarlier() {
        answers.add(found(seconds(30), "a"));
        answers.add(found(seconds(30), "a"));
        chance = 1;
        watch.start();

        clock.pass(seconds(40));

        assertThat(asked).containsExactly(seconds(0), seconds(33));
    }

    @Test
    void failureKeepsWhatWasFoundAndIsTriedAgainLessAndLessOften() {
        answers.add(found(seconds(10), "a", "b"));
        watch.start();

        clock.pass(seconds(150));

        assertThat(asked)
                .containsExactly(
                        seconds(0),
                        seconds(10),
                        seconds(11),
                        seconds(13),
                        seconds(17),
                        seconds(25),
                        seconds(41),
                        seconds(71),
                        seconds(101),
                        seconds(131));
        assertThat(watch.members()).isEqualTo(servers("a", "b"));
        assertThat(changes).hasSize(1);
    }

    @Test
    void afterFailuresAnAnswerCountsAtOnceAndWaitsBeginAnew() {
        answers.add(failed("SERVFAIL"));
        answers.add(failed("SERVFAIL"));
        answers.add(found(seconds(5), "a"));
        answers.add(failed("SERVFAIL"));
        CompletableFuture<Void> first = watch.start();

        clock.pass(Duration.ZERO);
        assertThat(first).isCompleted();
        assertThat(watch.members()).isEmpty();
        clock.pass(seconds(9.5));

        assertThat(asked).containsExactly(seconds(0), seconds(1), seconds(3), seconds(8), seconds(9));
        assertThat(watch.members()).isEqualTo(servers("a"));
    }

    @Test
    void otherOrderIsNoChangeAndOtherWeightIsOne() {
        answers.add(found(seconds(1), "a", "b"));
        answers.add(found(seconds(1), "b", "a"));
        List<BackendConfig> heavier =
                List.of(servers("a").get(0).withWeight(2), servers("b").get(0));
        answers.add(CompletableFuture.completedFuture(new Found(heavier, seconds(1))));
        watch.start();

        clock.pass(seconds(2.5));

        assertThat(changes).containsExactly(servers("a", "b"), heavier);
    }

    @Test
    void answerThatSaysThereIsNoneEmptiesIt() {
        answers.add(found(seconds(1), "a"));
        answers.add(found(seconds(1)));
        watch.start();

        clock.pass(seconds(1.5));

        assertThat(changes).containsExactly(servers("a"), List.of());
    }

    @Test
    void neverMoreMembersThanFitAndAlwaysTheSame() {
        String[] many = IntStream.range(0, 2000).mapToObj(i -> "h" + i).toArray(String[]::new);
        String[] turned =
                IntStream.range(0, 2000).mapToObj(i -> "h" + (1999 - i)).toArray(String[]::new);
        answers.add(found(seconds(1), many));
        answers.add(found(seconds(1), turned));
        watch.start();

        clock.pass(seconds(1.5));

        assertThat(changes).hasSize(1);
        assertThat(watch.members()).hasSize(Watch.MOST_MEMBERS);
    }
}
