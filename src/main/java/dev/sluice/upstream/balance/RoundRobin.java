package dev.sluice.upstream.balance;

import dev.sluice.upstream.Backend;
import dev.sluice.upstream.BalancingPolicy;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One backend after the other; each exchange starts one further than the last. Without locks. */
public final class RoundRobin implements BalancingPolicy {
    private final Backend[] backends;
    private final AtomicInteger turn = new AtomicInteger();

    public RoundRobin(List<Backend> backends) {
        this.backends = backends.toArray(Backend[]::new);
    }

    @Override
    public @Nullable Backend pick(Call call) {
        int n = backends.length;
        // floorMod, because the counter may wrap around into the negative.
        int first = n == 1 ? 0 : Math.floorMod(turn.getAndIncrement(), n);
        for (int i = 0; i < n; i++) {
            Backend backend = backends[(first + i) % n];
            if (call.accepts(backend)) return backend;
        }
        return null;
    }
}
