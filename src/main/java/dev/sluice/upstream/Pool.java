package dev.sluice.upstream;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.BalanceConfig;
import dev.sluice.config.HealthConfig;
import dev.sluice.config.LimitsConfig;
import dev.sluice.config.PoolConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The backends that serve one route or several, and the policy by which one of them is picked. Who they are and who of them
 * is usable changes as a whole, in one step. Safe for use by many threads; a pick takes no lock.
 */
public final class Pool {
    /** Of its share, for a backend whose share has just begun to grow: without any request nothing would warm up. */
    static final double LEAST_SHARE = 0.05;

    /** Who wants to know what happens in a pool. Must not block; may be told by any thread. */
    public interface Watcher {
        /** A backend is a member from now on, or has been before anybody watched. */
        default void joined(Backend backend) {}

        /** A backend is no member any more. Exchanges that it has go on. */
        default void left(Backend backend) {}

        /** A lease has ended. */
        default void ended(Lease lease) {}

        /**
         * A backend has said that it closes a connection that it might have kept.
         *
         * @param whole whether it was one of many exchanges at a time (HTTP/2)
         */
        default void closes(Backend backend, boolean whole) {}
    }

    /**
     * What it depends on.
     *
     * @param clock nanoseconds since any moment
     * @param chance evenly distributed from 0 to 1
     */
    public record Means(LongSupplier clock, DoubleSupplier chance) {
        static final Means USUAL =
                new Means(System::nanoTime, () -> ThreadLocalRandom.current().nextDouble());
    }

    private volatile PoolConfig config;
    private final Function<List<Backend>, BalancingPolicy> policy;
    private final Means means;
    private final long slowStartNanos;
    private final boolean takesTimes;
    private final int mostOutstanding;
    private final AtomicInteger outstanding = new AtomicInteger();
    private final @Nullable ConnectionCount connections;
    private final WaitingLine line;
    private volatile RetryBudget budget;
    private final List<Watcher> watchers = new CopyOnWriteArrayList<>();
    private List<Backend> listed; // guarded by this
    private List<Backend> discovered = List.of(); // guarded by this
    private List<BackendConfig> found = List.of(); // guarded by this
    private volatile Members members;

    /**
     * @param config with at least one backend, or a place where to find some
     * @param policy makes the policy for some of its backends, each time those change
     */
    public Pool(PoolConfig config, Function<List<Backend>, BalancingPolicy> policy, Means means) {
        if (config.backends().isEmpty() && config.discoveries().isEmpty())
            throw new IllegalArgumentException(config.name() + ": no backends (expected: at least one)");
        this.config = config;
        this.policy = policy;
        this.means = means;
        BalanceConfig balance = config.balance();
        LimitsConfig limits = config.limits();
        slowStartNanos = balance.slowStart().toNanos();
        takesTimes = balance.policy() == BalanceConfig.Policy.PEAK_EWMA || limits.adaptive() != null;
        mostOutstanding = limits.poolRequests() == 0 ? Backend.ANY : limits.poolRequests();
        connections = limits.limitsConnections()
                ? new ConnectionCount(limits.poolConnections() == 0 ? Backend.ANY : limits.poolConnections(), null)
                : null;
        line = new WaitingLine(limits, means.clock());
        budget = new RetryBudget(config.retries(), means.clock().getAsLong(), 0);
        listed = config.backends().stream().map(b -> new Backend(b, this)).toList();
        members = Members.of(listed, balance, policy);
    }

    /** With the system's clock and chance. */
    public Pool(PoolConfig config, Function<List<Backend>, BalancingPolicy> policy) {
        this(config, policy, Means.USUAL);
    }

    /** One whose backends are taken to be well. */
    public Pool(String name, List<BackendConfig> members, Function<List<Backend>, BalancingPolicy> policy) {
        this(PoolConfig.of(name, members), policy);
    }

