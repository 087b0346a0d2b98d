package dev.sluice.upstream.health;

import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Pool;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What operators read of backends that are left alone. */
final class HealthLog {
    private static final Logger LOG = LoggerFactory.getLogger("health");

    private HealthLog() {}

    static void leftAlone(Pool pool, Backend backend, String why, long nanos) {
        LOG.warn("{}: is left alone for {}: {}; {}", name(pool, backend), text(nanos), why, left(pool));
        if (pool.panics())
            LOG.warn("pool {}: so few backends are usable that all are tried; {}", pool.name(), left(pool));
    }

    static void spared(Pool pool, Backend backend, String why) {
        LOG.warn("{}: is used all the same, as too few others are: {}; {}", name(pool, backend), why, left(pool));
    }

    static void usedAgain(Pool pool, Backend backend) {
        LOG.info("{}: is no longer left alone", name(pool, backend));
    }

    static String name(Pool pool, Backend backend) {
        return "pool " + pool.name() + ", backend " + backend.origin();
    }

    private static String left(Pool pool) {
        long usable = pool.backends().stream().filter(Backend::isUsable).count();
        return usable + " of " + pool.backends().size() + " left";
    }

    private static String text(long nanos) {
        long millis = TimeUnit.NANOSECONDS.toMillis(nanos);
        return millis < 10_000 && millis % 1000 != 0 ? millis + " ms" : millis / 1000 + " s";
    }
}
