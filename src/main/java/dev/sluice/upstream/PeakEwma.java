package dev.sluice.upstream;

import java.util.concurrent.atomic.AtomicLong;

/**
 * An average of latencies that follows a rise at once and forgets it slowly: the weight of what was falls by e within {@value
 * #DECAY_MILLIS} ms. Safe for use by many threads, without locks.
 */
public final class PeakEwma {
    private static final long DECAY_MILLIS = 10_000;
    private static final double DECAY_MICROS = DECAY_MILLIS * 1000.0;

    /** Microseconds, as a float, above; the moment, in units of 1,024 ns that wrap around after more than an hour, below. */
    private final AtomicLong state = new AtomicLong();

    /** One more, in nanoseconds; as the second its moment. */
    public void observe(long nanos, long now) {
        float micros = nanos / 1000f;
        int at = moment(now);
        while (true) {
            long before = state.get();
            float old = value(before);
            float next = micros;
            if (before != 0 && micros < old) {
                double kept = Math.exp(-age(before, at) / DECAY_MICROS);
                next = (float) (old * kept + micros * (1 - kept));
            }
            if (state.compareAndSet(before, (long) Float.floatToRawIntBits(next) << 32 | at & 0xffff_ffffL)) return;
        }
    }

    /** The average in microseconds; 0 when nothing was observed. */
    public float micros() {
        return value(state.get());
    }

    private static float value(long state) {
        return Float.intBitsToFloat((int) (state >>> 32));
    }

    private static int moment(long nanos) {
        return (int) (nanos >> 10);
    }

    /** In microseconds, roughly. */
    private static double age(long state, int at) {
        return Math.max(0, at - (int) state) * 1.024;
    }
}
