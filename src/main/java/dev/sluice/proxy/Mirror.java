package dev.sluice.proxy;

import dev.sluice.config.MirrorConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.upstream.Lease;
import dev.sluice.upstream.Trial;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.NanoTime;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The second pool of a route, to which a share of its requests is sent as well. Nobody waits for it, and its answers are
 * dropped: whatever becomes of a copy, the exchange that it is of does not notice. Safe for use by many threads.
 */
final class Mirror {
    /** Of a body, in bytes. What is longer is not copied. */
    static final int MOST_BODY = 64 << 10;

    /** Of an answer, in bytes. What is longer is broken off. */
    static final long MOST_ANSWER = 1 << 20;

    /** From the beginning of a copy to its end, where the route sets no shorter time. */
    static final Duration MOST_TIME = Duration.ofSeconds(60);

    private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);
    private static final long BETWEEN_WARNINGS = TimeUnit.MINUTES.toNanos(1);

    private final String route;
    private final PoolChoice.Way way;
    private final int percent;
    private final Mirrors all;
    private final LongAdder answered = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder leftOut = new LongAdder();
    private final AtomicLong nextWarning = new AtomicLong(NanoTime.now());

    /**
     * What has become of the requests that were to be copied.
     *
     * @param answered whatever the status
     * @param failed sent, or meant to be, without an answer
     * @param leftOut not sent: too long, or nobody there with room for them
     */
    record Counts(long answered, long failed, long leftOut) {}

    private Mirror(String route, PoolChoice.Way way, int percent, Mirrors all) {
        this.route = route;
        this.way = way;
        this.percent = percent;
        this.all = all;
    }

    /** Null for a route without one. @param ways by the names of pools */
    static @Nullable Mirror of(RouteConfig route, Function<String, PoolChoice.Way> ways, Mirrors all) {
        MirrorConfig config = route.handling().mirror();
        if (config == null) return null;
        return new Mirror(route.name(), ways.apply(config.pool().name()), config.percent(), all);
    }

    Counts counts() {
        return new Counts(answered.sum(), failed.sum(), leftOut.sum());
    }

    Transport transport() {
        return way.transport();
    }

    /**
     * Begins to copy a request.
     *
     * @return null when this one is not copied
     */
    @Nullable
    MirrorTap tap(ReverseProxy proxy, Target target, Request in, boolean hasBody) {
        if (percent < 100 && ThreadLocalRandom.current().nextInt(100) >= percent) return null;
        if (Grpc.speaks(in.getHeaders())) return null; // Calls may go on for hours, both ways.
        if (in.getLength() > MOST_BODY) notCopied("its body is too long");
        else if (!all.enter()) notCopied("too many are under way");
        else return new MirrorTap(this, proxy, target, in, hasBody);
        return null;
    }

    /**
     * One that is ready to be sent, of a request that is there to be looked at. The copy never looks at it again: by then it
     * may be another one's.
     *
     * @return null when there is nobody to send it to
     */
    @Nullable
    MirrorCopy copy(ReverseProxy proxy, Target target, Request in, @Nullable BackendBody body) {
        Lease lease = null;
        try {
            Trial trial = way.pool().trial();
            proxy.affinity().bind(trial, target.by(way), in);
            lease = trial.next();
            if (lease == null) {
                leftOut("no backend has room");
                return null;
            }
            Transport.BackendRequest request =
                    proxy.backendRequests().of(in, body, null, target, lease.backend(), false);
            if (request.headers() instanceof HttpFields.Mutable fields) fields.remove("Expect"); // All of it is there.
            UpstreamConfig waits = target.handling().upstream();
            return new MirrorCopy(this, lease, request, waits.firstByteTimeout(), most(waits.totalTimeout()));
        } catch (RuntimeException e) {
            String why = ProxyFailure.reasonOf(e);
            if (lease != null) lease.unused(why);
            failed(way.pool().name(), why);
            return null;
        }
    }

    private static Duration most(@Nullable Duration total) {
        return total == null || total.compareTo(MOST_TIME) > 0 ? MOST_TIME : total;
    }

    Deadline deadline(Duration total, Runnable passed) {
        return new Deadline(all.timeouts(), NanoTime.now() + total.toNanos(), passed);
    }

    /** Whether its pool is one of those that serve. */
    boolean isInUse() {
        return all.has(way.pool());
    }

    // What becomes of them: one call of these for each that has begun.

    void answered(String backend) {
        all.leave();
        answered.increment();
        LOG.debug("route {}: copied to {}", route, backend);
    }

    void leftOut(String why) {
        all.leave();
        notCopied(why);
    }

    private void notCopied(String why) {
        leftOut.increment();
        LOG.debug("route {}: not copied to pool {}: {}", route, way.pool().name(), why);
    }

    void failed(String where, String why) {
        all.leave();
        failed.increment();
        LOG.debug("route {}: copy to {} failed: {}", route, where, why);
        long now = NanoTime.now();
        long next = nextWarning.get();
        // A pool that is down fails each of them: that is worth a line, and not all of them.
        if (now - next >= 0 && nextWarning.compareAndSet(next, now + BETWEEN_WARNINGS))
            LOG.warn(
                    "route {}: mirroring to pool {} fails, {} so far; last to {}: {}",
                    route,
                    way.pool().name(),
                    failed.sum(),
                    where,
                    why);
    }
}
