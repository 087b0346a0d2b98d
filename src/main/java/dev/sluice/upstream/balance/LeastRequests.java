package dev.sluice.upstream.balance;

import dev.sluice.upstream.Backend;
import dev.sluice.upstream.BalancingPolicy;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The backend with the fewest outstanding requests for its weight; among equals, the one whose turn is next. */
final class LeastRequests implements BalancingPolicy {
    /** How many are compared: the least loaded of so many is as good as the least loaded of thousands, and found sooner. */
    private static final int COMPARED = 100;

    private final Backend[] backends;
    private final int[] weights;
    private final Turns turns;
    private final AtomicInteger turn;

    /** @param turn as for {@link RoundRobin} */
    LeastRequests(List<Backend> backends, AtomicInteger turn) {
        this.backends = backends.toArray(Backend[]::new);
        this.weights = backends.stream().mapToInt(Backend::weight).toArray();
        this.turns = new Turns(weights);
        this.turn = turn;
    }

    @Override
    public @Nullable Backend pick(Call call) {
        int n = backends.length;
        // An idle pool is served in turn, by weight: the first that is idle cannot be bettered.
        int index = turns.at(turn.getAndIncrement());
        Backend best = null;
        long bestOutstanding = 0;
        long bestWeight = 1;
        for (int i = 0; i < n && (i < COMPARED || best == null); i++) {
            Backend backend = backends[index];
            long weight = weights[index];
            if (++index == n) index = 0;
            long outstanding = backend.outstanding();
            if (best != null && outstanding * bestWeight >= bestOutstanding * weight) continue;
            if (!call.accepts(backend)) continue;
            if (outstanding == 0) return backend;
            best = backend;
            bestOutstanding = outstanding;
            bestWeight = weight;
        }
        return best;
    }
}
