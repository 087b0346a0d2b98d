package dev.sluice.upstream.balance;

import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Pool.BalancingPolicy;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicInteger;

/** One backend after the other; each exchange starts one further than the last. Without locks. */
public final class RoundRobin implements BalancingPolicy {
    private final List<Backend> backends;
    private final AtomicInteger turn = new AtomicInteger();

    public RoundRobin(List<Backend> backends) {
        this.backends = List.copyOf(backends);
    }

    @Override
    public Iterator<Backend> candidates() {
        // floorMod, because the counter may wrap around into the negative.
        int first = backends.size() == 1 ? 0 : Math.floorMod(turn.getAndIncrement(), backends.size());
        return new Iterator<>() {
            private int offered;

            @Override
            public boolean hasNext() {
                return offered < backends.size();
            }

            @Override
            public Backend next() {
                if (!hasNext()) throw new NoSuchElementException();
                return backends.get((first + offered++) % backends.size());
            }
        };
    }
}
