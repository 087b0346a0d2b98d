package dev.sluice.upstream.balance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.BalanceConfig;
import dev.sluice.config.BalanceConfig.Policy;
import dev.sluice.upstream.Lease;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PowerOfTwoTest {
    private static final long MILLI = 1_000_000;

    private static Balanced of(int n) {
        return new Balanced(BalanceConfig.of(Policy.PEAK_EWMA), Balanced.backends(n));
    }

    /** One exchange after the other; the first backend takes so many times as long as the others. */
    private static Map<String, Integer> shares(Balanced balanced, int exchanges, int slower) {
        Map<String, Integer> shares = new TreeMap<>();
        for (int i = 0; i < exchanges; i++) {
            Lease lease = balanced.begin();
            // Between one and two milliseconds, as it comes: two that never differ would not be told apart by chance
            // either.
            long took = MILLI + balanced.random.nextInt((int) MILLI);
            balanced.clock.addAndGet(took * (Balanced.name(lease).equals("b0") ? slower : 1));
            lease.answered(200);
            shares.merge(Balanced.over(lease), 1, Integer::sum);
        }
        return shares;
    }

    @Test
    void slowOneGetsNextToNothing() {
        for (int n : List.of(2, 3, 10)) {
            Map<String, Integer> shares = shares(of(n), 10_000, 20);
            assertThat(shares.get("b0")).as("of " + n).isLessThan(100);
        }
    }

    @Test
    void oneThatWasSlowIsTriedAgain() {
        for (int n : List.of(2, 3)) {
            Balanced balanced = of(n);
            shares(balanced, 1_000, 1000);
            balanced.clock.addAndGet(MILLI * 100_000);
            Map<String, Integer> after = shares(balanced, 10_000, 1);
            assertThat(after.get("b0")).as("of " + n).isGreaterThan(5_000 / n);
        }
    }

    @Test
    void newOneIsTriedAndNotFlooded() {
        Balanced balanced = of(3);
        for (int i = 1; i < 3; i++) {
            balanced.backend(i).latency().observe(MILLI, balanced.clock.get());
        }
        List<String> begun = new ArrayList<>();
        for (int i = 0; i < 50; i++) begun.add(Balanced.name(balanced.begin()));
        assertThat(begun).filteredOn("b0"::equals).hasSize(1);
    }

    @Test
    void oneThatRefusesAtOnceIsNotTheFastest() {
        Balanced balanced = of(2);
        Map<String, Integer> begun = new TreeMap<>();
        for (int i = 0; i < 1_000; i++) {
            Lease lease = balanced.begin();
            begun.merge(Balanced.name(lease), 1, Integer::sum);
            balanced.clock.addAndGet(MILLI);
            if (Balanced.name(lease).equals("b0")) {
                lease.failure(Lease.Fault.CONNECT, "refused");
            } else {
                lease.answered(200);
                lease.success();
            }
        }
        assertThat(begun.getOrDefault("b0", 0)).isLessThan(5);
    }

    @Test
    void loadIsKeptEvenWhileNothingIsAnswered() {
        Balanced balanced = of(10);
        balanced.pool.backends().forEach(b -> b.latency().observe(MILLI, balanced.clock.get()));
        for (int i = 0; i < 1_000; i++) balanced.begin();
        assertThat(balanced.pool.backends())
                .allSatisfy(b -> assertThat(b.outstanding()).isBetween(96, 104));
    }

    @Test
    void loadOfHeavyOnesGrowsByWeight() {
        Balanced balanced = Balanced.of(Policy.PEAK_EWMA, 1, 1, 4, 4);
        balanced.pool.backends().forEach(b -> b.latency().observe(MILLI, balanced.clock.get()));
        for (int i = 0; i < 1_000; i++) balanced.begin();
        assertThat(balanced.backend(0).outstanding()).isBetween(90, 110);
        assertThat(balanced.backend(3).outstanding()).isBetween(380, 420);
    }
}