    /**
     * The pools of so many routes, in their order. What is declared for several of them is one pool.
     *
     * @param policies says how a pool's policy is made
     * @throws IllegalArgumentException when two differ that have the same name
     */
    public static List<Pool> all(
            List<PoolConfig> configs, Function<BalanceConfig, Function<List<Backend>, BalancingPolicy>> policies) {
        Map<String, PoolConfig> known = new HashMap<>();
        Map<String, Pool> made = new HashMap<>();
        List<Pool> pools = new ArrayList<>();
        for (PoolConfig config : configs) {
            PoolConfig first = known.putIfAbsent(config.name(), config);
            if (first != null && !first.equals(config))
                throw new IllegalArgumentException(
                        "two pools are named " + config.name() + " (expected: one of each name)");
            pools.add(made.computeIfAbsent(config.name(), name -> new Pool(config, policies.apply(config.balance()))));
        }
        return List.copyOf(pools);
    }

    public String name() {
        return config.name();
    }

    /** What was declared of it. */
    public PoolConfig config() {
        return config;
    }

    /** Its members at this moment, those that are drained included. */
    public List<Backend> backends() {
        return members.all();
    }

    /** How its backends are asked whether they are well, or null when they are not. */
    public @Nullable HealthConfig health() {
        return config.health();
    }

    /** Whether so few backends are usable that all are tried. */
    public boolean panics() {
        return Members.panics(members.all(), config.balance().panicPercent());
    }

    /** Exchanges that wait for room. */
    public int waiting() {
        return line.length();
    }

    /** Whether one more request may be tried again that a backend may have worked for; if so it counts. */
    public boolean mayRetry() {
        return budget.take(now(), started());
    }

    private long started() {
        long started = 0;
        for (Backend backend : members.all()) started += backend.started();
        return started;
    }

    /** The order of trial for one exchange. */
    public Trial trial() {
        return new Trial(this);
    }

    /** From now on somebody is told what happens; at once of the members that there are. */
    public synchronized void watch(Watcher watcher) {
        watchers.add(watcher);
        members.all().forEach(watcher::joined);
    }

    /** From now on it is told nothing more, but for what is just being told. */
    public synchronized void unwatch(Watcher watcher) {
        watchers.remove(watcher);
    }

    /**
     * The backends that have been discovered, in the place of those discovered before. Those that stay, stay as they are with
     * what is known of them. Those that have gone get no more exchanges, and finish what they have. Those that are listed in
     * the configuration are members in any case.
     */
    public synchronized void found(List<BackendConfig> now) {
        found = List.copyOf(now);
        turnover(config.backends());
    }

    /** Those that were found last, whether they are members or not. */
    public synchronized List<BackendConfig> found() {
        return found;
    }

    /** Whether all that is declared of it is the same, but for what {@link #declare} takes over. */
    public boolean canBecome(PoolConfig other) {
        return config.withBackends(other.backends())
                .withRetries(other.retries())
                .withLimits(config.limits().withQueueOf(other.limits()))
                .equals(other);
    }

    /**
     * What is declared of it from now on: other backends that are listed, in the way of {@link #found}; other rules for a
     * second try, for exchanges to come; another queue, from which nobody is sent away.
     *
     * @throws IllegalArgumentException when something else differs
     */
    public synchronized void declare(PoolConfig other) {
        if (!canBecome(other)) throw new IllegalArgumentException(name() + ": more differs than can be declared anew");
        // What has been spent stays so where the rules are the same.
        if (!other.retries().equals(config.retries())) budget = new RetryBudget(other.retries(), now(), started());
        line.most(other.limits().queue());
        config = other;
        turnover(other.backends());
    }

    /** Those to be listed, and those found last, in the place of the members that there are. */
    private void turnover(List<BackendConfig> toBeListed) {
        Map<String, Backend> before = new HashMap<>();
        members.all().forEach(b -> before.put(b.id(), b));
        Map<String, Backend> after = new LinkedHashMap<>();
        List<Backend> joined = new ArrayList<>();
        for (BackendConfig one : toBeListed) enter(one, before, after, joined);
        listed = List.copyOf(after.values());
        for (BackendConfig one : found) enter(one, before, after, joined);
        discovered = after.values().stream().skip(listed.size()).toList();
        List<Backend> left = new ArrayList<>(before.values());
        left.removeAll(after.values());
        // Who is to say whether they are well hears of them before anybody can use them.
        joined.forEach(b -> watchers.forEach(w -> w.joined(b)));
        changed();
        left.forEach(b -> watchers.forEach(w -> w.left(b)));
    }

