package dev.sluice.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;
import org.junit.jupiter.api.Test;

/** How long a listener that has stepped aside waits for handshakes. Time and the table of connections are in hand. */
class CalmTest {
    private static final long LONG_STOP = 60_000;

    private final Surroundings around = new Surroundings();

    @Test
    void withoutHandshakesItLooksTwiceBecauseOneMayJustHaveComeIn() {
        around.sees(Set.of());
        Calm calm = around.calm(LONG_STOP);

        calm.run();
        assertThat(around.ends).isZero();
        around.next();

        assertThat(around.ends).isOne();
        assertThat(around.looks).isEqualTo(2);
        assertThat(around.millis()).isEqualTo(10);
    }

    @Test
    void whatShowsAtTheSecondLookIsWaitedFor() {
        around.sees(Set.of(), Set.of("a"), Set.of("a"), Set.of());
        around.calm(LONG_STOP).run();

        around.next();
        around.next();
        assertThat(around.ends).isZero();
        around.next();

        assertThat(around.ends).isOne();
    }

    @Test
    void whatComesLaterIsTheSuccessorsAndNotWaitedFor() {
        around.sees(Set.of("a"), Set.of("a"), Set.of("a", "b"), Set.of("b", "c"));
        around.calm(LONG_STOP).run();

        around.next();
        around.next();
        assertThat(around.ends).isZero();
        around.next();

        assertThat(around.ends).isOne();
    }

    @Test
    void handshakeThatGoesAndComesBackIsNotTheSame() {
        around.sees(Set.of("a", "b"), Set.of("a", "b"), Set.of("b"), Set.of("a"));
        around.calm(LONG_STOP).run();

        around.next();
        around.next();
        around.next();

        assertThat(around.ends).isOne();
    }

    @Test
    void handshakeThatDoesNotEndIsWaitedForAsLongAsAPacketTakesToBeSentAgain() {
        around.sees(Set.of("a"));
        around.calm(LONG_STOP).run();

        around.runAll();

        assertThat(around.ends).isOne();
        assertThat(around.millis()).isBetween(1_500L, 1_540L);
    }

    @Test
    void waitTakesAQuarterOfTheStopAtMost() {
        around.sees(Set.of("a"));
        around.calm(400).run();

        around.runAll();

        assertThat(around.millis()).isBetween(100L, 140L);
    }

    @Test
    void tableThatCannotBeReadNowIsReadLater() {
        around.tables.add(Optional.empty());
        around.tables.add(Optional.of(Set.of()));
        around.calm(LONG_STOP).run();

        around.next();
        assertThat(around.ends).isZero();
        around.next();

        assertThat(around.ends).isOne();
    }

    @Test
    void tableThatCanNeverBeReadCostsTheWholeWait() {
        around.tables.add(Optional.empty());
        around.calm(LONG_STOP).run();

        around.runAll();

        assertThat(around.ends).isOne();
        assertThat(around.millis()).isGreaterThanOrEqualTo(1_500);
    }

    @Test
    void hurryEndsItAtOnceAndOnlyOnce() {
        around.sees(Set.of("a"));
        Calm calm = around.calm(LONG_STOP);
        calm.run();

        calm.hurry();
        assertThat(around.ends).isOne();
        around.runAll();

        assertThat(around.ends).isOne();
        assertThat(around.looks).as("nobody looks any more").isOne();
    }

    @Test
    void poolThatTakesNoMoreWorkEndsIt() {
        around.sees(Set.of("a"));
        around.calm(LONG_STOP).run();

        around.refuses = true;
        around.next();

        assertThat(around.ends).isOne();
    }

    /** A scheduler that runs what it was given when the test says so, and the time that it keeps. */
    private static final class Surroundings extends AbstractLifeCycle implements Scheduler {
        final List<Optional<Set<String>>> tables = new ArrayList<>();
        int looks;
        int ends;
        boolean refuses;
        private final Queue<Later> later = new ArrayDeque<>();
        private long nanos = Long.MAX_VALUE - 1_000_000; // Wraps around soon, as it may.
        private final long start = nanos;

        private record Later(long at, Runnable task) {}

        /** One table after the other; the last one for good. */
        @SafeVarargs
        final void sees(Set<String>... clients) {
            for (Set<String> each : clients) tables.add(Optional.of(each));
        }

        Calm calm(long stopMillis) {
            return new Calm(this::look, () -> nanos, stopMillis, this, this::execute, () -> ends++);
        }

        private Optional<Set<String>> look() {
            return tables.get(Math.min(looks++, tables.size() - 1));
        }

        private void execute(Runnable task) {
            if (refuses) throw new RejectedExecutionException();
            task.run();
        }

        @Override
        public Task schedule(Runnable task, long delay, TimeUnit unit) {
            later.add(new Later(nanos + unit.toNanos(delay), task));
            return () -> false;
        }

        /** Lets time pass until the next thing is due, and does it. */
        void next() {
            Later due = later.remove();
            nanos = due.at();
            due.task().run();
        }

        void runAll() {
            while (!later.isEmpty()) next();
        }

        long millis() {
            return TimeUnit.NANOSECONDS.toMillis(nanos - start);
        }
    }
}
