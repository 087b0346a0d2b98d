package dev.sluice.proxy;

import dev.sluice.upstream.Pool;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * What the copies of requests have in common, those of all routes and from one configuration to the next: how many there are,
 * their time, and where they may still be sent. Safe for use by many threads.
 */
final class Mirrors {
    /** Copies under way at a time, those included whose bodies are still coming. */
    static final int MOST = 1_000;

    private final ExchangeTimeouts timeouts;
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile Set<Pool> pools = Set.of();

    Mirrors(Scheduler scheduler, Executor executor) {
        // Not that of the exchanges, which are counted by it.
        timeouts = new ExchangeTimeouts(scheduler, executor);
    }

    /** @return false when there are as many as there may be; otherwise {@link #leave} has to follow */
    boolean enter() {
        if (underWay.incrementAndGet() <= MOST) return true;
        underWay.decrementAndGet();
        return false;
    }

    void leave() {
        underWay.decrementAndGet();
    }

    int underWay() {
        return underWay.get();
    }

    ExchangeTimeouts timeouts() {
        return timeouts;
    }

    /** From now on copies go to no other pools: of those the transports are about to forget everything. */
    void inUse(Collection<Pool> now) {
        pools = Set.copyOf(now);
    }

    boolean has(Pool pool) {
        return pools.contains(pool);
    }

    /** Stops the clock. */
    void close() {
        timeouts.destroy();
    }
}
