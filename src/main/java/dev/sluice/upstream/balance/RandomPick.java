package dev.sluice.upstream.balance;

import dev.sluice.upstream.Backend;
import dev.sluice.upstream.BalancingPolicy;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Any backend, as often as its weight says. Needs nothing that threads share. */
final class RandomPick implements BalancingPolicy {
    private final Backend[] backends;
    private final Draw draw;
    private final LongSupplier random;

    RandomPick(List<Backend> backends, LongSupplier random) {
        this.backends = backends.toArray(Backend[]::new);
        this.draw = new Draw(backends.stream().mapToInt(Backend::weight).toArray());
        this.random = random;
    }

    @Override
    public @Nullable Backend pick(Call call) {
        long asked = 0;
        for (int i = 0; i < Others.CHOICES; i++) {
            int index = draw.of(random.getAsLong());
            if ((asked & Others.bit(index)) != 0) continue;
            asked |= Others.bit(index);
            if (call.accepts(backends[index])) return backends[index];
        }
        return Others.of(backends, call, Draw.below(backends.length, random.getAsLong()), asked);
    }
}
