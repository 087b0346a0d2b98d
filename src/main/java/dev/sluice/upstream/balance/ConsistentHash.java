package dev.sluice.upstream.balance;

import dev.sluice.upstream.Backend;
import dev.sluice.upstream.BalancingPolicy;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The same backend for the same hash, as long as it is there and has no more than its share of what is outstanding; then the
 * next one, which is the same one each time too (consistent hashing with bounded loads, Mirrokni and others, 2016). Requests
 * without a hash go anywhere.
 */
final class ConsistentHash implements BalancingPolicy {
    /** How far behind its slot a hash looks for owners. */
    private static final int SLOTS = 128;
    /** Backends for each of which the sum of outstanding requests may be old by one pick. */
    private static final int SUMMED_AT_ONCE = 16;

    private final Backend[] backends;
    private final int[] weights;
    private final long weightOfAll;
    private final SlotTable table;
    private final int boundPercent;
    private final BalancingPolicy unbound;
    private final AtomicInteger picks = new AtomicInteger();
    private volatile long outstanding;

    ConsistentHash(List<Backend> unordered, int boundPercent, LongSupplier random) {
        List<Backend> all =
                unordered.stream().sorted(Comparator.comparing(Backend::id)).toList();
        this.backends = all.toArray(Backend[]::new);
        this.weights = all.stream().mapToInt(Backend::weight).toArray();
        long sum = 0;
        for (int weight : weights) sum += weight;
        this.weightOfAll = sum;
        this.table = new SlotTable(all.stream().map(Backend::id).toArray(String[]::new), weights);
        this.boundPercent = boundPercent;
        this.unbound = new RandomPick(all, random);
    }

    @Override
    public @Nullable Backend pick(Call call) {
        if (!call.hashed()) return unbound.pick(call);
        int slot = table.slot(call.hash());
        int most = Math.min(backends.length, Long.SIZE);
        int spare = -1;
        long seen = 0;
        long asked = 0;
        for (int i = 0; i < SLOTS && Long.bitCount(seen) < most; i++) {
            int index = table.owner(slot + i);
            long bit = Others.bit(index);
            if ((seen & bit) != 0) continue;
            seen |= bit;
            if (isWithinBound(index)) {
                asked |= bit;
                if (call.accepts(backends[index])) return backends[index];
            } else if (spare < 0) {
                spare = index;
            }
        }
        // The bound spreads load; it is no reason to refuse anybody.
        return Others.of(backends, call, spare < 0 ? table.owner(slot) : spare, asked);
    }

    /** Whether one more would be at most its part, by weight, of so many percent of all that are outstanding, rounded up. */
    private boolean isWithinBound(int index) {
        long own = backends[index].outstanding();
        if (own == 0) return true;
        return own * 100 * weightOfAll < (outstanding() + 1) * boundPercent * weights[index];
    }

    /** Of all; in large pools as it was a few picks ago, because to look at each of them takes its time. */
    private long outstanding() {
        int every = Math.max(1, backends.length / SUMMED_AT_ONCE);
        int pick = picks.getPlain();
        // Threads may lose each other's counts, which makes the sum older by as many.
        picks.setPlain(pick + 1);
        if (every > 1 && pick % every != 0) return outstanding;
        long sum = 0;
        for (Backend backend : backends) sum += backend.outstanding();
        outstanding = sum;
        return sum;
    }
}
