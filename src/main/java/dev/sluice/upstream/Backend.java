package dev.sluice.upstream;

import dev.sluice.config.BackendConfig;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * One upstream server as a member of one pool, with what has been observed of it there. Safe for use by many threads.
 *
 * <p>What is observed belongs to the pool and not to the address: the same server in two pools is two backends.
 */
public final class Backend {
    /** No limit. */
    static final int ANY = Integer.MAX_VALUE;

    private final Pool pool;
    private final String origin;
    private final String id;
    private final PeakEwma latency = new PeakEwma();
    private final AtomicInteger outstanding = new AtomicInteger();
    private final LongAdder started = new LongAdder();
    private final LongAdder succeeded = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private volatile BackendConfig config;
    private volatile int limit;
    private volatile boolean well = true;
    private volatile boolean ejected;
    private volatile boolean draining;
    private volatile long growingSince;

    Backend(BackendConfig config, Pool pool) {
        this.config = config;
        this.pool = pool;
        this.origin = config.origin();
        this.id = Ids.of(config);
        this.limit = pool.backendLimit();
    }

    /** What was declared of it. */
    public BackendConfig config() {
        return config;
    }

    /** The same server, declared with another weight for example. */
    void declared(BackendConfig now) {
        config = now;
    }

    /** The pool that it is a member of. */
    public Pool pool() {
        return pool;
    }

    /** Scheme, host and port, as logs name it: {@code http://localhost:8000}. */
    public String origin() {
        return origin;
    }

    /** What sticky cookies call it: says nothing of where it is, and is the same after a restart. */
    public String id() {
        return id;
    }

    /** Its share of the requests of its pool, beside the weights of the others; at least 1. */
    public int weight() {
        return config.weight();
    }

    /** Leases that have not ended. */
    public int outstanding() {
        return outstanding.get();
    }

    /** Leases there have been. */
    public long started() {
        return started.sum();
    }

    /** Leases that ended as a success. */
    public long succeeded() {
        return succeeded.sum();
    }

    /** Leases that ended as a failure of this backend. */
    public long failed() {
        return failed.sum();
    }

    /** How long it lets wait for answers. Fed only when its pool takes times. */
    public PeakEwma latency() {
        return latency;
    }

    /** Whether checks find it well; true until something else was found out. */
    public boolean isWell() {
        return well;
    }

    /** What checks have found out; takes effect with the next lease. */
    public void found(boolean isWell) {
        if (well == isWell) return;
        boolean before = isUsable();
        well = isWell;
        turned(before);
    }

    /** Whether it is left alone for a while because of how it served. */
    public boolean isEjected() {
        return ejected;
    }

    /** Leaves it alone, or no longer; takes effect with the next lease. */
    public void eject(boolean isToBe) {
        if (ejected == isToBe) return;
        boolean before = isUsable();
        ejected = isToBe;
        turned(before);
    }

    /** Whether it gets no new exchanges but those of clients that are bound to it. */
    public boolean isDraining() {
        return draining;
    }

    /**
     * Drains it, or brings it back. Exchanges that it has go on, and clients that a cookie binds to it still come to it.
     * Takes effect with the next lease.
     */
    public void drain(boolean isToBe) {
        if (draining == isToBe) return;
        boolean before = isUsable();
        draining = isToBe;
        turned(before);
    }

    /** Whether it is to be used while others are there. */
    public boolean isUsable() {
        return well && !ejected && !draining;
    }

    private void turned(boolean before) {
        boolean now = isUsable();
        if (now && !before) grows();
        pool.changed();
    }

    /** Its share begins to grow, where the pool has a slow start. */
    void grows() {
        growingSince = pool.slowStartNanos() == 0 ? 0 : nonZero(pool.now());
    }

    /** Which part of its share it has reached, up to 1. */
    double grown() {
        long since = growingSince;
        if (since == 0) return 1;
        double part = (double) (pool.now() - since) / pool.slowStartNanos();
        if (part < 1) return part;
        growingSince = 0;
        return 1;
    }

    /** How many leases it may have at a time. */
    public int limit() {
        return limit;
    }

    /** Takes effect with the next lease; those beyond it end by themselves. */
    public void limit(int most) {
        limit = most;
    }

    boolean hasRoom() {
        return limit == ANY || outstanding.get() < limit;
    }

    /** A lease, or null when there is no room. */
    @Nullable
    Lease lease() {
        if (limit == ANY) {
            outstanding.incrementAndGet();
        } else {
            int now = outstanding.get();
            while (!outstanding.compareAndSet(now, now + 1)) now = outstanding.get();
            if (now >= limit) {
                outstanding.decrementAndGet();
                return null;
            }
        }
        return leased();
    }

    /** A lease for an exchange that has just given one back. */
    Lease leaseAgain() {
        outstanding.incrementAndGet();
        return leased();
    }

    private Lease leased() {
        started.increment();
        return new Lease(this, pool.takesTimes() ? nonZero(pool.now()) : 0);
    }

    private static long nonZero(long nanos) {
        return nanos == 0 ? 1 : nanos;
    }

    /** @return the latency in nanoseconds, or -1 when no times are taken */
    long answered(long since) {
        if (since == 0) return -1;
        long now = pool.now();
        long took = Math.max(0, now - since);
        latency.observe(took, now);
        return took;
    }

    void ended(Lease lease, Lease.Outcome outcome) {
        outstanding.decrementAndGet();
        switch (outcome) {
            case SUCCESS -> succeeded.increment();
            case FAILURE -> failed.increment();
            case UNUSED -> {
                // Says nothing about the backend: it never saw the request, or the client left.
            }
        }
        pool.ended(this, lease);
    }

    @Override
    public String toString() {
        return origin();
    }
}
