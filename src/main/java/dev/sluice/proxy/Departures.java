package dev.sluice.proxy;

import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Pool;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the transports forget backends that have left every pool, which with discovery they may do all day. A while after they
 * left, as exchanges that have just begun still go there, and again until nothing of them is in use any more.
 */
final class Departures implements Pool.Watcher {
    private static final Logger LOG = LoggerFactory.getLogger("connections");
    private static final long PAUSE_MILLIS = 2_000;

    private final List<Pool> pools;
    private final List<Transport> transports;
    private final Executor executor;
    private final Scheduler scheduler;
    private final AtomicBoolean due = new AtomicBoolean();

    /** @param pools all that the transports serve: who has left one of them may still be in another */
    Departures(List<Pool> pools, List<Transport> transports, Executor executor, Scheduler scheduler) {
        this.pools = pools.stream().distinct().toList();
        this.transports = transports.stream().distinct().toList();
        this.executor = executor;
        this.scheduler = scheduler;
    }

    void watch() {
        pools.forEach(pool -> pool.watch(this));
    }

    @Override
    public void left(Backend backend) {
        soon();
    }

    private void soon() {
        if (due.compareAndSet(false, true))
            scheduler.schedule(() -> executor.execute(this::forget), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void forget() {
        // Before the members are asked for: who leaves from now on is another turn's.
        due.set(false);
        Set<Backend> members = new HashSet<>();
        for (Pool pool : pools) members.addAll(pool.backends());
        boolean all = true;
        for (Transport transport : transports) {
            try {
                all &= transport.keepOnly(members);
            } catch (RuntimeException e) {
                LOG.error("what {} keeps of backends that have left stays for now", transport.name(), e);
            }
        }
        if (!all) soon();
    }
}
