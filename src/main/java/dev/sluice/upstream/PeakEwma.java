package dev.sluice.upstream;

import java.util.concurrent.atomic.AtomicLong;

/**
 * An average of latencies that follows a rise at once and forgets it slowly: the weight of what was falls by e within {@value
 * #DECAY_MILLIS} ms, also while nothing is observed, so that one that is avoided gets its second chance. Safe for use by many
 * threads, without locks.
 */
public final class PeakEwma {
    private static final long DECAY_MILLIS = 10_000;
    /** About a millisecond: shorter ones would be lost in a float's precision, and wrap around within hours. */
    private static final int UNIT_BITS = 20;

    private static final double DECAY_UNITS = DECAY_MILLIS * 1e6 / (1 << UNIT_BITS);
    /** Threads that read the clock in one order and come here in another are closer than that. */
    private static final int LATE_UNITS = 60_000;
    /** Microseconds: zero is for what was never observed. */
    private static final float LEAST = 1;

    /** Microseconds, as a float, above; the moment, in units that wrap around after 52 days, below. 0 before the first. */
    private final AtomicLong state = new AtomicLong();

    /** One more, in nanoseconds; as the second its moment. */
    public void observe(long nanos, long now) {
        float micros = Math.max(LEAST, nanos / 1000f);
        int at = moment(now);
        while (true) {
            long before = state.get();
            float old = value(before);
            float next = micros;
            int latest = at;
            if (before != 0 && micros < old) {
                int age = age(before, at);
                double kept = kept(age);
                next = (float) (old * kept + micros * (1 - kept));
                if (age == 0) latest = (int) before;
            }
            if (state.compareAndSet(before, (long) Float.floatToRawIntBits(next) << 32 | latest & 0xffff_ffffL)) return;
        }
    }

    /** The average in microseconds, as the last observation left it; 0 when nothing was observed. */
    public float micros() {
        return value(state.get());
    }

    /** What is left of it at a moment. Above 0 when anything was observed. */
    public float micros(long now) {
        long seen = state.get();
        if (seen == 0) return 0;
        int age = age(seen, moment(now));
        // Under load the last observation is fresh, and nothing needs to be computed.
        return age < DECAY_UNITS / 1000 ? value(seen) : Math.max(LEAST, (float) (value(seen) * kept(age)));
    }

    private static float value(long state) {
        return Float.intBitsToFloat((int) (state >>> 32));
    }

    private static int moment(long nanos) {
        return (int) (nanos >> UNIT_BITS);
    }

    private static double kept(int age) {
        return Math.exp(-age / DECAY_UNITS);
    }

    /** In units. What seems to lie in the future is either a thread that comes late, or so old that it wrapped around. */
    private static int age(long state, int at) {
        int age = at - (int) state;
        if (age >= 0) return age;
        return age > -LATE_UNITS ? 0 : Integer.MAX_VALUE;
    }
}
