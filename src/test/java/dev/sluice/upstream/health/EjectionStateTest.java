package dev.sluice.upstream.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.EjectionConfig;
import org.junit.jupiter.api.Test;

class EjectionStateTest {
    private static final long SECOND = 1_000_000_000L;
    /** 10 s, doubled up to 5 min. */
    private static final EjectionConfig HOW = EjectionConfig.defaults();

    /** The length of one more at that second. */
    private static long seconds(EjectionState state) {
        return state.length() / SECOND;
    }

    @Test
    void eachInARowIsTwiceAsLongUntilTheLongest() {
        EjectionState state = EjectionState.NONE;
        long now = 1000;
        for (long expected : new long[] {10, 20, 40, 80, 160, 300, 300, 300}) {
            state = state.after(now, HOW);
            assertThat(seconds(state)).isEqualTo(expected);
            now = state.until() + SECOND;
        }
    }

    @Test
    void eachSpanAsLongAsTheLastOneForgetsOneDoubling() {
        EjectionState third =
                EjectionState.NONE.after(0, HOW).after(10 * SECOND, HOW).after(30 * SECOND, HOW);
        assertThat(seconds(third)).isEqualTo(40);
        assertThat(seconds(third.after(third.until() + 39 * SECOND, HOW))).isEqualTo(80);
        assertThat(seconds(third.after(third.until() + 40 * SECOND, HOW))).isEqualTo(40);
        assertThat(seconds(third.after(third.until() + 80 * SECOND, HOW))).isEqualTo(20);
        assertThat(seconds(third.after(third.until() + 9000 * SECOND, HOW))).isEqualTo(10);
    }

    @Test
    void hundredInARowOverflowNothing() {
        EjectionState state = EjectionState.NONE;
        for (int i = 0; i < 100; i++) state = state.after(state.until(), HOW);
        assertThat(seconds(state)).isEqualTo(300);
    }

    @Test
    void clockThatBeginsBelowZeroIsAsGood() {
        EjectionState first = EjectionState.NONE.after(Long.MIN_VALUE, HOW);
        assertThat(seconds(first.after(first.until() + 1, HOW))).isEqualTo(20);
    }
}
