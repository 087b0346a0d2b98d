package dev.sluice.drain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
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

        CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(this::await);
        assertThat(waiting).isNotDone();
        readiness.cancel();

        assertThat(waiting.get(10, TimeUnit.SECONDS)).isFalse();
    }

    private boolean await() {
        try {
            return readiness.await(LONG);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void hurryOfOneAnnouncementDoesNotShortenTheNext() {
        readiness.announce();
        readiness.hurry();
        readiness.cancel();
        readiness.announce();

        CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(this::await);
        readiness.cancel();

        assertThat(waiting.join()).isFalse();
    }

    @Test
    void whoHasWaitedToTheEndStopsAndCannotBeCalledOff() throws Exception {
        readiness.announce();

        assertThat(readiness.await(1)).isTrue();

        assertThat(readiness.cancel()).isFalse();
        assertThat(readiness.isReady()).isFalse();
    }

    @Test
    void announcementThatWasHurriedIsOver() {
        readiness.announce();
        readiness.hurry();

        assertThat(await()).isTrue();
    }
}
