package dev.sluice.upstream;

import dev.sluice.config.BackendConfig;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One upstream server as a member of one pool, with what has been observed of it there. Safe for use by many threads.
 *
 * <p>What is observed belongs to the pool and not to the address: the same server in two pools is two backends.
 */
public final class Backend {
    /** Whether it gets exchanges, and why not. */
    public enum Standing {
        /** It gets its share. */
        USED,
        /** It gets a share that grows. */
        GROWING,
        /** Checks found that it is not well. */
        NOT_WELL,
        /** It is left alone for a while, because of how it served or because it asked for it. */
        EJECTED,
        /** It gets no new exchanges but those of clients that are bound to it. */
        DRAINING
    }

    /** No limit. */
    static final int ANY = Integer.MAX_VALUE;
    /** What a failure counts for where latencies are compared, if it took no longer. */
    private static final long FAILED_NANOS = 1_000_000_000;

    private final Pool pool;
    private final String origin;
    private final String id;
    private final PeakEwma latency = new PeakEwma();
    private final AtomicInteger outstanding = new AtomicInteger();
    private final LongAdder started = new LongAdder();
    private final LongAdder succeeded = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final @Nullable AdaptiveLimit adaptive;
    /** Leases without an answer, which are what an adaptive limit bounds: neither streams nor tunnels keep a backend busy. */
    private final AtomicInteger awaited = new AtomicInteger();

    private final @Nullable ConnectionCount connections;

    private final AtomicInteger ejections = new AtomicInteger();
    private volatile @Nullable Consumer<Lease> observer;
    private volatile BackendConfig config;
    private volatile int limit;
    private volatile boolean well = true;
    private volatile String found = "";
    private volatile boolean ejected;
    private volatile String ejectedFor = "";
    private volatile long ejectedUntil;
    private volatile boolean draining;
    private volatile long growingSince;

    Backend(BackendConfig config, Pool pool) {
        this.config = config;
        this.pool = pool;
        this.origin = config.origin();
        this.id = Ids.of(config);
        this.adaptive = pool.adaptiveLimit();
        this.limit = pool.backendLimit();
        this.connections = pool.countsFor();
    }

    /** What was declared of it. */
    public BackendConfig config() {
        return config;
    }

    /** The same server, declared with another weight for example. */
    void declared(BackendConfig now) {
        config = now;
    }

    /** The pool that it is a member of. */
    public Pool pool() {
        return pool;
    }

    /** Scheme, host and port, as logs name it: {@code http://localhost:8000}. */
    public String origin() {
        return origin;
    }

    /** What sticky cookies call it: says nothing of where it is, and is the same after a restart. */
    public String id() {
        return id;
    }

    /** Its share of the requests of its pool, beside the weights of the others; at least 1. */
    public int weight() {
        return config.weight();
    }

    /** Leases that have not ended. */
    public int outstanding() {
        return outstanding.get();
    }

    /** Leases there have been. */
    public long started() {
        return started.sum();
    }

    /** Leases that ended as a success. */
    public long succeeded() {
        return succeeded.sum();
    }

    /** Leases that ended as a failure of this backend. */
    public long failed() {
        return failed.sum();
    }

    /** How long it lets wait for answers. Fed only when its pool takes times. */
    public PeakEwma latency() {
        return latency;
    }

    /** Whether checks find it well; true until something else was found out. */
    public boolean isWell() {
        return well;
    }

    /** What checks have found out; takes effect with the next lease. */
    public void found(boolean isWell) {
        found(isWell, "");
    }

    /** What checks have found out, and in which words; takes effect with the next lease. */
    public void found(boolean isWell, String why) {
        found = why;
        if (well == isWell) return;
        boolean before = isUsable();
        well = isWell;
        turned(before);
    }

    /** Whether it is left alone for a while because of how it served. */
    public boolean isEjected() {
        return ejected;
    }

    /** Leaves it alone, or no longer; takes effect with the next lease. */
    public void eject(boolean isToBe) {
        if (ejected == isToBe) return;
        boolean before = isUsable();
        if (isToBe) ejections.incrementAndGet();
        ejected = isToBe;
        turned(before);
    }

    /** Leaves it alone, and says why and for how long that is meant to be; {@link #eject} ends it. */
    public void eject(String why, long nanos) {
        ejectedFor = why;
        ejectedUntil = pool.now() + nanos;
        eject(true);
    }

    /** How often it has been ejected. */
    int ejections() {
        return ejections.get();
    }

    /** Whether it gets no new exchanges but those of clients that are bound to it. */
    public boolean isDraining() {
        return draining;
    }

    /**
     * Drains it, or brings it back. Exchanges that it has go on, and clients that a cookie binds to it still come to it.
     * Takes effect with the next lease.
     */
    public void drain(boolean isToBe) {
        if (draining == isToBe) return;
        boolean before = isUsable();
        draining = isToBe;
        turned(before);
    }

    /** Whether it is to be used while others are there. */
    public boolean isUsable() {
        return well && !ejected && !draining;
    }

    /** What keeps exchanges from it, the most lasting first. */
    public Standing standing() {
        if (draining) return Standing.DRAINING;
        if (!well) return Standing.NOT_WELL;
        if (ejected) return Standing.EJECTED;
        return pool.slowStartNanos() > 0 && grown() < 1 ? Standing.GROWING : Standing.USED;
    }

    /** What it and its exchanges are like at this moment. */
    public PoolSnapshot.Member snapshot() {
        Standing now = standing();
        String why = switch (now) {
            case NOT_WELL -> found;
            case EJECTED -> ejectedFor;
            default -> "";
        };
        Duration left =
                now == Standing.EJECTED ? Duration.ofNanos(Math.max(0, ejectedUntil - pool.now())) : Duration.ZERO;
        return new PoolSnapshot.Member(
                origin,
                now,
                why,
                left,
                outstanding(),
                succeeded(),
                failed(),
                limit == ANY ? 0 : limit,
                connections == null ? null : connectionsInUse());
    }

