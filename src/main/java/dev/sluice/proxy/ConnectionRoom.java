package dev.sluice.proxy;

import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Lease;
import dev.sluice.upstream.Pool;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a pool that has a limit of them. Those in use have their room by the leases of exchanges. Those that
 * wait to be used again take no room from anybody: when one more is to be opened, one of them is closed for it. Safe for use
 * by many threads; calls nobody with a lock.
 */
final class ConnectionRoom implements Pool.Watcher {
    private final Pool pool;
    private final List<Idle> kept = new CopyOnWriteArrayList<>();

    /** Who keeps connections to one backend that nobody uses. */
    interface Idle {
        Backend backend();

        int idle();

        /** Closes one of them; false when there is none. */
        boolean closeIdle();
    }

    private ConnectionRoom(Pool pool) {
        this.pool = pool;
    }

    static ConnectionRoom of(Pool pool) {
        ConnectionRoom room = new ConnectionRoom(pool);
        pool.watch(room);
        return room;
    }

    /** By then its connection is kept or closed. Of several that were opened at the same time one may be too many. */
    @Override
    public void ended(Lease lease) {
        opening(lease.backend());
    }

    void add(Idle keeper) {
        kept.add(keeper);
    }

    void remove(Idle keeper) {
        kept.remove(keeper);
    }

    /** A connection to a backend is about to be opened, for an exchange that has a lease on it. */
    void opening(Backend backend) {
        while (backend.connectionsInUse() + idle(backend) > backend.mostConnections()) if (!closeOne(backend)) break;
        while (pool.connectionsInUse() + idle(null) > pool.mostConnections()) if (!closeOne(null)) break;
    }

    /** How many may be opened to a backend for nobody in particular. */
    int spare(Backend backend) {
        int ofBackend = backend.mostConnections() - backend.connectionsInUse() - idle(backend);
        return Math.max(0, Math.min(ofBackend, pool.mostConnections() - pool.connectionsInUse() - idle(null)));
    }

    /** Whether one more of those that are shared may be opened, where some are open already. */
    boolean allowsAnother(Backend backend) {
        return backend.connectionsInUse() < backend.mostConnections()
                && pool.connectionsInUse() < pool.mostConnections();
    }

    private boolean closeOne(@Nullable Backend of) {
        for (Idle keeper : kept)
            if ((of == null || keeper.backend() == of) && keeper.idle() > 0 && keeper.closeIdle()) return true;
        return false;
    }

    private int idle(@Nullable Backend of) {
        int some = 0;
        for (Idle keeper : kept) if (of == null || keeper.backend() == of) some += keeper.idle();
        return some;
    }
}
