package dev.sluice.proxy;

import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Pool;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps connections open to the backends of the pools that want it, used or not. It looks at them once in a second; never
 * at backends that are not well, or are drained. Begins and ends with the server that it listens to; no start waits for it.
 */
public final class WarmConnections implements LifeCycle.Listener {
    private static final Logger LOG = LoggerFactory.getLogger("connections");
    private static final long TURN_MILLIS = 1_000;

    private volatile Map<Pool, Wanted> pools;
    private final Scheduler scheduler;
    private final Map<Backend, WarmUp> states = new ConcurrentHashMap<>();
    private volatile boolean running;
    private volatile Scheduler.@Nullable Task turn;

    /**
     * What a pool wants.
     *
     * @param transport carries its requests
     * @param connections that are to be open to each of its backends
     */
    public record Wanted(Transport transport, int connections) {}

    /** @param pools those that want any */
    public WarmConnections(Map<Pool, Wanted> pools, Scheduler scheduler) {
        this.pools = Map.copyOf(pools);
        this.scheduler = scheduler;
    }

    @Override
    public void lifeCycleStarted(LifeCycle started) {
        begin();
    }

    /** From the begin of a drain on none are opened any more. */
    @Override
    public void lifeCycleStopping(LifeCycle stopping) {
        end();
    }

    void begin() {
        running = true;
        if (!pools.isEmpty()) turn();
    }

    /** From now on these want any, and others do not. */
    public synchronized void want(Map<Pool, Wanted> now) {
        pools = Map.copyOf(now);
        if (running && turn == null && !now.isEmpty()) turn();
    }

    void end() {
        running = false;
        Scheduler.Task next = turn;
        if (next != null) next.cancel();
    }

    private void turn() {
        Map<Pool, Wanted> wanting = pools;
        if (!running) return;
        try {
            long now = System.nanoTime();
            wanting.forEach((pool, wanted) -> {
                // Some may have left since.
                for (Backend backend : pool.backends()) warm(pool, backend, wanted, now);
            });
            states.keySet()
                    .removeIf(b -> wanting.keySet().stream()
                            .noneMatch(p -> p.backends().contains(b)));
        } catch (RuntimeException e) {
            LOG.error("connections are not opened ahead of requests, until the next turn", e);
        } finally {
            next();
        }
    }

    /** Nobody wants any: whoever comes to want some begins anew. */
    private synchronized void next() {
        turn = pools.isEmpty() ? null : scheduler.schedule(this::turn, TURN_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void warm(Pool pool, Backend backend, Wanted wanted, long now) {
        WarmUp state = states.computeIfAbsent(backend, b -> new WarmUp());
        if (!state.begins(now, backend.isWell() && !backend.isDraining())) return;
        opening(backend, wanted).whenComplete((done, failure) -> {
            if (failure == null) {
                state.succeeded();
                return;
            }
            boolean first =
                    state.failed(System.nanoTime(), ThreadLocalRandom.current().nextDouble());
            if (first && running)
                LOG.info(
                        "pool {}, backend {}: connections could not be opened ahead of requests: {}",
                        pool.name(),
                        backend.origin(),
                        ProxyFailure.reasonOf(failure));
        });
    }

    /** What is thrown is a failure like any other: that backend is tried again later, and the others have their turn. */
    private static CompletableFuture<Void> opening(Backend backend, Wanted wanted) {
        try {
            return wanted.transport().warm(backend, wanted.connections());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
