package dev.sluice.upstream.balance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.BackendConfig;
import dev.sluice.upstream.Lease;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.Trial;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class RoundRobinTest {
    private final Pool pool = new Pool(
            "p",
            List.of("a", "b", "c", "d").stream()
                    .map(h -> BackendConfig.parse("http://" + h))
                    .toList(),
            RoundRobin::new);

    private String first() {
        Lease lease = pool.trial().next();
        return lease == null ? "none" : lease.backend().config().host();
    }

    private Map<String, Integer> shares(int exchanges) {
        Map<String, Integer> shares = new TreeMap<>();
        for (int i = 0; i < exchanges; i++) shares.merge(first(), 1, Integer::sum);
        return shares;
    }

    @Test
    void eachTakesItsTurn() {
        assertThat(List.of(first(), first(), first(), first(), first())).containsExactly("a", "b", "c", "d", "a");
    }

    @Test
    void exchangeTriesEachOnce() {
        Trial trial = pool.trial();
        List<String> tried = new ArrayList<>();
        for (Lease lease = trial.next(); lease != null; lease = trial.next())
            tried.add(lease.backend().config().host());
        assertThat(tried).containsExactly("a", "b", "c", "d");
    }

    @Test
    void oneThatIsNotWellLeavesTheOthersEqualShares() {
        pool.backends().get(1).found(false);
        assertThat(shares(300)).isEqualTo(Map.of("a", 100, "c", 100, "d", 100));
    }

    @Test
    void manyThreadsTogetherKeepTheTurns() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            Callable<Map<String, Integer>> thousand = () -> shares(1000);
            Map<String, Integer> all = new TreeMap<>();
            for (Future<Map<String, Integer>> part : threads.invokeAll(Collections.nCopies(4, thousand)))
                part.get().forEach((host, n) -> all.merge(host, n, Integer::sum));
            assertThat(all).isEqualTo(Map.of("a", 1000, "b", 1000, "c", 1000, "d", 1000));
        } finally {
            threads.shutdownNow();
        }
    }
}
