package dev.sluice.upstream.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.HealthConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.testkit.LoggedLines;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Lease;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.Trial;
import dev.sluice.upstream.balance.RoundRobin;
import dev.sluice.upstream.health.Probe.Finding;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** When backends are asked, and what follows from it; time is a number here. */
class ActiveHealthTest {
    private static final long SECOND = 1_000_000_000L;

    private record Due(long at, Runnable task) {}

    private final PriorityQueue<Due> timer = new PriorityQueue<>(Comparator.comparingLong(Due::at));
    private final Map<String, CompletableFuture<Finding>> asked = new HashMap<>();
    private final List<Long> times = new ArrayList<>();
    private long now;
    private double chance = 0.5;

    private final Pool pool = pool("a", "b", "c");
    private final ActiveHealth health = health(pool);

    private ActiveHealth health(Pool... pools) {
        return new ActiveHealth(
                List.of(pools),
                new ActiveHealth.Means(
                        (backend, how) -> {
                            times.add(now);
                            CompletableFuture<Finding> answer = new CompletableFuture<>();
                            assertThat(asked.put(backend.config().host(), answer))
                                    .as("one at a time")
                                    .isNull();
                            return answer;
                        },
                        (nanos, task) -> timer.add(new Due(now + nanos, task)),
                        () -> now,
                        () -> chance));
    }

    private static Pool pool(String... hosts) {
        HealthConfig how =
                new HealthConfig(new HealthConfig.Tcp(), null, Duration.ofSeconds(5), Duration.ofSeconds(2), 2, 3);
        List<BackendConfig> backends = List.of(hosts).stream()
                .map(h -> BackendConfig.parse("http://" + h))
                .toList();
        return new Pool(PoolConfig.of("p", backends).withHealth(how), RoundRobin::new);
    }

    private void answer(String host, boolean passed) {
        asked.remove(host).complete(new Finding(passed, "told"));
    }

    private void answerAll(String failing) {
        for (String host : List.copyOf(asked.keySet())) answer(host, !failing.contains(host));
    }

    /** Lets time pass until the next checks have begun. */
    private void nextRound() {
        now = timer.element().at();
        while (!timer.isEmpty() && timer.element().at() <= now)
            timer.remove().task().run();
    }

    /** The backends that twelve exchanges are given first. */
    private String used() {
        TreeSet<String> hosts = new TreeSet<>();
        for (int i = 0; i < 12; i++) {
            Lease lease = pool.trial().next();
            hosts.add(lease == null ? "none" : lease.backend().config().host());
        }
        return String.join("", hosts);
    }

    @Test
    void allAreAskedAtTheSameTime() {
        health.start();
        assertThat(asked).containsOnlyKeys("a", "b", "c");
    }

    @Test
    void startIsOverWhenTheFirstAnswersOfAllAreIn() {
        CompletableFuture<Void> started = health.start();
        answer("a", true);
        answer("b", false);
        assertThat(started).isNotDone();
        answer("c", true);
        assertThat(started).isCompleted();
        assertThat(used()).isEqualTo("ac");
    }

    /** A second per check, three that fail, two that pass; how often it goes on like that, nobody has to read. */
    @Test
    void logSaysOfEachTurnWhatTheReasonIsAndNothingOfWhatStays() {
        try (LoggedLines log = new LoggedLines("health")) {
            health.start();
            answerAll("");
            for (int i = 0; i < 2; i++) {
                nextRound();
                answerAll("");
            }
            assertThat(log.all()).isEmpty();
            for (int i = 0; i < 6; i++) {
                nextRound();
                answerAll("b");
            }
            String b = "pool p, backend http://b:80: ";
            assertThat(log.all())
                    .containsExactly(
                            "INFO " + b + "check failed, 1 of 3: told",
                            "INFO " + b + "check failed, 2 of 3: told",
                            "WARN " + b + "is not used any more: told; 2 of 3 left");
            for (int i = 0; i < 5; i++) {
                nextRound();
                answerAll("");
            }
            assertThat(log.all())
                    .hasSize(4)
                    .last()
                    .isEqualTo("INFO " + b + "is used again after 25 s: told; 3 of 3 there");
        }
    }

    @Test
    void backendThatFallsGetsNoExchangesUntilItHasRisen() {
        health.start();
        answerAll("");
        for (int i = 0; i < 3; i++) {
            assertThat(used()).isEqualTo("abc");
            nextRound();
            answerAll("b");
        }
        assertThat(used()).isEqualTo("ac");
        nextRound();
        answerAll("");
        assertThat(used()).isEqualTo("ac");
        nextRound();
        answerAll("");
        assertThat(used()).isEqualTo("abc");
    }

    @Test
    void whenNoneIsWellAllAreTried() {
        health.start();
        answerAll("abc");
        assertThat(used()).isEqualTo("abc");
    }

    @Test
    void exchangeThatHasTriedAllThatAreWellIsGivenNoOther() {
        health.start();
        answerAll("b");
        Trial trial = pool.trial();
        assertThat(trial.next()).isNotNull();
        assertThat(trial.next()).isNotNull();
        assertThat(trial.next()).isNull();
    }

    @Test
    void checkBeginsAnIntervalAfterTheEndOfTheOneBefore() {
        health.start();
        now = SECOND;
        answerAll("");
        nextRound();
        assertThat(now).isEqualTo(6 * SECOND);
    }

    @Test
    void intervalsDifferByATenth() {
        health.start();
        chance = 0;
        answer("a", true);
        chance = 1;
        answer("b", true);
        assertThat(timer).extracting(Due::at).containsExactlyInAnyOrder(45 * SECOND / 10, 55 * SECOND / 10);
    }

    @Test
    void probeThatFailsByItselfIsAFailedCheck() {
        health.start();
        asked.remove("a").completeExceptionally(new IllegalStateException("defect"));
        answer("b", true);
        answer("c", true);
        assertThat(used()).isEqualTo("bc");
    }

    @Test
    void nothingIsAskedAfterTheStop() {
        health.start();
        answer("a", true);
        health.stop();
        answer("b", false);
        nextRound();
        assertThat(asked).containsOnlyKeys("c");
        assertThat(used()).isEqualTo("abc");
    }

    @Test
    void poolsThatWantNoHealthAreLeftAlone() {
        Pool quiet = new Pool("q", List.of(BackendConfig.parse("http://d")), RoundRobin::new);
        ActiveHealth none = health(quiet);
        assertThat(none.size()).isZero();
        assertThat(none.start()).isCompleted();
        assertThat(asked).isEmpty();
        assertThat(quiet.backends()).allMatch(Backend::isWell);
    }
}
