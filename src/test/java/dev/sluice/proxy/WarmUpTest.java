package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ConnectionsConfig;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When connections are opened ahead of requests, and how old they become. */
class WarmUpTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final WarmUp state = new WarmUp();

    @Test
    void oneAttemptAtATime() {
        assertThat(state.begins(0, true)).isTrue();
        assertThat(state.begins(SECOND, true)).isFalse();
        state.succeeded();
        assertThat(state.begins(2 * SECOND, true)).isTrue();
    }

    @Test
    void pausesGrowWhileTheBackendRefuses() {
        long now = 0;
        long[] pauses = {1, 2, 4, 8, 16, 30, 30};
        for (int i = 0; i < pauses.length; i++) {
            assertThat(state.begins(now, true)).isTrue();
            assertThat(state.failed(now, 1)).as("told once").isEqualTo(i == 0);
            assertThat(state.begins(now + pauses[i] * SECOND - 1, true)).isFalse();
            now += pauses[i] * SECOND;
        }
    }

    @Test
    void backendThatIsNotWellIsLeftAloneAndTriedAtOnceWhenItIsWellAgain() {
        assertThat(state.begins(0, false)).isFalse();
        assertThat(state.begins(0, true)).isTrue();
        state.failed(0, 1);
        assertThat(state.begins(1, false)).isFalse();
        assertThat(state.begins(2, true)).isTrue();
    }

    @Test
    void shortestLifetimeOfThePoolsOfAnAddressHolds() {
        KeepAlive keepAlive = new KeepAlive("http://a");
        assertThat(keepAlive.lifetime(1)).isEqualTo(IdleLimit.NONE);
        keepAlive.declared(new ConnectionsConfig(0, Duration.ofSeconds(20)));
        keepAlive.declared(new ConnectionsConfig(5, null));
        keepAlive.declared(new ConnectionsConfig(0, Duration.ofSeconds(10)));
        keepAlive.declared(new ConnectionsConfig(0, Duration.ofSeconds(30)));
        assertThat(keepAlive.lifetime(1)).isEqualTo(10 * SECOND);
        assertThat(keepAlive.lifetime(1.1)).isEqualTo(11 * SECOND);
    }

    @Test
    void connectionIsKeptForAsLongAsItsBackendSaysButNoLongerThanItLives() {
        KeepAlive keepAlive = new KeepAlive("http://a");
        keepAlive.declared(new ConnectionsConfig(0, Duration.ofSeconds(10)));
        ConnectionAge age = new ConnectionAge(keepAlive, -SECOND, 1);
        age.announced(4 * SECOND);
        age.idleFrom(0);
        assertThat(age.left(SECOND)).isEqualTo(3 * SECOND);
        age.idleFrom(7 * SECOND);
        assertThat(age.left(7 * SECOND)).isEqualTo(2 * SECOND);
        assertThat(age.isExpired(9 * SECOND - 1)).isFalse();
        assertThat(age.isExpired(9 * SECOND)).isTrue();
    }
}
