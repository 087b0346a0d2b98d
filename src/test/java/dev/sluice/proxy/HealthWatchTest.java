package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.HealthConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.testkit.LoggedLines;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.balance.RoundRobin;
import dev.sluice.upstream.health.Probe;
import dev.sluice.upstream.health.Probe.Finding;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The start of the checks, which a start of the whole waits for. */
@Timeout(60)
class HealthWatchTest {
    private final Pool pool = pool();

    private static final Duration TIMEOUT = Duration.ofMillis(100);

    private static Pool pool() {
        HealthConfig how = new HealthConfig(new HealthConfig.Tcp(), null, Duration.ofHours(1), TIMEOUT, 2, 3);
        List<BackendConfig> backends =
                Stream.of("http://a", "http://b").map(BackendConfig::parse).toList();
        return new Pool(PoolConfig.of("p", backends).withHealth(how), RoundRobin::new);
    }

    private static Probe answering(boolean all) {
        return (backend, how) -> all || backend.config().host().equals("a")
                ? CompletableFuture.completedFuture(Finding.failed("told"))
                : new CompletableFuture<>();
    }

    private List<Boolean> well() {
        return pool.backends().stream().map(Backend::isWell).toList();
    }

    /** A check of its own ends in time; this is for those that do not, whatever the reason. */
    @Test
    void startWaitsNoLongerThanItsPatienceAndTakesTheOthersToBeWell() throws Exception {
        HealthWatch watch = new HealthWatch(answering(false), Duration.ofMillis(200));
        watch.watch(List.of(pool));
        try (LoggedLines log = new LoggedLines("health")) {
            long begun = System.nanoTime();
            watch.start();
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThanOrEqualTo(Duration.ofMillis(300));
            assertThat(log.all())
                    .contains("WARN not all of 2 backends were asked within PT0.3S: the others are taken to be well");
            assertThat(well()).containsExactly(false, true);
        } finally {
            watch.stop();
        }
    }

    @Test
    void startGoesOnAsSoonAsAllWereAsked() throws Exception {
        HealthWatch watch = new HealthWatch(answering(true), Duration.ofMinutes(5));
        watch.watch(List.of(pool));
        try (LoggedLines log = new LoggedLines("health")) {
            watch.start();
            assertThat(log.all()).noneMatch(line -> line.contains("not all"));
            assertThat(well()).containsExactly(false, false);
        } finally {
            watch.stop();
        }
    }
}
