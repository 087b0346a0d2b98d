package dev.sluice.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.LimitsConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.RetryConfig;
import dev.sluice.upstream.balance.RoundRobin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How many leases a backend has at a time. */
class LeaseLimitsTest {
    private static Pool pool(int backendRequests, LimitsConfig.Adaptive adaptive) {
        return new Pool(
                PoolConfig.of("p", List.of(BackendConfig.parse("http://a")))
                        .withLimits(new LimitsConfig(backendRequests, 0, 0, 0, 0, Duration.ofSeconds(1), adaptive)),
                RoundRobin::new);
    }

    private static List<Lease> all(Pool pool) {
        List<Lease> leases = new ArrayList<>();
        for (Lease lease = pool.trial().next();
                lease != null;
                lease = pool.trial().next()) leases.add(lease);
        return leases;
    }

    @Test
    void leaseThatHasItsAnswerLeavesRoomUnderAnAdaptiveLimitOnce() {
        Pool pool = pool(0, new LimitsConfig.Adaptive(3, 3, 3));
        List<Lease> first = all(pool);
        assertThat(first).hasSize(3);
        first.get(0).answered(200);
        first.get(0).answered(200);
        assertThat(all(pool)).hasSize(1);
        first.get(0).success();
        assertThat(all(pool)).isEmpty();
        first.get(1).unused("client gone");
        assertThat(all(pool)).hasSize(1);
    }

    @Test
    void limitOfTheBackendHoldsBesideIt() {
        Pool pool = pool(2, new LimitsConfig.Adaptive(1, 10, 10));
        assertThat(pool.backends().get(0).limit()).isEqualTo(2);
        List<Lease> first = all(pool);
        assertThat(first).hasSize(2);
        first.forEach(lease -> lease.answered(200));
        assertThat(all(pool)).isEmpty();
        first.get(0).success();
        assertThat(all(pool)).hasSize(1);
    }

    @Test
    void leaseForAnotherTryIsCountedToo() {
        Pool pool = pool(0, new LimitsConfig.Adaptive(1, 1, 1));
        Trial trial = pool.trial();
        Lease first = trial.next();
        assertThat(first).isNotNull();
        first.unused("stale connection");
        Lease again = trial.again(first);
        assertThat(all(pool)).isEmpty();
        again.success();
        assertThat(all(pool)).hasSize(1);
    }

    @Test
    void connectionThatALeaseTookInVainIsOfferedToWhoWaits() {
        Pool pool = new Pool(
                PoolConfig.of("p", List.of(BackendConfig.parse("http://a"), BackendConfig.parse("http://b")))
                        .withLimits(new LimitsConfig(0, 0, 0, 1, 10, Duration.ofSeconds(1), null)),
                RoundRobin::new);
        Backend full = pool.backends().get(0);
        full.limit(0);
        // Somebody else is in the middle of a lease that comes to nothing: it has the only connection.
        ConnectionCount other = Objects.requireNonNull(pool.countsFor());
        assertThat(other.take()).isTrue();
        List<Lease> served = new ArrayList<>();
        Trial waiting = pool.trial();
        assertThat(waiting.next()).isNull();
        assertThat(waiting.isFull()).isTrue();
        assertThat(waiting.await(served::add)).isNotNull();
        other.giveBack();
        assertThat(pool.lease(full, false)).isNull();
        assertThat(served).extracting(lease -> lease.backend().origin()).containsExactly("http://b:80");
    }

    private static Pool pool(LimitsConfig limits, String... urls) {
        List<BackendConfig> backends = Stream.of(urls).map(BackendConfig::parse).toList();
        return new Pool(PoolConfig.of("p", backends).withLimits(limits), RoundRobin::new);
    }

    private static List<Lease> waitsFor(Trial trial) {
        List<Lease> served = new ArrayList<>();
        assertThat(trial.next()).isNull();
        assertThat(trial.isFull()).isTrue();
        assertThat(trial.await(served::add)).isNotNull();
        return served;
    }

    private static Lease taken(Trial trial) {
        return Objects.requireNonNull(trial.next());
    }

