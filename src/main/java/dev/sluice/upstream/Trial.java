package dev.sluice.upstream;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What one exchange has tried of a pool, and may try yet. To be used by one thread at a time. */
public final class Trial implements BalancingPolicy.Call {
    private final Pool pool;
    private boolean hashed;
    private long hash;
    private @Nullable String bound;
    private @Nullable Backend last;
    private @Nullable List<Backend> before;
    /** Whether those whose share still grows are passed over at times. */
    private boolean gentle;

    private boolean full;
    private boolean alone;

    Trial(Pool pool) {
        this.pool = pool;
    }

    /** Binds it to one of the backends: the same one for the same value, as long as there is that one. */
    public void hash(long value) {
        hashed = true;
        hash = value;
    }

    /** Binds it to the backend of that id, as long as it can be used. */
    public void bind(String id) {
        bound = id;
    }

    /** It shares no connection with others, whatever they share: it asks for another protocol. */
    public void alone() {
        alone = true;
    }

    /** See {@link #alone()}. */
    boolean isAlone() {
        return alone;
    }

    /** Whether it was given a backend already. */
    boolean hasTried() {
        return last != null;
    }

    /**
     * A lease on the next backend to try; null when there is none left, or none {@linkplain #isFull() with room}. No backend
     * is given twice.
     */
    public @Nullable Lease next() {
        full = false;
        if (pool.isFull()) {
            full = true;
            return null;
        }
        Members members = pool.members();
        Lease lease = fromBound(members);
        if (lease != null) return lease;
        for (BalancingPolicy tier : members.tiers()) {
            gentle = true;
            lease = from(tier);
            if (lease == null && pool.slowStartNanos() > 0) {
                gentle = false;
                lease = from(tier);
            }
            if (lease != null) return lease;
        }
        return null;
    }

    /** Whether {@link #next} gave none only because all that are left have as many exchanges as they may have. */
    public boolean isFull() {
        return full;
    }

    /**
     * Waits for room.
     *
     * @param ready told once, by any thread, of the lease, or of null when others were preferred
     * @return what to call to wait no longer; null when too many wait already
     */
    public @Nullable Runnable await(Consumer<@Nullable Lease> ready) {
        return pool.line().await(this, ready);
    }

    /** A second lease on a backend that was tried already: for a retry on a fresh connection to it. */
    public Lease again(Lease previous) {
        return pool.leaseAgain(previous.backend(), alone);
    }

    private @Nullable Lease fromBound(Members members) {
        if (bound == null) return null;
        Backend backend = members.byId(bound);
        bound = null;
        // One that is drained keeps those that are bound to it; one that fails keeps nobody.
        if (backend == null || !backend.isWell() || backend.isEjected() || tried(backend)) return null;
        return taken(backend);
    }

    private @Nullable Lease from(BalancingPolicy tier) {
        while (true) {
            Backend backend = tier.pick(this);
            if (backend == null) return null;
            Lease lease = taken(backend);
            if (lease != null) return lease;
            // Another exchange took the last room in between; now this one is not accepted any more.
            if (pool.isFull()) return null;
        }
    }

    private @Nullable Lease taken(Backend backend) {
        Lease lease = pool.lease(backend, alone);
        if (lease == null) {
            full = true;
            return null;
        }
        if (last != null) {
            if (before == null) before = new ArrayList<>();
            before.add(last);
        }
        last = backend;
        return lease;
    }

    private boolean tried(Backend backend) {
        return backend == last || (before != null && before.contains(backend));
    }

    @Override
    public boolean accepts(Backend backend) {
        if (tried(backend)) return false;
        if (!backend.hasRoom(alone)) {
            full = true;
            return false;
        }
        if (!gentle || pool.slowStartNanos() == 0) return true;
        double grown = backend.grown();
        return grown >= 1 || pool.chance() < Math.max(grown, Pool.LEAST_SHARE);
    }

    @Override
    public boolean hashed() {
        return hashed;
    }

    @Override
    public long hash() {
        return hash;
    }
}
