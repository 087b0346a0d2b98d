package dev.sluice.upstream.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import dev.sluice.config.BalanceConfig;
import dev.sluice.config.BalanceConfig.Policy;
import dev.sluice.config.PoolConfig;
import dev.sluice.testkit.Once;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.BalancingPolicy;
import dev.sluice.upstream.Lease;
import dev.sluice.upstream.Pool;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What all policies have in common. */
@Once
class PoliciesTest {
    private static BalanceConfig config(Policy policy) {
        return policy == Policy.HASH ? Balanced.byHash(125) : BalanceConfig.of(policy);
    }

    private static Balanced balanced(Policy policy, int... weights) {
        return new Balanced(config(policy), Balanced.weighted(weights));
    }

    /** One exchange after the other, each answered in the same time. */
    private static Map<String, Integer> shares(Balanced balanced, int exchanges) {
        Map<String, Integer> shares = new TreeMap<>();
        for (int i = 0; i < exchanges; i++) {
            Lease lease = balanced.begin();
            balanced.clock.addAndGet(1_000_000);
            lease.answered(200);
            shares.merge(Balanced.over(lease), 1, Integer::sum);
        }
        return shares;
    }

    @ParameterizedTest
    @EnumSource
    void equalBackendsHaveEqualShares(Policy policy) {
        Map<String, Integer> shares = shares(balanced(policy, 1, 1, 1, 1), 40_000);
        assertThat(shares).hasSize(4);
        // The first of two that cost the same is taken, which is the first one drawn.
        assertThat(shares.values()).allSatisfy(share -> assertThat(share).isCloseTo(10_000, within(400)));
    }

    @ParameterizedTest
    @EnumSource
    void weightsAreShares(Policy policy) {
        Map<String, Integer> shares = shares(balanced(policy, 1, 2, 3, 4), 40_000);
        for (int i = 0; i < 4; i++) {
            int due = 4_000 * (i + 1);
            // Two that are drawn are never the same one, which takes from the heavy ones.
            int slack = policy == Policy.PEAK_EWMA ? due / 4 : due / 20;
            assertThat(shares.get("b" + i)).as("b" + i).isCloseTo(due, within(slack));
        }
    }

    @ParameterizedTest
    @EnumSource
    void exchangeTriesEachOnce(Policy policy) {
        for (int n : List.of(1, 2, 3, 64, 65, 200)) {
            Balanced balanced = new Balanced(config(policy), Balanced.backends(n));
            List<String> tried = balanced.tried(balanced.pool.trial());
            assertThat(tried).as("of " + n).doesNotHaveDuplicates().hasSize(n);
        }
    }

