package dev.sluice.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.PriorityFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.http2.frames.WindowUpdateFrame;
import org.junit.jupiter.api.Test;

class FrameBudgetTest {
    private static final Object COSTS = new PriorityFrame(1, 0, 1, false);

    /** Passes the greatest number soon. */
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000);

    private final FrameBudget budget = new FrameBudget(100, 20, now::get);

    private int spendAll() {
        int spent = 0;
        while (spent < 1000 && budget.onEvent(COSTS)) spent++;
        return spent;
    }

    @Test
    void allowanceIsThereAtOnceAndComesBackEvenly() {
        assertThat(spendAll()).isEqualTo(20);
        now.addAndGet(50_000_000);
        assertThat(spendAll()).isEqualTo(5);
        now.addAndGet(3_600_000_000_000L);
        assertThat(spendAll()).isEqualTo(20);
    }

    @Test
    void contentAndWindowsAndResetsOfSluicesOwnCostNothing() {
        assertThat(spendAll()).isEqualTo(20);
        assertThat(budget.onEvent(new DataFrame(1, ByteBuffer.wrap(new byte[1]), false)))
                .isTrue();
        assertThat(budget.onEvent(new WindowUpdateFrame(1, 1))).isTrue();
        assertThat(budget.onEvent(new ResetFrame(1, 0))).isTrue();
        assertThat(budget.onEvent(new ResetFrame(1, 8))).isTrue();
    }

    @Test
    void emptyFramesAndErrorsCost() {
        assertThat(spendAll()).isEqualTo(20);
        assertThat(budget.onEvent(new DataFrame(1, ByteBuffer.allocate(0), false)))
                .isFalse();
        assertThat(budget.onEvent(new WindowUpdateFrame(1, 0))).isFalse();
        assertThat(budget.onEvent(new ResetFrame(1, 1))).isFalse();
    }
}
