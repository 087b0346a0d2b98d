package dev.sluice.runtime;

import dev.sluice.drain.Leaving;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Pool;
import java.util.List;

/** Gives the exchanges of backends that have left their pool a time of their own, unless the backend comes back. */
final class LeavingBackends implements Pool.Watcher {
    private final Pool pool;
    private final Leaving leaving;

    private LeavingBackends(Pool pool, Leaving leaving) {
        this.pool = pool;
        this.leaving = leaving;
    }

    static void watch(List<Pool> pools, Leaving leaving) {
        pools.stream().distinct().forEach(pool -> pool.watch(new LeavingBackends(pool, leaving)));
    }

    @Override
    public void left(Backend backend) {
        String origin = backend.origin();
        leaving.left(
                "pool " + pool.name() + ", backend " + origin,
                facts -> facts.pool().equals(pool.name()) && facts.backend().equals(origin) && !isBack(origin));
    }

    private boolean isBack(String origin) {
        return pool.backends().stream().anyMatch(b -> b.origin().equals(origin));
    }
}
