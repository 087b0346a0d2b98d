package dev.sluice.upstream.balance;

import dev.sluice.upstream.Backend;
import dev.sluice.upstream.BalancingPolicy;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Of two backends at random the one that promises the shorter wait: its latency, times the requests that are in line for each
 * unit of its weight, this one included. Two are enough to stay away from slow ones, and unlike the best of all they are not
 * the same two for every proxy at the same moment.
 */
final class PowerOfTwo implements BalancingPolicy {
    /** More than any latency in microseconds: who has not answered its first request gets no second one meanwhile. */
    private static final double UNKNOWN = 1e15;

    private final Backend[] backends;
    /** By the mean of the weights, so that only how they relate counts. */
    private final double[] capacity;

    private final Draw draw;
    private final LongSupplier random;

    PowerOfTwo(List<Backend> backends, LongSupplier random) {
        int[] weights = backends.stream().mapToInt(Backend::weight).toArray();
        double mean = Arrays.stream(weights).average().orElse(1);
        this.backends = backends.toArray(Backend[]::new);
        this.capacity = Arrays.stream(weights).mapToDouble(w -> w / mean).toArray();
        this.draw = new Draw(weights);
        this.random = random;
    }

    @Override
    public @Nullable Backend pick(Call call) {
        int n = backends.length;
        if (n == 1) return call.accepts(backends[0]) ? backends[0] : null;
        long now = backends[0].pool().now();
        long asked = 0;
        for (int i = 0; i < Others.CHOICES / 2; i++) {
            int one = draw.of(random.getAsLong());
            int two = another(one);
            boolean first = cost(one, now) <= cost(two, now);
            int better = first ? one : two;
            int worse = first ? two : one;
            if ((asked & Others.bit(better)) == 0 && call.accepts(backends[better])) return backends[better];
            asked |= Others.bit(better);
            if ((asked & Others.bit(worse)) == 0 && call.accepts(backends[worse])) return backends[worse];
            asked |= Others.bit(worse);
        }
        return Others.of(backends, call, Draw.below(n, random.getAsLong()), asked);
    }

    private int another(int than) {
        int n = backends.length;
        if (n == 2) return 1 - than;
        for (int i = 0; i < Others.CHOICES; i++) {
            int index = draw.of(random.getAsLong());
            if (index != than) return index;
        }
        // One that is so heavy that it comes nearly always.
        int index = Draw.below(n - 1, random.getAsLong());
        return index < than ? index : index + 1;
    }

    private double cost(int index, long now) {
        Backend backend = backends[index];
        int outstanding = backend.outstanding();
        float micros = backend.latency().micros(now);
        if (micros == 0) return outstanding == 0 ? 0 : UNKNOWN * outstanding;
        return micros * (1 + outstanding / capacity[index]);
    }
}
