package dev.sluice.upstream.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.BalanceConfig;
import dev.sluice.config.EjectionConfig;
import dev.sluice.config.HealthConfig.StatusRange;
import dev.sluice.config.PoolConfig;
import dev.sluice.testkit.LoggedLines;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Backend.Standing;
import dev.sluice.upstream.Lease;
import dev.sluice.upstream.Lease.Fault;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.balance.RoundRobin;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** When backends are left alone because of how they serve, and for how long; time is a number here. */
class PassiveHealthTest {
    private static final long SECOND = 1_000_000_000L;
    private static final EjectionConfig USUAL = EjectionConfig.defaults();

    private record Due(long at, Runnable task) {}

    private final PriorityQueue<Due> timer = new PriorityQueue<>(Comparator.comparingLong(Due::at));
    private long now;
    private Pool pool = pool(USUAL, "a", "b", "c");
    private PassiveHealth health = health();

    private Pool pool(EjectionConfig how, String... hosts) {
        List<BackendConfig> backends =
                Stream.of(hosts).map(h -> BackendConfig.parse("http://" + h)).toList();
        return new Pool(
                PoolConfig.of("p", backends).withEjection(how), RoundRobin::new, new Pool.Means(() -> now, () -> 0.5));
    }

    private PassiveHealth health() {
        PassiveHealth made =
                new PassiveHealth(List.of(pool), (nanos, task) -> timer.add(new Due(now + nanos, task)), () -> now);
        made.start();
        return made;
    }

    private void use(EjectionConfig how, String... hosts) {
        timer.clear();
        pool = pool(how, hosts);
        health = health();
    }

    private static EjectionConfig rate(int percent, int requests) {
        return new EjectionConfig(
                0, percent, requests, USUAL.window(), List.of(), USUAL.time(), USUAL.longest(), USUAL.mostPercent());
    }

    private static EjectionConfig most(int percent) {
        return new EjectionConfig(
                USUAL.failures(),
                0,
                USUAL.requests(),
                USUAL.window(),
                List.of(),
                USUAL.time(),
                USUAL.longest(),
                percent);
    }

    private static EjectionConfig statuses(int first, int last) {
        return new EjectionConfig(
                USUAL.failures(),
                USUAL.failurePercent(),
                USUAL.requests(),
                USUAL.window(),
                List.of(new StatusRange(first, last)),
                USUAL.time(),
                USUAL.longest(),
                USUAL.mostPercent());
    }

    private Backend backend(String host) {
        return pool.backends().stream()
                .filter(b -> b.config().host().equals(host))
                .findFirst()
                .orElseThrow();
    }

    /** A lease on that backend, however many of others that takes. */
    private Lease lease(String host) {
        for (int i = 0; i < 100; i++) {
            Lease lease = pool.trial().next();
            if (lease == null) break;
            if (lease.backend().config().host().equals(host)) return lease;
            lease.unused("another one was meant");
        }
        throw new AssertionError(host + " is not used");
    }

    private void fail(String host, int times) {
        for (int i = 0; i < times; i++) {
            lease(host).failure(Fault.RESET, "EofException");
            pass(0);
        }
    }

    private void succeed(String host, int times) {
        for (int i = 0; i < times; i++) answer(host, 200);
    }

    private void answer(String host, int status) {
        Lease lease = lease(host);
        lease.answered(status);
        lease.success();
        pass(0);
    }

    private void pass(long nanos) {
        long until = now + nanos;
        while (!timer.isEmpty() && timer.element().at() <= until) {
            Due due = timer.remove();
            now = Math.max(now, due.at());
            due.task().run();
        }
        now = until;
    }

    private String used() {
        return pool.backends().stream()
                .filter(Backend::isUsable)
                .map(b -> b.config().host())
                .collect(Collectors.joining());
    }

    @Test
    void fiveFailuresInARowAndItIsLeftAloneForTenSeconds() {
        fail("b", 4);
        assertThat(used()).isEqualTo("abc");
        fail("b", 1);
        assertThat(used()).isEqualTo("ac");
        pass(10 * SECOND - 1);
        assertThat(used()).isEqualTo("ac");
        pass(1);
        assertThat(used()).isEqualTo("abc");
    }

    @Test
    void successInBetweenBeginsTheCountAnew() {
        for (int i = 0; i < 4; i++) {
            fail("b", 4);
            succeed("b", 1);
        }
        assertThat(used()).isEqualTo("abc");
    }

