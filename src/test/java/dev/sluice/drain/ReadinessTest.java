package dev.sluice.drain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ReadinessTest {
    private static final long LONG = TimeUnit.HOURS.toMillis(1);

    private final Readiness readiness = new Readiness();

    @Test
    void hurryBeforeAnAnnouncementDoesNotShortenIt() throws Exception {
        readiness.hurry();
        readiness.announce();

        assertWaitsFor(100);
    }

    @Test
    void hurryOfOneAnnouncementDoesNotShortenTheNext() throws Exception {
        readiness.announce();
        readiness.hurry();
        readiness.cancel();
        readiness.announce();

        assertWaitsFor(100);
    }

    private void assertWaitsFor(long millis) throws InterruptedException {
        long began = System.nanoTime();
        boolean announced = readiness.await(millis);
        // Before the first assertion, which takes its time to load what it needs.
        long took = System.nanoTime() - began;
        assertThat(announced).isTrue();
        // Counted from the announcement, which came a little earlier.
        assertThat(took).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(millis) / 2);
    }

    @Test
    void whoHasWaitedToTheEndStopsAndCannotBeCalledOff() throws Exception {
        readiness.announce();

        assertThat(readiness.await(1)).isTrue();

        assertThat(readiness.cancel()).isFalse();
        assertThat(readiness.isReady()).isFalse();
    }

    @Test
    void announcementThatWasHurriedIsOver() throws Exception {
        readiness.announce();
        readiness.hurry();

        assertThat(readiness.await(LONG)).isTrue();
    }
}
