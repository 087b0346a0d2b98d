package dev.sluice.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.BalanceConfig;
import dev.sluice.config.LimitsConfig;
import dev.sluice.config.PoolConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What one exchange may get of a pool: by room, by what it is bound to, by how long a backend has been there. */
class TrialTest {
    private static final long SECOND = 1_000_000_000;
    private final AtomicLong clock = new AtomicLong(SECOND);
    private final Random random = new Random(1);

    private Pool pool(BalanceConfig balance, LimitsConfig limits, String... names) {
        List<BackendConfig> backends =
                Stream.of(names).map(n -> BackendConfig.parse("http://" + n)).toList();
        return new Pool(
                PoolConfig.of("p", backends).withBalance(balance).withLimits(limits),
                TrialTest::inOrder,
                new Pool.Means(clock::get, random::nextDouble));
    }

    private static BalancingPolicy inOrder(List<Backend> backends) {
        return call -> backends.stream().filter(call::accepts).findFirst().orElse(null);
    }

    private static LimitsConfig limits(int backend, int pool, int queue) {
        return new LimitsConfig(backend, pool, 0, 0, queue, Duration.ofSeconds(5), null);
    }

    private static BalanceConfig sticky() {
        var cookie = new BalanceConfig.Sticky("c", "0123456789abcdef", BalanceConfig.SameSite.LAX, null);
        return new BalanceConfig(BalanceConfig.Policy.ROUND_ROBIN, null, cookie, Duration.ZERO, 10);
    }

    private static BalanceConfig slow(int seconds) {
        return new BalanceConfig(BalanceConfig.Policy.ROUND_ROBIN, null, null, Duration.ofSeconds(seconds), 10);
    }

    private static Lease lease(Pool pool) {
        return Objects.requireNonNull(pool.trial().next());
    }

    private static String name(@Nullable Lease lease) {
        return lease == null ? "none" : lease.backend().config().host();
    }

    private static String bound(Pool pool, int index) {
        Trial trial = pool.trial();
        trial.bind(pool.backends().get(index).id());
        return name(trial.next());
    }

    @Test
    void exchangeThatIsBoundGetsItsBackendAndThenTheOthers() {
        Pool pool = pool(sticky(), LimitsConfig.defaults(), "a", "b", "c");
        Trial trial = pool.trial();
        trial.bind(pool.backends().get(1).id());
        assertThat(List.of(name(trial.next()), name(trial.next()), name(trial.next()), name(trial.next())))
                .containsExactly("b", "a", "c", "none");
    }

    @Test
    void oneThatIsDrainedKeepsThoseWhoAreBoundToItUntilItIsGone() {
        Pool pool = pool(sticky(), LimitsConfig.defaults(), "a", "b");
        pool.backends().get(1).drain(true);
        assertThat(bound(pool, 1)).isEqualTo("b");
        assertThat(name(lease(pool))).isEqualTo("a");
        pool.backends().get(1).found(false);
        assertThat(bound(pool, 1)).isEqualTo("a");
    }

    @Test
    void oneThatFailsOrIsEjectedKeepsNobody() {
        Pool pool = pool(sticky(), LimitsConfig.defaults(), "a", "b", "c");
        pool.backends().get(1).found(false);
        pool.backends().get(2).eject(true);
        assertThat(bound(pool, 1)).isEqualTo("a");
        assertThat(bound(pool, 2)).isEqualTo("a");
    }

    @Test
    void boundToNobodyThereIsToBeBoundToNone() {
        Pool pool = pool(sticky(), LimitsConfig.defaults(), "a");
        Trial trial = pool.trial();
        trial.bind("0000000000000000");
        assertThat(name(trial.next())).isEqualTo("a");
    }

    @Test
    void oneWithoutRoomIsPassedOver() {
        Pool pool = pool(BalanceConfig.defaults(), limits(2, 0, 10), "a", "b");
        List<Lease> leases = List.of(lease(pool), lease(pool), lease(pool), lease(pool));
        assertThat(leases).extracting(TrialTest::name).containsExactly("a", "a", "b", "b");
        Trial trial = pool.trial();
        assertThat(trial.next()).isNull();
        assertThat(trial.isFull()).isTrue();
        leases.get(2).success();
        assertThat(name(trial.next())).isEqualTo("b");
    }

    @Test
    void poolHasItsOwnLimit() {
        Pool pool = pool(BalanceConfig.defaults(), limits(0, 3, 10), "a", "b");
        Lease first = lease(pool);
        lease(pool);
        lease(pool);
        Trial trial = pool.trial();
        assertThat(trial.next()).isNull();
        assertThat(trial.isFull()).isTrue();
        first.success();
        assertThat(trial.next()).isNotNull();
    }

