package dev.sluice.proxy;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * How long exchanges of one kind took, to guess how long one that goes on will take: counts in buckets, each reaching a
 * quarter further than the one before, from 1 ms to some 19 hours. What is long ago counts less: when {@link #MOST} are in,
 * all counts are halved. Safe for use by many threads; counts may be off by a few, as befits a guess.
 */
final class Durations {
    private static final int BUCKETS = 82;
    private static final double GROWTH = Math.log(1.25);

    /** So many, and the older half of them weighs half as much. */
    static final int MOST = 1 << 14;

    /** With fewer than this nothing can be said. */
    static final int LEAST = 20;

    private final AtomicIntegerArray counts = new AtomicIntegerArray(BUCKETS);
    private final AtomicInteger total = new AtomicInteger();

    void record(long nanos) {
        counts.incrementAndGet(bucket(nanos));
        if (total.incrementAndGet() >= MOST) halve();
    }

    private void halve() {
        int sum = 0;
        for (int i = 0; i < BUCKETS; i++) sum += counts.updateAndGet(i, n -> n / 2);
        total.set(sum);
    }

    /**
     * The chance that one of this age ends within some time.
     *
     * @param age in nanoseconds
     * @param more in nanoseconds, from now
     * @return 0 to 1, 0 for one that is older than any was; NaN when too few have been seen
     */
    double endsWithin(long age, long more) {
        if (total.get() < LEAST) return Double.NaN;
        double asOld = longerThan(age);
        return asOld == 0 ? 0 : 1 - longerThan(age + more) / asOld;
    }

    /** How many took longer; of the bucket that it falls into a part. */
    private double longerThan(long nanos) {
        double at = position(nanos);
        int bucket = Math.min(BUCKETS - 1, (int) at);
        double sum = counts.get(bucket) * (1 - Math.min(1, at - bucket));
        for (int i = bucket + 1; i < BUCKETS; i++) sum += counts.get(i);
        return sum;
    }

    private static int bucket(long nanos) {
        return Math.min(BUCKETS - 1, (int) position(nanos));
    }

    /** Which bucket, and how far into it. */
    private static double position(long nanos) {
        double millis = (double) nanos / TimeUnit.MILLISECONDS.toNanos(1);
        return millis <= 1 ? Math.max(0, millis) : 1 + Math.log(millis) / GROWTH;
    }
}