    /**
     * From now on somebody is told of each lease that ends, in the place of who was told before.
     *
     * @param one must not block; null for nobody
     */
    public void observe(@Nullable Consumer<Lease> one) {
        observer = one;
    }

    /** It has said that it closes a connection that it might have kept, or takes no more requests on it. */
    public void closes(boolean whole) {
        pool.closes(this, whole);
    }

    private void turned(boolean before) {
        boolean now = isUsable();
        if (now && !before) grows();
        pool.changed();
    }

    /** Its share begins to grow, where the pool has a slow start. */
    void grows() {
        growingSince = pool.slowStartNanos() == 0 ? 0 : nonZero(pool.now());
    }

    /** Which part of its share it has reached, up to 1. */
    double grown() {
        long since = growingSince;
        if (since == 0) return 1;
        double part = (double) (pool.now() - since) / pool.slowStartNanos();
        if (part < 1) return part;
        growingSince = 0;
        return 1;
    }

    /** How many leases it may have at a time. */
    public int limit() {
        return limit;
    }

    /** Takes effect with the next lease; those beyond it end by themselves. */
    public void limit(int most) {
        limit = most;
    }

    /** Connections that are in use; 0 where its pool has no limit of them. */
    public int connectionsInUse() {
        return connections == null ? 0 : connections.inUse();
    }

    /** How many of them its pool allows; {@link Integer#MAX_VALUE} for any. */
    public int mostConnections() {
        return connections == null ? ANY : connections.most();
    }

    /** A connection that many exchanges share is open from now on; null where nobody counts them. */
    public @Nullable SharedConnection sharedConnection() {
        return connections == null ? null : new SharedConnection(this, connections);
    }

    /** Whether such a connection is open, and takes more exchanges. */
    public boolean sharesConnections() {
        return connections != null && connections.isShared();
    }

    void connectionNotNeeded() {
        if (connections != null) connections.giveBack();
    }

    /** @param alone for an exchange that shares no connection with others */
    boolean hasRoom(boolean alone) {
        ConnectionCount own = ownConnections(alone);
        if (own != null && !own.hasRoom()) return false;
        if (adaptive != null && awaited.get() >= limit) return false;
        int most = adaptive == null ? limit : pool.mostOfBackend();
        return most == ANY || outstanding.get() < most;
    }

    /** A lease, or null when there is no room. */
    @Nullable
    Lease lease(boolean alone) {
        ConnectionCount own = ownConnections(alone);
        if (own != null && !own.take()) return null;
        int most = adaptive == null ? limit : pool.mostOfBackend();
        if (entered(outstanding, most)) {
            if (adaptive == null || entered(awaited, limit)) return leased(own != null);
            outstanding.decrementAndGet();
        }
        if (own != null) own.giveBack();
        return null;
    }

    /** Null where a lease takes no connection of its own: there is no limit, or those that there are are shared. */
    private @Nullable ConnectionCount ownConnections(boolean alone) {
        return connections == null || (!alone && connections.isShared()) ? null : connections;
    }

    static boolean entered(AtomicInteger count, int most) {
        if (most == ANY) {
            count.incrementAndGet();
            return true;
        }
        int now = count.get();
        while (now < most) {
            if (count.compareAndSet(now, now + 1)) return true;
            now = count.get();
        }
        return false;
    }

    /** A lease for an exchange that has just given one back. */
    Lease leaseAgain(boolean alone) {
        outstanding.incrementAndGet();
        if (adaptive != null) awaited.incrementAndGet();
        ConnectionCount own = ownConnections(alone);
        if (own != null) own.add();
        return leased(own != null);
    }

    private Lease leased(boolean ownConnection) {
        started.increment();
        return new Lease(this, pool.takesTimes() ? nonZero(pool.now()) : 0, adaptive != null, ownConnection);
    }

    void awaitedNoLonger() {
        awaited.decrementAndGet();
        pool.line().serve();
    }

    private static long nonZero(long nanos) {
        return nanos == 0 ? 1 : nanos;
    }

    /** @return the latency in nanoseconds, or -1 when no times are taken */
    long answered(long since) {
        if (since == 0) return -1;
        long now = pool.now();
        long took = Math.max(0, now - since);
        latency.observe(took, now);
        if (adaptive != null) limit = adaptive.answered(took, awaited.get(), now);
        return took;
    }

    /** One that refuses at once must not look like the fastest. */
    private void waitedInVain(long since) {
        long now = pool.now();
        latency.observe(Math.max(FAILED_NANOS, now - since), now);
    }

    void ended(Lease lease, Lease.Outcome outcome) {
        outstanding.decrementAndGet();
        if (adaptive != null
                && outcome != Lease.Outcome.UNUSED
                && AdaptiveLimit.isTooMuch(lease.fault(), lease.status())) {
            adaptive.failed();
            limit = adaptive.limit();
        }
        switch (outcome) {
            case SUCCESS -> succeeded.increment();
            case FAILURE -> {
                failed.increment();
                // One that broke off in the middle of its answer had let nobody wait for that.
                if (lease.since() != 0 && lease.latency() < 0) waitedInVain(lease.since());
            }
            case UNUSED -> {
                // Says nothing about the backend: it never saw the request, or the client left.
            }
        }
        Consumer<Lease> told = observer;
        if (told != null) told.accept(lease);
        pool.ended(this, lease);
    }

    @Override
    public String toString() {
        return origin();
    }
}