    @ParameterizedTest
    @EnumSource
    void lastOneThatIsAcceptedIsFound(Policy policy) {
        Balanced balanced = new Balanced(config(policy), Balanced.backends(300));
        for (int i = 0; i < 300; i++) if (i != 271) balanced.backend(i).limit(0);
        for (int i = 0; i < 50; i++) assertThat(balanced.once()).isEqualTo("b271");
        balanced.backend(271).limit(0);
        assertThat(balanced.pool.trial().next()).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void whatOneCannotTakeIsSpreadOverAllOthers(Policy policy) {
        Balanced balanced = balanced(policy, 1, 1, 1, 1, 1);
        balanced.backend(1).limit(0);
        balanced.backend(2).limit(0);
        Map<String, Integer> shares = shares(balanced, 9_000);
        assertThat(shares.keySet()).containsExactly("b0", "b3", "b4");
        int slack = policy == Policy.LEAST_REQUESTS ? 3_000 : 400; // Idle: whoever comes next in turn.
        assertThat(shares.values()).allSatisfy(share -> assertThat(share).isCloseTo(3_000, within(slack)));
    }

    @ParameterizedTest
    @EnumSource
    void oneWhoseShareGrowsHasLessAtFirst(Policy policy) {
        BalanceConfig base = config(policy);
        BalanceConfig slow = new BalanceConfig(policy, base.hash(), null, Duration.ofSeconds(100), 0);
        Balanced balanced = new Balanced(slow, Balanced.backends(4));
        balanced.backend(0).found(false);
        balanced.backend(0).found(true);
        balanced.clock.addAndGet(Duration.ofSeconds(20).toNanos());
        Map<String, Integer> shares = new TreeMap<>();
        for (int i = 0; i < 10_000; i++) shares.merge(balanced.once(), 1, Integer::sum);
        // A fifth of its share has grown; what latency makes of it is another matter, without any.
        if (policy != Policy.PEAK_EWMA) assertThat(shares.getOrDefault("b0", 0)).isCloseTo(2_500 / 5, within(200));
    }

    @ParameterizedTest
    @EnumSource
    void manyThreadsWhileBackendsComeAndGoAlwaysFindOne(Policy policy) throws Exception {
        Pool pool = new Pool(
                PoolConfig.of("p", Balanced.backends(10)).withBalance(config(policy)), Policies.of(config(policy)));
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            Callable<Integer> exchanges = () -> {
                int done = 0;
                for (int i = 0; i < 20_000; i++) {
                    if (i % 100 == 0) {
                        Backend flips =
                                pool.backends().get(ThreadLocalRandom.current().nextInt(10));
                        flips.found(!flips.isWell());
                    }
                    var trial = pool.trial();
                    trial.hash(ThreadLocalRandom.current().nextLong());
                    Lease lease = trial.next();
                    if (lease == null) continue;
                    lease.answered(200);
                    lease.success();
                    done++;
                }
                return done;
            };
            int done = 0;
            for (Future<Integer> part : threads.invokeAll(Collections.nCopies(4, exchanges))) done += part.get();
            assertThat(done).isEqualTo(80_000);
            assertThat(pool.backends())
                    .allSatisfy(b -> assertThat(b.outstanding()).isZero());
        } finally {
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @EnumSource
    void choiceMakesNoObjects(Policy policy) {
        for (int n : List.of(3, 100, 1000)) {
            Pool pool = new Pool(
                    PoolConfig.of("p", Balanced.backends(n)).withBalance(config(policy)), Policies.of(config(policy)));
            // Some have something to do, so that nobody gets away with the first look.
            for (int i = 0; i < n; i++) assertThat(pool.trial().next()).isNotNull();
            BalancingPolicy chooser = Policies.of(config(policy)).apply(pool.backends());
            Accepting call = new Accepting();
            long begun = System.nanoTime();
            long made;
            // What is compiled late makes objects until then, and a busy machine compiles late.
            do made = allocated(chooser, call);
            while (made != 0 && System.nanoTime() - begun < 30_000_000_000L);
            assertThat(made).as("bytes for 100,000 of " + n).isZero();
        }
    }

    private static long allocated(BalancingPolicy chooser, Accepting call) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long self = Thread.currentThread().getId();
        long before = threads.getThreadAllocatedBytes(self);
        for (int i = 0; i < 100_000; i++) {
            call.hash = i;
            if (chooser.pick(call) == null) throw new AssertionError("none");
        }
        return threads.getThreadAllocatedBytes(self) - before;
    }

    /** Takes any, but for every tenth. */
    private static final class Accepting implements BalancingPolicy.Call {
        private long hash;
        private int looks;

        @Override
        public boolean accepts(Backend backend) {
            return ++looks % 10 != 0;
        }

        @Override
        public boolean hashed() {
            return true;
        }

        @Override
        public long hash() {
            return hash;
        }
    }

    @Test
    void poolThatChangesAllTheTimeDoesNotAlwaysBeginWithTheSame() {
        for (Policy policy : List.of(Policy.ROUND_ROBIN, Policy.LEAST_REQUESTS)) {
            Balanced balanced = balanced(policy, 1, 1, 1, 1);
            Set<String> first = new HashSet<>();
            List<String> order = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                balanced.backend(3).found(i % 2 == 0);
                String name = balanced.once();
                first.add(name);
                order.add(name);
            }
            assertThat(first).as("%s: %s", policy, order).contains("b0", "b1", "b2");
        }
    }
}
