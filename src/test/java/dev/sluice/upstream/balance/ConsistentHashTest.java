package dev.sluice.upstream.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.config.BackendConfig;
import dev.sluice.upstream.Lease;
import dev.sluice.upstream.Trial;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsistentHashTest {
    private static final int KEYS = 20_000;

    private static Balanced of(List<BackendConfig> backends) {
        return new Balanced(Balanced.byHash(125), backends);
    }

    private static List<String> owners(Balanced balanced) {
        List<String> owners = new ArrayList<>();
        for (long key = 0; key < KEYS; key++) owners.add(balanced.once(key));
        return owners;
    }

    private static int moved(List<String> before, List<String> after) {
        int moved = 0;
        for (int i = 0; i < before.size(); i++) if (!before.get(i).equals(after.get(i))) moved++;
        return moved;
    }

    @Test
    void sameKeyComesToTheSameBackendInWhateverOrderTheyAreListed() {
        List<BackendConfig> backends = new ArrayList<>(Balanced.backends(20));
        List<String> owners = owners(of(backends));
        Collections.shuffle(backends, new Random(3));
        assertThat(owners(of(backends))).isEqualTo(owners);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5, 8, 13, 21, 34, 55, 99, 100})
    void oneMoreTakesItsShareAndMovesNothingElse(int n) {
        List<String> before = owners(of(Balanced.backends(n)));
        List<String> after = owners(of(Balanced.backends(n + 1)));
        double due = (double) KEYS / (n + 1);
        int toTheNewOne = 0;
        for (String owner : after) if (owner.equals("b" + n)) toTheNewOne++;
        assertThat(toTheNewOne).isCloseTo((int) due, within((int) (due * 0.2 + 30)));
        assertThat(moved(before, after)).as("moved to anybody").isEqualTo(toTheNewOne);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 10, 100})
    void oneThatIsNotWellLeavesTheOthersTheirKeys(int n) {
        Balanced balanced = of(Balanced.backends(n));
        List<String> before = owners(balanced);
        balanced.backend(1).found(false);
        List<String> after = owners(balanced);
        int own = Collections.frequency(before, "b1");
        assertThat(after).doesNotContain("b1");
        assertThat(moved(before, after)).isEqualTo(own);
        balanced.backend(1).found(true);
        assertThat(owners(balanced)).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 100})
    void keysAreSpreadEvenly(int n) {
        Map<String, Integer> shares = new HashMap<>();
        for (String owner : owners(of(Balanced.backends(n)))) shares.merge(owner, 1, Integer::sum);
        int due = KEYS / n;
        assertThat(shares).hasSize(n);
        // Four times the deviation of what is drawn at random.
        assertThat(shares.values())
                .allSatisfy(share -> assertThat(share).isCloseTo(due, within((int) (4 * Math.sqrt(due)))));
    }

    @Test
    void keysAreSpreadByWeight() {
        Map<String, Integer> shares = new HashMap<>();
        for (String owner : owners(of(Balanced.weighted(1, 2, 7)))) shares.merge(owner, 1, Integer::sum);
        assertThat(shares.get("b0")).isCloseTo(KEYS / 10, within(200));
        assertThat(shares.get("b1")).isCloseTo(KEYS / 5, within(300));
        assertThat(shares.get("b2")).isCloseTo(KEYS * 7 / 10, within(400));
    }

    @Test
    void whoComesTakesByWeightAndFromNobodyMoreThanItsOwn() {
        List<String> before = owners(of(Balanced.weighted(5, 1, 3)));
        List<String> after = owners(of(Balanced.weighted(5, 1, 3, 2)));
        assertThat(moved(before, after)).isEqualTo(Collections.frequency(after, "b3"));
        assertThat(Collections.frequency(after, "b3")).isCloseTo(KEYS * 2 / 11, within(300));
    }

    @Test
    void oneKeyThatEverybodyWantsIsSharedWithTheNext() {
        Balanced balanced = of(Balanced.backends(4));
        for (int i = 0; i < 400; i++) balanced.begin(5);
        // 125 % of the mean, rounded up, and no more.
        assertThat(balanced.pool.backends())
                .allSatisfy(b -> assertThat(b.outstanding()).isBetween(25, 126));
        assertThat(balanced.pool.backends())
                .anySatisfy(b -> assertThat(b.outstanding()).isEqualTo(125));
    }

    @Test
    void boundIsByWeight() {
        Balanced balanced = of(Balanced.weighted(1, 3));
        for (int i = 0; i < 400; i++) balanced.begin(i);
        assertThat(balanced.backend(0).outstanding()).isLessThanOrEqualTo(125);
    }

    @Test
    void nextOneIsTheSameEachTime() {
        Balanced balanced = of(Balanced.backends(10));
        Trial first = balanced.pool.trial();
        first.hash(77);
        Trial second = balanced.pool.trial();
        second.hash(77);
        List<String> order = balanced.tried(first);
        assertThat(order).hasSize(10).isEqualTo(balanced.tried(second));
        Lease lease = balanced.begin(77);
        assertThat(Balanced.name(lease)).isEqualTo(order.get(0));
    }

    @Test
    void requestsWithoutAKeyGoAnywhere() {
        assertThat(of(Balanced.backends(4)).shares(4_000).values())
                .allSatisfy(share -> assertThat(share).isCloseTo(1_000, within(150)));
    }

    @Test
    void tableOfAThousandIsMadeInNoTime() {
        String[] names = IntStream.range(0, 1000).mapToObj(i -> "b" + i).toArray(String[]::new);
        int[] weights = IntStream.generate(() -> 1).limit(1000).toArray();
        SlotTable table = new SlotTable(names, weights);
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 20; i++) {
            long began = System.nanoTime();
            table = new SlotTable(names, weights);
            least = Math.min(least, System.nanoTime() - began);
        }
        assertThat(table.owner(3)).isBetween(0, 999);
        // Some two milliseconds, unless the machine has no time, and each change of health makes one.
        assertThat(least).isLessThan(50_000_000);
    }
}
