package dev.sluice.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.BalanceConfig;
import dev.sluice.config.PoolConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who is asked, and who comes next. */
class MembersTest {
    private static Pool pool(int panicPercent, String... names) {
        List<BackendConfig> backends = Stream.of(names)
                .map(n -> BackendConfig.parse("http://" + n).withBackup(n.startsWith("spare")))
                .toList();
        BalanceConfig balance =
                new BalanceConfig(BalanceConfig.Policy.ROUND_ROBIN, null, null, Duration.ZERO, panicPercent);
        return new Pool(PoolConfig.of("p", backends).withBalance(balance), MembersTest::inOrder);
    }

    private static BalancingPolicy inOrder(List<Backend> backends) {
        return call -> backends.stream().filter(call::accepts).findFirst().orElse(null);
    }

    /** Those whom an exchange tries, in their order. */
    private static List<String> tried(Pool pool) {
        List<String> tried = new ArrayList<>();
        Trial trial = pool.trial();
        for (Lease lease = trial.next(); lease != null; lease = trial.next()) {
            tried.add(lease.backend().config().host());
            lease.unused("test");
        }
        return tried;
    }

    private static void fails(Pool pool, int... indexes) {
        for (int index : indexes) pool.backends().get(index).found(false);
    }

    @Test
    void backupsComeAfterAllOthers() {
        assertThat(tried(pool(10, "spare1", "a", "b"))).containsExactly("a", "b", "spare1");
    }

    @Test
    void thoseThatAreNotUsableAreNotAsked() {
        Pool pool = pool(10, "a", "b", "c", "d");
        fails(pool, 0);
        pool.backends().get(1).eject(true);
        pool.backends().get(2).drain(true);
        assertThat(tried(pool)).containsExactly("d");
        assertThat(pool.panics()).isFalse();
    }

    @Test
    void backupServesWhileNoOtherCan() {
        Pool pool = pool(10, "a", "b", "spare");
        fails(pool, 0, 1);
        assertThat(tried(pool)).containsExactly("spare");
        pool.backends().get(1).found(true);
        assertThat(tried(pool)).containsExactly("b", "spare");
    }

    @Test
    void withoutAnyThatIsUsableAllAreTried() {
        Pool pool = pool(0, "a", "b", "spare");
        fails(pool, 0, 1, 2);
        assertThat(tried(pool)).containsExactly("a", "b", "spare");
        assertThat(pool.panics()).isTrue();
    }

    @Test
    void belowTheThresholdAllAreTried() {
        Pool pool = pool(50, "a", "b", "c", "d");
        fails(pool, 0, 1);
        assertThat(tried(pool)).containsExactly("c", "d");
        fails(pool, 2);
        assertThat(pool.panics()).isTrue();
        assertThat(tried(pool)).containsExactly("a", "b", "c", "d");
    }

    @Test
    void withABackupThatIsUsableNobodyPanics() {
        Pool pool = pool(50, "a", "b", "c", "spare");
        fails(pool, 0, 1);
        assertThat(pool.panics()).isFalse();
        assertThat(tried(pool)).containsExactly("c", "spare");
    }

    @Test
    void thoseThatAreDrainedAreNotAskedInAPanicEither() {
        Pool pool = pool(10, "a", "b");
        fails(pool, 0);
        pool.backends().get(1).drain(true);
        assertThat(tried(pool)).containsExactly("a");
    }
}
