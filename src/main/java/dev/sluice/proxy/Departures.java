package dev.sluice.proxy;

import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Pool;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the transports forget backends that have left every pool, which with discovery they may do all day, and those of pools
 * that are no more. A while after they left, as exchanges that have just begun still go there, and again until nothing of
 * them is in use any more. Safe for use by many threads.
 */
final class Departures implements Pool.Watcher {
    private static final Logger LOG = LoggerFactory.getLogger("connections");
    private static final long PAUSE_MILLIS = 2_000;

    private final Executor executor;
    private final Scheduler scheduler;
    private final AtomicBoolean due = new AtomicBoolean();
    private List<Pool> pools = List.of(); // guarded by this
    private Set<Transport> current = Set.of(); // guarded by this
    /** Those of pools that are no more, until nothing of them is left. */
    private final Set<Transport> former = new LinkedHashSet<>(); // guarded by this

    Departures(Executor executor, Scheduler scheduler) {
        this.executor = executor;
        this.scheduler = scheduler;
    }

    /**
     * From now on these are in use, and those before are forgotten unless they are among them.
     *
     * @param now all pools that the transports serve: who has left one of them may still be in another
     */
    void inUse(Collection<Pool> now, Collection<Transport> transports) {
        List<Pool> added;
        boolean first;
        synchronized (this) {
            Set<Pool> next = new LinkedHashSet<>(now);
            first = pools.isEmpty();
            added = new ArrayList<>(next);
            added.removeAll(pools);
            pools = List.copyOf(next);
            former.addAll(current);
            current = new LinkedHashSet<>(transports);
            former.removeAll(current);
        }
        added.forEach(pool -> pool.watch(this));
        // Before the server has started its scheduler keeps nothing, and there is nobody to forget.
        if (!first) soon();
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
        List<Transport> all = new ArrayList<>();
        Set<Transport> going;
        synchronized (this) {
            for (Pool pool : pools) members.addAll(pool.backends());
            all.addAll(current);
            going = Set.copyOf(former);
        }
        boolean done = true;
        for (Transport transport : all) done &= keepOnly(transport, members);
        for (Transport transport : going) {
            boolean gone = keepOnly(transport, members);
            done &= gone;
            if (gone) forget(transport);
        }
        if (!done) soon();
    }

    private synchronized void forget(Transport transport) {
        former.remove(transport);
    }

    private static boolean keepOnly(Transport transport, Set<Backend> members) {
        try {
            return transport.keepOnly(members);
        } catch (RuntimeException e) {
            LOG.error("what {} keeps of backends that have left stays for now", transport.name(), e);
            return true;
        }
    }
}