    @Test
    void exchangesThatSayNothingOfTheBackendChangeNothing() {
        for (int i = 0; i < 20; i++) lease("b").unused("client gone");
        fail("b", 4);
        lease("b").unused("client gone");
        fail("b", 1);
        assertThat(used()).isEqualTo("ac");
    }

    @Test
    void oneFailureAfterItIsUsedAgainIsEnoughAndTakesTwiceAsLong() {
        fail("b", 5);
        pass(10 * SECOND);
        fail("b", 1);
        assertThat(used()).isEqualTo("ac");
        pass(20 * SECOND - 1);
        assertThat(used()).isEqualTo("ac");
        pass(1);
        assertThat(used()).isEqualTo("abc");
    }

    @Test
    void oneSuccessAfterItIsUsedAgainAndItMayFailAsOftenAsOthers() {
        fail("b", 5);
        pass(10 * SECOND);
        succeed("b", 1);
        fail("b", 4);
        assertThat(used()).isEqualTo("abc");
    }

    @Test
    void afterAQuietTimeTheNextOneIsAsShortAsTheFirst() {
        fail("b", 5);
        pass(10 * SECOND);
        succeed("b", 1);
        pass(10 * SECOND);
        fail("b", 5);
        pass(10 * SECOND);
        assertThat(used()).isEqualTo("abc");
    }

    @Test
    void whatBeganBeforeSaysNothingAfterwards() {
        Lease slow = lease("b");
        fail("b", 5);
        pass(10 * SECOND);
        slow.failure(Fault.TIMEOUT, "timed out");
        pass(0);
        assertThat(used()).isEqualTo("abc");
    }

    @Test
    void shareOfFailuresWithinTheWindowEjects() {
        use(rate(50, 20), "a", "b", "c");
        for (int i = 0; i < 9; i++) {
            succeed("b", 1);
            fail("b", 1);
        }
        assertThat(used()).isEqualTo("abc");
        succeed("b", 1);
        fail("b", 1);
        assertThat(used()).isEqualTo("ac");
        pass(10 * SECOND);
        fail("b", 1);
        assertThat(used()).as("what was before is forgotten").isEqualTo("abc");
    }

    @Test
    void failuresThatAreSpreadOverLongerThanTheWindowDoNot() {
        use(rate(50, 20), "a", "b", "c");
        for (int i = 0; i < 60; i++) {
            fail("b", 1);
            pass(SECOND);
        }
        assertThat(used()).isEqualTo("abc");
    }

    @Test
    void atMostHalfOfAPoolIsEjected() {
        use(most(50), "a", "b", "c", "d", "e");
        fail("a", 5);
        fail("b", 5);
        fail("c", 20);
        assertThat(used()).isEqualTo("cde");
    }

    @Test
    void placeThatComesFreeIsTakenByOneThatStillFails() {
        use(most(25), "a", "b", "c", "d");
        fail("a", 5);
        fail("b", 5);
        assertThat(used()).isEqualTo("bcd");
        pass(10 * SECOND);
        fail("b", 1);
        assertThat(used()).isEqualTo("acd");
    }

    @Test
    void oneOfTwoIsEjectedWhateverTheShareAndTheOtherNever() {
        use(most(1), "a", "b");
        fail("b", 5);
        assertThat(used()).isEqualTo("a");
        fail("a", 50);
        assertThat(used()).isEqualTo("a");
    }

    @Test
    void lastOneThatChecksLeaveIsNotEjected() {
        use(most(100), "a", "b", "c");
        backend("a").found(false);
        backend("c").drain(true);
        fail("b", 50);
        assertThat(used()).isEqualTo("b");
    }

    @Test
    void ejectedOnesAreTriedAllTheSameBelowThePanicThreshold() {
        List<BackendConfig> backends =
                Stream.of("a", "b").map(h -> BackendConfig.parse("http://" + h)).toList();
        var panics = new BalanceConfig(BalanceConfig.Policy.ROUND_ROBIN, null, null, Duration.ZERO, 60);
        timer.clear();
        pool = new Pool(PoolConfig.of("p", backends).withBalance(panics), RoundRobin::new);
        health = health();
        fail("b", 5);
        assertThat(used()).isEqualTo("a");
        assertThat(pool.snapshot().panic()).isTrue();
        assertThat(lease("b").backend().isEjected()).isTrue();
    }

    @Test
    void poolsOfOneAndThoseThatWantNoneAreNotWatched() {
        assertThat(PassiveHealth.concerns(pool(USUAL, "a"))).isFalse();
        assertThat(PassiveHealth.concerns(pool(EjectionConfig.off(), "a", "b"))).isFalse();
        assertThat(PassiveHealth.concerns(pool)).isTrue();
    }