    private void enter(
            BackendConfig one, Map<String, Backend> before, Map<String, Backend> after, List<Backend> joined) {
        String id = Ids.of(one);
        if (after.containsKey(id)) return;
        Backend known = before.get(id);
        if (known == null) {
            known = new Backend(one, this);
            if (!before.isEmpty()) known.grows();
            joined.add(known);
        } else {
            known.declared(one);
        }
        after.put(id, known);
    }

    /** Something about its backends has changed. */
    void changed() {
        synchronized (this) {
            List<Backend> all = new ArrayList<>(listed);
            all.addAll(discovered);
            members = Members.of(all, config.balance(), policy);
        }
        line.serve();
    }

    void ended(Backend backend, Lease lease) {
        if (mostOutstanding != Backend.ANY) outstanding.decrementAndGet();
        for (Watcher watcher : watchers) watcher.ended(lease);
        line.serve();
    }

    /** @param alone for an exchange that shares no connection with others */
    @Nullable
    Lease lease(Backend backend, boolean alone) {
        boolean counts = mostOutstanding != Backend.ANY;
        if (counts && !Backend.entered(outstanding, mostOutstanding)) return null;
        Lease lease = backend.lease(alone);
        if (lease != null) return lease;
        if (counts) outstanding.decrementAndGet();
        // What was taken for a moment, here or of the backend, may be what somebody was refused for.
        line.serve();
        return null;
    }

    /** Counts one that needs no room because it has just given back what it had. */
    Lease leaseAgain(Backend backend, boolean alone) {
        if (mostOutstanding != Backend.ANY) outstanding.incrementAndGet();
        return backend.leaseAgain(alone);
    }

    boolean isFull() {
        return mostOutstanding != Backend.ANY && outstanding.get() >= mostOutstanding;
    }

    void closes(Backend backend, boolean whole) {
        for (Watcher watcher : watchers) watcher.closes(backend, whole);
    }

    /** What it and its backends are like at this moment. */
    public PoolSnapshot snapshot() {
        List<PoolSnapshot.Member> each =
                members.all().stream().map(Backend::snapshot).toList();
        return new PoolSnapshot(name(), each, waiting(), panics());
    }

    int backendLimit() {
        LimitsConfig.Adaptive adaptive = config.limits().adaptive();
        return adaptive == null ? mostOfBackend() : Math.min(mostOfBackend(), adaptive.start());
    }

    /** Leases that one backend may have, whatever it bears. */
    int mostOfBackend() {
        int most = config.limits().backendRequests();
        return most == 0 ? Backend.ANY : most;
    }

    /** Connections to all of its backends that are in use; 0 where it has no limit of them. */
    public int connectionsInUse() {
        return connections == null ? 0 : connections.inUse();
    }

    /** How many of them there may be; {@link Integer#MAX_VALUE} for any. */
    public int mostConnections() {
        return connections == null ? Backend.ANY : connections.most();
    }

    /** What counts the connections to one backend, or null when nobody wants to know. */
    @Nullable
    ConnectionCount countsFor() {
        if (connections == null) return null;
        int most = config.limits().backendConnections();
        return new ConnectionCount(most == 0 ? Backend.ANY : most, connections);
    }

    /** What finds out how much a backend bears, or null when nobody wants to know. */
    @Nullable
    AdaptiveLimit adaptiveLimit() {
        LimitsConfig.Adaptive adaptive = config.limits().adaptive();
        if (adaptive == null) return null;
        int most = Math.min(adaptive.most(), mostOfBackend());
        return new AdaptiveLimit(Math.min(adaptive.least(), most), most, Math.min(adaptive.start(), most));
    }

    Members members() {
        return members;
    }

    WaitingLine line() {
        return line;
    }

    boolean takesTimes() {
        return takesTimes;
    }

    long slowStartNanos() {
        return slowStartNanos;
    }

    /** The moment, in nanoseconds of its clock. */
    public long now() {
        return means.clock().getAsLong();
    }

    double chance() {
        return means.chance().getAsDouble();
    }
}