    @Test
    void placeThatManyInFrontHaveTriedAlreadyIsForWhoComesBehindThem() {
        Pool pool = pool(new LimitsConfig(1, 0, 0, 0, 100, Duration.ofSeconds(1), null), "http://a", "http://b");
        Lease one = taken(pool.trial());
        List<Lease> others = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Trial retried = pool.trial();
            taken(retried).unused("not reached");
            others.addAll(waitsFor(retried));
        }
        Lease other = taken(pool.trial());
        assertThat(other.backend()).isNotSameAs(one.backend());
        List<Lease> last = waitsFor(pool.trial());
        other.success();
        assertThat(last).extracting(Lease::backend).containsExactly(other.backend());
        assertThat(others).isEmpty();
    }

    @Test
    void queueThatIsDeclaredAnewHoldsForWhoComesNextAndSendsNobodyAway() {
        LimitsConfig one = new LimitsConfig(1, 0, 0, 0, 1, Duration.ofSeconds(1), null);
        LimitsConfig two = new LimitsConfig(1, 0, 0, 0, 2, Duration.ofSeconds(9), null);
        PoolConfig config = PoolConfig.of("p", List.of(BackendConfig.parse("http://a")));
        // For those who stand in it for long another order holds.
        AtomicLong clock = new AtomicLong();
        Pool pool = new Pool(config.withLimits(one), RoundRobin::new, new Pool.Means(clock::get, () -> 0));
        Lease first = taken(pool.trial());
        List<Lease> waiting = waitsFor(pool.trial());
        assertThat(isSentAway(pool)).isTrue();
        pool.declare(config.withLimits(two));
        waitsFor(pool.trial());
        assertThat(isSentAway(pool)).isTrue();
        pool.declare(config.withLimits(one));
        clock.set(1_000_000_000);
        assertThat(isSentAway(pool)).isTrue();
        clock.set(0);
        assertThat(pool.waiting()).isEqualTo(2);
        first.success();
        assertThat(waiting).hasSize(1);
        assertThat(isSentAway(pool)).isTrue();
    }

    private static boolean isSentAway(Pool pool) {
        return pool.trial().await(lease -> {}) == null;
    }

    @Test
    void retriesThatAreDeclaredAnewHaveABudgetOfTheirOwnAndTheSameOnesGoOnWithTheirs() {
        PoolConfig config = PoolConfig.of("p", List.of(BackendConfig.parse("http://a")));
        Pool pool = new Pool(config.withRetries(retries(1)), RoundRobin::new, new Pool.Means(() -> 0, () -> 0));
        for (int i = 0; i < 100; i++) taken(pool.trial()).success();
        pool.declare(config.withRetries(retries(2)));
        // What was sent before earns nothing by the new rules.
        assertThat(List.of(pool.mayRetry(), pool.mayRetry(), pool.mayRetry())).containsExactly(true, true, false);
        pool.declare(config.withRetries(retries(2)).withBackends(List.of(BackendConfig.parse("http://b"))));
        assertThat(pool.mayRetry()).isFalse();
    }

    private static RetryConfig retries(int burst) {
        RetryConfig usual = RetryConfig.defaults();
        return new RetryConfig(
                usual.tries(),
                usual.methods(),
                usual.timeouts(),
                usual.statuses(),
                usual.budgetPercent(),
                burst,
                usual.timeout(),
                usual.body());
    }

    @Test
    void exchangesThatShareAConnectionDoNotWaitForThoseThatNeedOneOfTheirOwn() {
        Pool pool = pool(new LimitsConfig(1, 0, 1, 0, 100, Duration.ofSeconds(1), null), "http://a");
        SharedConnection shared = Objects.requireNonNull(pool.backends().get(0).sharedConnection());
        Lease first = taken(pool.trial());
        List<List<Lease>> tunnels = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Trial tunnel = pool.trial();
            tunnel.alone();
            tunnels.add(waitsFor(tunnel));
        }
        List<Lease> last = waitsFor(pool.trial());
        first.success();
        assertThat(last).hasSize(1);
        assertThat(tunnels).allMatch(List::isEmpty);
        last.get(0).success();
        shared.ended();
        assertThat(tunnels).filteredOn(served -> !served.isEmpty()).hasSize(1);
    }

    @Test
    void manyThreadsNeverPassItAndLeaveNothingBehind() {
        int most = 5;
        Pool pool = pool(0, new LimitsConfig.Adaptive(most, most, most));
        AtomicInteger awaited = new AtomicInteger();
        AtomicInteger passed = new AtomicInteger();
        List<CompletableFuture<Void>> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int kind = i;
            threads.add(CompletableFuture.runAsync(() -> {
                for (int one = 0; one < 20_000; one++) {
                    Lease lease = pool.trial().next();
                    if (lease == null) continue;
                    if (awaited.incrementAndGet() > most) passed.incrementAndGet();
                    awaited.decrementAndGet();
                    if ((one + kind) % 3 > 0) lease.answered(200);
                    if (one % 2 == 0) lease.success();
                    else lease.failure(Lease.Fault.RESET, "reset");
                }
            }));
        }
        threads.forEach(CompletableFuture::join);
        assertThat(passed).hasValue(0);
        assertThat(pool.backends().get(0).outstanding()).isZero();
        assertThat(all(pool)).hasSize(most);
    }
}
