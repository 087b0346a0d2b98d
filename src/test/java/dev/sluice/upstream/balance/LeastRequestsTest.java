package dev.sluice.upstream.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.config.BalanceConfig;
import dev.sluice.config.BalanceConfig.Policy;
import dev.sluice.upstream.Lease;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LeastRequestsTest {
    @Test
    void idlePoolIsServedInTurnByWeight() {
        assertThat(Balanced.of(Policy.LEAST_REQUESTS, 1, 1, 1).several(4)).containsExactly("b0", "b1", "b2", "b0");
        Map<String, Integer> shares = Balanced.of(Policy.LEAST_REQUESTS, 1, 3).shares(400);
        assertThat(shares).isEqualTo(Map.of("b0", 100, "b1", 300));
    }

    @Test
    void oneThatTakesLongGetsNoMoreUntilTheOthersHaveAsMany() {
        Balanced balanced = Balanced.of(Policy.LEAST_REQUESTS, 1, 1, 1);
        balanced.begin(); // b0's, and goes on
        assertThat(balanced.shares(100)).doesNotContainKey("b0");
    }

    @Test
    void outstandingRequestsGrowByWeight() {
        Balanced balanced = Balanced.of(Policy.LEAST_REQUESTS, 10, 20, 70);
        List<Lease> open = new ArrayList<>();
        for (int i = 0; i < 1000; i++) open.add(balanced.begin());
        assertThat(balanced.backend(0).outstanding()).isCloseTo(100, within(2));
        assertThat(balanced.backend(1).outstanding()).isCloseTo(200, within(2));
        assertThat(balanced.backend(2).outstanding()).isCloseTo(700, within(2));
        open.forEach(Lease::success);
        assertThat(balanced.backend(2).outstanding()).isZero();
    }

    @Test
    void amongThousandsTheyStayEvenAlthoughFewAreCompared() {
        Balanced balanced = new Balanced(BalanceConfig.of(Policy.LEAST_REQUESTS), Balanced.backends(1000));
        for (int i = 0; i < 5000; i++) balanced.begin();
        assertThat(balanced.pool.backends())
                .allSatisfy(b -> assertThat(b.outstanding()).isBetween(4, 6));
    }
}
