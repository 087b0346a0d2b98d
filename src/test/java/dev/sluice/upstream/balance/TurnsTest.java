package dev.sluice.upstream.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TurnsTest {
    private static int[] order(int turns, int... weights) {
        Turns all = new Turns(weights);
        return IntStream.range(0, turns).map(all::at).toArray();
    }

    @Test
    void equalWeightsTakeTurnsInTheirOrder() {
        assertThat(order(6, 7, 7, 7)).containsExactly(0, 1, 2, 0, 1, 2);
    }

    @Test
    void heavyOneIsSpreadBetweenTheOthers() {
        assertThat(order(8, 5, 1, 1)).containsExactly(0, 1, 0, 0, 0, 2, 0, 0);
        assertThat(order(6, 20, 10)).containsExactly(0, 1, 0, 0, 1, 0);
    }

    @Test
    void turnsGoOnWhenTheirCounterWrapsAround() {
        Turns turns = new Turns(new int[] {1, 1, 1, 1});
        assertThat(turns.at(Integer.MAX_VALUE)).isEqualTo(3);
        assertThat(turns.at(Integer.MIN_VALUE)).isEqualTo(0);
        assertThat(turns.at(-1)).isEqualTo(3);
    }

    @Test
    void ofAnyWeightsEachHasItsShareAndIsNeverFarBehindIt() {
        Random random = new Random(7);
        for (int run = 0; run < 200; run++) {
            int n = 1 + random.nextInt(20);
            int[] weights = random.ints(n, 1, 2 + random.nextInt(50)).toArray();
            int sum = Arrays.stream(weights).sum();
            int[] had = new int[n];
            Turns turns = new Turns(weights);
            for (int turn = 1; turn <= sum; turn++) {
                had[turns.at(turn - 1)]++;
                for (int i = 0; i < n; i++)
                    assertThat(had[i])
                            .as("%s of %s after %s", i, Arrays.toString(weights), turn)
                            .isBetween(
                                    (int) Math.floor((double) turn * weights[i] / sum) - 2,
                                    (int) Math.ceil((double) turn * weights[i] / sum) + 2);
            }
            assertThat(had).containsExactly(weights);
        }
    }

    @Test
    void weightsThatNoTableCouldHoldAreMetNearly() {
        int[] weights = {65_535, 65_534, 1, 30_000};
        int[] had = new int[4];
        for (int index : order(Turns.LONGEST * 4, weights)) had[index]++;
        assertThat(had[2]).isPositive();
        assertThat((double) had[0] / had[3]).isBetween(2.17, 2.20);
        assertThat((double) had[0] / had[1]).isBetween(0.99, 1.01);
    }
}
