package dev.sluice.proxy;

import dev.sluice.config.ServerConfig;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.health.ActiveHealth;
import dev.sluice.upstream.health.PassiveHealth;
import dev.sluice.upstream.health.Probe;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.util.component.ContainerLifeCycle;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checks of all pools, with what they need, and what leaves backends alone that fail without being asked. It starts before
 * anything is served, and once it has started, every backend has been asked once, or has not answered in time.
 */
public final class HealthWatch extends ContainerLifeCycle {
    private static final Logger LOG = LoggerFactory.getLogger("health");
    /** What a check may take longer than its timeout says. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private final @Nullable ActiveHealth active;
    private final PassiveHealth passive;
    private final Duration patience;

    /**
     * @param probe how backends are asked; null when nobody is
     * @param patience with the first checks
     */
    HealthWatch(List<Pool> pools, @Nullable Probe probe, Duration patience) {
        this.patience = patience;
        ScheduledExecutorScheduler scheduler = new ScheduledExecutorScheduler("health-intervals", true);
        ActiveHealth.Timer timer = (nanos, task) -> scheduler.schedule(task, nanos, TimeUnit.NANOSECONDS);
        addBean(scheduler);
        passive = new PassiveHealth(pools, timer, System::nanoTime);
        if (probe == null) {
            active = null;
            return;
        }
        addBean(probe);
        active = new ActiveHealth(
                pools,
                new ActiveHealth.Means(
                        probe,
                        timer,
                        System::nanoTime,
                        () -> ThreadLocalRandom.current().nextDouble()));
    }

    /**
     * For the pools of all routes, of which some may share one.
     *
     * @param server says how large the head of an answer may be
     * @param tls knows how it is spoken to each backend
     * @return null when no pool wants any
     */
    public static @Nullable HealthWatch of(ServerConfig server, List<Pool> pools, BackendTls tls) {
        Duration longest = Duration.ZERO;
        List<Pool> each = pools.stream().distinct().toList();
        for (Pool pool : each) {
            if (pool.health() == null) continue;
            Duration timeout = pool.health().timeout();
            if (timeout.compareTo(longest) > 0) longest = timeout;
        }
        if (!longest.isZero()) return new HealthWatch(each, new HealthProbe(server, tls), longest.plus(GRACE));
        return each.stream().anyMatch(PassiveHealth::concerns) ? new HealthWatch(each, null, Duration.ZERO) : null;
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        passive.start();
        ActiveHealth asking = active;
        if (asking == null) return;
        CompletableFuture<Void> first = asking.start();
        try {
            first.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn(
                    "not all of {} backends were asked within {}: the others are taken to be well",
                    asking.size(),
                    patience);
        }
    }

    @Override
    protected void doStop() throws Exception {
        passive.stop();
        if (active != null) active.stop();
        super.doStop();
    }
}
