package dev.sluice.proxy;

import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.eclipse.jetty.io.CyclicTimeouts;
import org.eclipse.jetty.util.thread.Scheduler;

/** The exchanges under way and their deadlines: one timer for all of them. Safe for use by many threads. */
final class ExchangeTimeouts extends CyclicTimeouts<Exchange> {
    // Bounded by the number of client connections and of the streams on each.
    private final Set<Exchange> live = ConcurrentHashMap.newKeySet();
    private final Executor executor;

    ExchangeTimeouts(Scheduler scheduler, Executor executor) {
        super(scheduler);
        this.executor = executor;
    }

    void add(Exchange exchange) {
        live.add(exchange);
    }

    void remove(Exchange exchange) {
        live.remove(exchange);
    }

    int size() {
        return live.size();
    }

    @Override
    protected Iterator<Exchange> iterator() {
        return live.iterator();
    }

    @Override
    protected boolean onExpired(Exchange exchange) {
        // The scheduler's thread keeps time for others too.
        executor.execute(exchange::expired);
        return false;
    }
}
