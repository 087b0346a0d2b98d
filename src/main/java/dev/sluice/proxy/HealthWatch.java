package dev.sluice.proxy;

import dev.sluice.config.HealthConfig;
import dev.sluice.config.ServerConfig;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.health.ActiveHealth;
import dev.sluice.upstream.health.PassiveHealth;
import dev.sluice.upstream.health.Probe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.util.component.ContainerLifeCycle;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checks of all pools, with what they need, and what leaves backends alone that fail without being asked. It starts
 * before anything is served, and once it has started, every backend has been asked once, or has not answered in time. Pools
 * come and go while it runs. Started and stopped by one thread; safe for use by many.
 */
public final class HealthWatch extends ContainerLifeCycle {
    private static final Logger LOG = LoggerFactory.getLogger("health");
    /** What a check may take longer than its timeout says. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private final ServerConfig server;
    private final BackendTls tls;
    private final Map<Pool, Watched> watched = new LinkedHashMap<>(); // guarded by itself
    private @Nullable ScheduledExecutorScheduler scheduler; // made when somebody needs it, and then kept
    private @Nullable Probe probe; // so is this
    private final Duration grace;

    /** One pool. */
    private record Watched(
            @Nullable ActiveHealth active, @Nullable PassiveHealth passive, Duration timeout) {
        void stop() {
            if (passive != null) passive.stop();
            if (active != null) active.stop();
        }
    }

    /**
     * For no pool yet.
     *
     * @param server says how large the head of an answer may be
     * @param tls knows how it is spoken to each backend
     */
    public HealthWatch(ServerConfig server, BackendTls tls) {
        this(server, tls, null, GRACE);
    }

    /**
     * For no pool yet.
     *
     * @param probe how backends are asked
     * @param grace what a check may take longer than its timeout says
     */
    HealthWatch(Probe probe, Duration grace) {
        this(ServerConfig.defaults(), new BackendTls(), probe, grace);
        addBean(probe);
    }

    private HealthWatch(ServerConfig server, BackendTls tls, @Nullable Probe probe, Duration grace) {
        this.server = server;
        this.tls = tls;
        this.probe = probe;
        this.grace = grace;
    }

    /**
     * Pools that are watched from now on, or from the start on; those that want none of it, or are watched already, are left
     * alone. When it runs, this blocks until every backend of theirs has been asked once, or has not answered in time.
     *
     * @throws Exception when what asks cannot be started
     */
    public void watch(Collection<Pool> pools) throws Exception {
        List<Watched> added = new ArrayList<>();
        synchronized (watched) {
            for (Pool pool : pools) {
                if (watched.containsKey(pool) || (pool.health() == null && !PassiveHealth.concerns(pool))) continue;
                Watched one = over(pool);
                watched.put(pool, one);
                added.add(one);
            }
        }
        if (isRunning()) begin(added);
    }

    /** Nobody asks the backends of this pool any more, or leaves them alone. */
    public void forget(Pool pool) {
        Watched gone;
        synchronized (watched) {
            gone = watched.remove(pool);
        }
        if (gone != null) gone.stop();
    }

    private Watched over(Pool pool) throws Exception {
        ScheduledExecutorScheduler intervals = scheduler();
        ActiveHealth.Timer timer = (nanos, task) -> intervals.schedule(task, nanos, TimeUnit.NANOSECONDS);
        PassiveHealth passive =
                PassiveHealth.concerns(pool) ? new PassiveHealth(List.of(pool), timer, System::nanoTime) : null;
        HealthConfig how = pool.health();
        if (how == null) return new Watched(null, passive, Duration.ZERO);
        ActiveHealth active = new ActiveHealth(
                List.of(pool),
                new ActiveHealth.Means(
                        probe(),
                        timer,
                        System::nanoTime,
                        () -> ThreadLocalRandom.current().nextDouble()));
        return new Watched(active, passive, how.timeout());
    }

    private ScheduledExecutorScheduler scheduler() throws Exception {
        if (scheduler != null) return scheduler;
        scheduler = new ScheduledExecutorScheduler("health-intervals", true);
        add(scheduler);
        return scheduler;
    }

    private Probe probe() throws Exception {
        if (probe != null) return probe;
        HealthProbe made = new HealthProbe(server, tls);
        add(made);
        probe = made;
        return made;
    }

    private void add(LifeCycle part) throws Exception {
        if (isRunning()) addManaged(part);
        else addBean(part);
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        List<Watched> all;
        synchronized (watched) {
            all = List.copyOf(watched.values());
        }
        begin(all);
    }

    private void begin(List<Watched> all) throws InterruptedException, ExecutionException {
        List<CompletableFuture<Void>> first = new ArrayList<>();
        int asked = 0;
        Duration patience = grace;
        for (Watched one : all) {
            if (one.passive() != null) one.passive().start();
            if (one.active() == null) continue;
            asked += one.active().size();
            if (one.timeout().plus(grace).compareTo(patience) > 0)
                patience = one.timeout().plus(grace);
            first.add(one.active().start());
        }
        try {
            CompletableFuture.allOf(first.toArray(CompletableFuture[]::new))
                    .get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn("not all of {} backends were asked within {}: the others are taken to be well", asked, patience);
        }
    }

    @Override
    protected void doStop() throws Exception {
        synchronized (watched) {
            watched.values().forEach(Watched::stop);
        }
        super.doStop();
    }
}
