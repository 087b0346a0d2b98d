package dev.sluice.proxy;

import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.eclipse.jetty.io.CyclicTimeouts;
import org.eclipse.jetty.util.thread.Scheduler;

/** The deadlines of the exchanges under way: one timer for all of them. Safe for use by many threads. */
final class ExchangeTimeouts extends CyclicTimeouts<Deadline> {
    // Bounded by the number of client connections and of the streams on each.
    private final Set<Deadline> live = ConcurrentHashMap.newKeySet();
    private final Executor executor;

    ExchangeTimeouts(Scheduler scheduler, Executor executor) {
        super(scheduler);
        this.executor = executor;
    }

    void add(Deadline deadline) {
        live.add(deadline);
    }

    void remove(Deadline deadline) {
        live.remove(deadline);
    }

    int size() {
        return live.size();
    }

    @Override
    protected Iterator<Deadline> iterator() {
        return live.iterator();
    }

    @Override
    protected boolean onExpired(Deadline deadline) {
        // The scheduler's thread keeps time for others too.
        executor.execute(deadline::expired);
        return false;
    }
}
