package dev.sluice.upstream.health;

import dev.sluice.config.HealthConfig;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.health.Probe.Finding;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the backends of the pools that want it, each in its interval and all at the same time, and tells them whether they
 * are well. One check of a backend begins when the one before has ended, so there is never more than one of each.
 *
 * <p>Time and chance are parameters. Safe for use by many threads; never blocks.
 */
public final class ActiveHealth {
    private static final Logger LOG = LoggerFactory.getLogger("health");
    /** By which part of it an interval is longer or shorter, so that many proxies do not ask in step. */
    private static final double JITTER = 0.1;

    /** What runs something later. */
    public interface Timer {
        /** @param task short, and never blocks */
        void in(long nanos, Runnable task);
    }

    /**
     * What it depends on.
     *
     * @param probe how backends are asked
     * @param timer when
     * @param clock nanoseconds since any moment
     * @param chance evenly distributed from 0 to 1
     */
    public record Means(Probe probe, Timer timer, LongSupplier clock, DoubleSupplier chance) {}

    private final Means means;
    private final List<Membership> memberships;
    private final Map<Backend, Watched> watched = new LinkedHashMap<>(); // guarded by itself
    private boolean started; // guarded by watched
    private volatile boolean stopped;

    /** @param pools those without health are left alone */
    public ActiveHealth(List<Pool> pools, Means means) {
        this.means = means;
        List<Membership> all = new ArrayList<>();
        for (Pool pool : pools) {
            HealthConfig how = pool.health();
            if (how != null) all.add(new Membership(pool, how));
        }
        memberships = List.copyOf(all);
        memberships.forEach(one -> one.pool.watch(one));
    }

    /** Those who come while it runs are asked at once, and those who go are asked no more. */
    private final class Membership implements Pool.Watcher {
        private final Pool pool;
        private final HealthConfig how;

        Membership(Pool pool, HealthConfig how) {
            this.pool = pool;
            this.how = how;
        }

        @Override
        public void joined(Backend backend) {
            Watched one = new Watched(pool, backend, how);
            boolean late;
            synchronized (watched) {
                watched.put(backend, one);
                late = started;
            }
            if (late) one.ask();
        }

        @Override
        public void left(Backend backend) {
            Watched gone;
            synchronized (watched) {
                gone = watched.remove(backend);
            }
            if (gone != null) gone.left = true;
        }
    }

    /** How many backends are asked. */
    public int size() {
        synchronized (watched) {
            return watched.size();
        }
    }

    /**
     * Begins to ask.
     *
     * @return completes when every backend has been asked once, which takes no longer than the longest timeout of a check
     */
    public CompletableFuture<Void> start() {
        List<Watched> all;
        synchronized (watched) {
            started = true;
            all = List.copyOf(watched.values());
        }
        return CompletableFuture.allOf(all.stream().map(Watched::ask).toArray(CompletableFuture[]::new));
    }

    /** No check begins any more. What is on its way ends by itself, and nobody hears of it. */
    public void stop() {
        stopped = true;
        memberships.forEach(one -> one.pool.unwatch(one));
    }

    /** One backend of one pool. */
    private final class Watched {
        private final Pool pool;
        private final Backend backend;
        private final HealthConfig how;
        // One check at a time, and each begins after the one before.
        private volatile HealthState state = HealthState.UNKNOWN;
        private volatile long since;
        private volatile boolean left;

        Watched(Pool pool, Backend backend, HealthConfig how) {
            this.pool = pool;
            this.backend = backend;
            this.how = how;
        }

        CompletableFuture<?> ask() {
            return means.probe().ask(backend, how).handle((finding, failure) -> {
                heard(finding == null ? Finding.failed(String.valueOf(failure)) : finding);
                return null;
            });
        }

        private void heard(Finding finding) {
            if (stopped || left) return;
            HealthState before = state;
            HealthState now = before.after(finding.passed(), how.rise(), how.fall());
            state = now;
            if (!before.known() || before.well() != now.well()) turned(before, now, finding.reason());
            else if (!finding.passed() && now.well())
                LOG.info("{}: check failed, {} of {}: {}", name(), now.against(), how.fall(), finding.reason());
            means.timer().in(pause(), this::askAgain);
        }

        private void askAgain() {
            if (!stopped && !left) ask();
        }

        private void turned(HealthState before, HealthState now, String reason) {
            long at = means.clock().getAsLong();
            String lasted = before.known() ? text(Duration.ofNanos(at - since)) : null;
            since = at;
            backend.found(now.well(), reason);
            long well = pool.backends().stream().filter(Backend::isWell).count();
            if (!now.well())
                LOG.warn(
                        "{}: is not used any more: {}; {} of {} left",
                        name(),
                        reason,
                        well,
                        pool.backends().size());
            else if (lasted != null)
                LOG.info("{}: is used again after {}: {}; {} of {} there", name(), lasted, reason, well, size(pool));
            else LOG.debug("{}: is well: {}", name(), reason);
            if (pool.panics())
                LOG.warn("pool {}: {} of {} backends are well, so that all are tried", pool.name(), well, size(pool));
        }

        private String name() {
            return "pool " + pool.name() + ", backend " + backend.origin();
        }

        private long pause() {
            double factor = 1 + JITTER * (2 * means.chance().getAsDouble() - 1);
            return (long) (how.interval().toNanos() * factor);
        }
    }

    private static int size(Pool pool) {
        return pool.backends().size();
    }

    private static @Nullable String text(Duration lasted) {
        long millis = TimeUnit.NANOSECONDS.toMillis(lasted.toNanos());
        return millis < 10_000 ? millis + " ms" : millis / 1000 + " s";
    }
}