    @Test
    void statusesCountOnlyAsConfigured() {
        for (int i = 0; i < 50; i++) answer("b", 500);
        assertThat(used()).isEqualTo("abc");
        use(statuses(500, 502), "a", "b", "c");
        for (int i = 0; i < 50; i++) answer("b", 503);
        assertThat(used()).isEqualTo("abc");
        for (int i = 0; i < 5; i++) answer("b", 502);
        assertThat(used()).isEqualTo("ac");
    }

    private void overloaded(String host, Duration rest) {
        Lease lease = lease(host);
        lease.answered(503);
        lease.overloaded(rest.toNanos());
        lease.success();
        pass(0);
    }

    @Test
    void backendThatAsksForItIsLeftAloneAsLongAsItAsks() {
        overloaded("b", Duration.ofSeconds(3));
        assertThat(used()).isEqualTo("ac");
        pass(3 * SECOND);
        assertThat(used()).isEqualTo("abc");
        fail("b", 4);
        assertThat(used()).as("it did not fail").isEqualTo("abc");
    }

    @Test
    void butNoLongerThanAMinuteAndNeverTheLast() {
        use(USUAL, "a", "b");
        overloaded("b", Duration.ofHours(5));
        overloaded("a", Duration.ofSeconds(5));
        assertThat(used()).isEqualTo("a");
        pass(60 * SECOND);
        assertThat(used()).isEqualTo("ab");
    }

    @Test
    void backendThatClosesItsConnectionsAllAtOnceIsLeftAlone() {
        succeed("b", 60);
        pass(60 * SECOND);
        for (int i = 0; i < 3; i++) {
            backend("b").closes(false);
            succeed("b", 1);
        }
        assertThat(used()).isEqualTo("ac");
        assertThat(backend("b").snapshot().reason()).contains("closes its connections");
        pass(10 * SECOND);
        assertThat(used()).isEqualTo("abc");
    }

    @Test
    void logSaysOnceWhyAndForHowLongAndWhenThatIsOver() {
        try (LoggedLines log = new LoggedLines("health")) {
            List<Lease> late = new ArrayList<>();
            for (int i = 0; i < 10; i++) late.add(lease("b"));
            fail("b", 5);
            late.forEach(lease -> lease.failure(Fault.RESET, "EofException"));
            pass(0);
            String b = "pool p, backend http://b:80: ";
            String alone =
                    "WARN " + b + "is left alone for 10 s: 5 failures in a row, the last: broken off: EofException;"
                            + " 2 of 3 left";
            assertThat(log.all()).containsExactly(alone);
            pass(11 * SECOND);
            succeed("b", 3);
            assertThat(log.all()).containsExactly(alone, "INFO " + b + "is no longer left alone");
        }
    }

    @Test
    void snapshotSaysWhyAndForHowLong() {
        fail("b", 5);
        pass(4 * SECOND);
        var b = pool.snapshot().backends().get(1);
        assertThat(b.standing()).isEqualTo(Standing.EJECTED);
        assertThat(b.reason()).isEqualTo("5 failures in a row, the last: broken off: EofException");
        assertThat(b.left()).isEqualTo(Duration.ofSeconds(6));
        assertThat(b.failed()).isEqualTo(5);
        pass(6 * SECOND);
        assertThat(pool.snapshot().backends().get(1).standing()).isEqualTo(Standing.USED);
    }

    @Test
    void nothingIsDecidedAfterTheStop() {
        fail("b", 5);
        health.stop();
        fail("a", 50);
        pass(1000 * SECOND);
        assertThat(used()).isEqualTo("ac");
        assertThat(timer).isEmpty();
    }

    @Test
    void oneDecisionIsUnderWayHoweverManyFail() {
        timer.clear();
        List<Lease> leases = new ArrayList<>();
        for (int i = 0; i < 100; i++) leases.add(lease("b"));
        leases.forEach(l -> l.failure(Fault.RESET, "reset"));
        assertThat(timer).hasSize(1);
    }

    /** A pool that stays gets another one with each reload that changes what ejects. */
    @Test
    void oneThatHasStoppedIsKeptByNobody() {
        WeakReference<PassiveHealth> stopped = new WeakReference<>(stopped());
        await().until(() -> {
            System.gc();
            return stopped.get() == null;
        });
    }

    private PassiveHealth stopped() {
        PassiveHealth another = new PassiveHealth(List.of(pool), (nanos, task) -> {}, () -> now);
        another.start();
        another.stop();
        return another;
    }
}
