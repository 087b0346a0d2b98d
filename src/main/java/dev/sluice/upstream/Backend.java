package dev.sluice.upstream;

import dev.sluice.config.BackendConfig;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * One upstream server as a member of one pool, with what has been observed of it there. Safe for use by many threads.
 *
 * <p>What is observed belongs to the pool and not to the address: the same server in two pools is two backends.
 */
public final class Backend {
    private final BackendConfig config;
    private final String origin;
    private final AtomicInteger outstanding = new AtomicInteger();
    private final LongAdder succeeded = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private volatile boolean well = true;

    Backend(BackendConfig config) {
        this.config = config;
        this.origin = config.origin();
    }

    /** What was declared of it. */
    public BackendConfig config() {
        return config;
    }

    /** Scheme, host and port, as logs name it: {@code http://localhost:8000}. */
    public String origin() {
        return origin;
    }

    /** Leases that have not ended. */
    public int outstanding() {
        return outstanding.get();
    }

    /** Leases that ended as a success. */
    public long succeeded() {
        return succeeded.sum();
    }

    /** Leases that ended as a failure of this backend. */
    public long failed() {
        return failed.sum();
    }

    /** Whether it is to be used while others are there; true until something else was found out. */
    public boolean isWell() {
        return well;
    }

    /** What has been found out; takes effect with the next lease. */
    public void found(boolean isWell) {
        well = isWell;
    }

    Lease lease() {
        outstanding.incrementAndGet();
        return new Lease(this);
    }

    void ended(Lease.Outcome outcome) {
        outstanding.decrementAndGet();
        switch (outcome) {
            case SUCCESS -> succeeded.increment();
            case FAILURE -> failed.increment();
            case UNUSED -> {
                // Says nothing about the backend: it never saw the request, or the client left.
            }
        }
    }

    @Override
    public String toString() {
        return origin();
    }
}