    @Test
    void noneIsLeftIsNotTheSameAsFull() {
        Pool pool = pool(BalanceConfig.defaults(), limits(2, 0, 10), "a");
        Trial trial = pool.trial();
        assertThat(trial.next()).isNotNull();
        assertThat(trial.next()).isNull();
        assertThat(trial.isFull()).isFalse();
    }

    @Test
    void shareGrowsWithTime() {
        Pool pool = pool(slow(100), LimitsConfig.defaults(), "a", "b");
        pool.backends().get(0).found(false);
        pool.backends().get(0).found(true);
        assertThat(sharesOfA(pool)).isCloseTo(5, within(2)); // the least, without which nothing would warm up
        clock.addAndGet(30 * SECOND);
        assertThat(sharesOfA(pool)).isCloseTo(30, within(4));
        clock.addAndGet(50 * SECOND);
        assertThat(sharesOfA(pool)).isCloseTo(80, within(4));
        clock.addAndGet(20 * SECOND);
        assertThat(sharesOfA(pool)).isEqualTo(100);
    }

    /** Of a hundred chances to take the first, which is what the policy always wants. */
    private static int sharesOfA(Pool pool) {
        int a = 0;
        for (int i = 0; i < 2000; i++) {
            Lease lease = lease(pool);
            if (name(lease).equals("a")) a++;
            lease.success();
        }
        return a / 20;
    }

    @Test
    void whoIsAloneServesHoweverLittleItHasGrown() {
        Pool pool = pool(slow(100), LimitsConfig.defaults(), "a");
        pool.backends().get(0).found(false);
        pool.backends().get(0).found(true);
        for (int i = 0; i < 100; i++) assertThat(pool.trial().next()).isNotNull();
    }

    /** Waits in line, and writes down what becomes of it. */
    private @Nullable Runnable waits(Pool pool, String who, List<String> served) {
        Trial trial = pool.trial();
        assertThat(trial.next()).isNull();
        return trial.await(lease -> served.add(lease == null ? who + " dropped" : who));
    }

    @Test
    void firstInALineThatIsShortLivedComesFirst() {
        Pool pool = pool(BalanceConfig.defaults(), limits(2, 0, 10), "a");
        List<Lease> leases = List.of(lease(pool), lease(pool));
        List<String> served = new ArrayList<>();
        waits(pool, "x", served);
        waits(pool, "y", served);
        assertThat(pool.waiting()).isEqualTo(2);
        leases.forEach(Lease::success);
        assertThat(served).containsExactly("x", "y");
        assertThat(pool.waiting()).isZero();
    }

    @Test
    void newestInALineThatStandsComesFirst() {
        Pool pool = pool(BalanceConfig.defaults(), limits(2, 0, 10), "a");
        List<Lease> leases = List.of(lease(pool), lease(pool));
        List<String> served = new ArrayList<>();
        waits(pool, "x", served);
        waits(pool, "y", served);
        waits(pool, "z", served);
        clock.addAndGet(SECOND / 5);
        leases.forEach(Lease::success);
        assertThat(served).containsExactly("z", "y");
    }

    @Test
    void lineThatIsFullTakesNobodyMoreUntilItStandsAndThenDropsItsOldest() {
        Pool pool = pool(BalanceConfig.defaults(), limits(1, 0, 2), "a");
        Lease only = lease(pool);
        List<String> served = new ArrayList<>();
        waits(pool, "x", served);
        waits(pool, "y", served);
        assertThat(waits(pool, "refused", served)).isNull();
        clock.addAndGet(SECOND / 5);
        assertThat(waits(pool, "z", served)).isNotNull();
        assertThat(served).containsExactly("x dropped");
        only.success();
        assertThat(served).containsExactly("x dropped", "z");
    }

    @Test
    void whoLeavesTheLineIsNotServed() {
        Pool pool = pool(BalanceConfig.defaults(), limits(1, 0, 10), "a");
        Lease only = lease(pool);
        List<String> served = new ArrayList<>();
        Objects.requireNonNull(waits(pool, "x", served)).run();
        waits(pool, "y", served);
        only.success();
        assertThat(served).containsExactly("y");
        assertThat(pool.waiting()).isZero();
    }

    @Test
    void lineIsServedWhenABackendComesBack() {
        Pool pool = pool(BalanceConfig.defaults(), limits(1, 0, 10), "a", "b");
        pool.backends().get(1).found(false);
        lease(pool);
        List<String> served = new ArrayList<>();
        waits(pool, "x", served);
        pool.backends().get(1).found(true);
        assertThat(served).containsExactly("x");
    }
}
