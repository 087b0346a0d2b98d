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
        List<Backend> usable = usable();
        // floorMod, because the counter may wrap around into the negative.
        int first = usable.size() == 1 ? 0 : Math.floorMod(turn.getAndIncrement(), usable.size());
        return new Iterator<>() {
            private int offered;

            @Override
            public boolean hasNext() {
                return offered < usable.size();
            }

            @Override
            public Backend next() {
                if (!hasNext()) throw new NoSuchElementException();
                return usable.get((first + offered++) % usable.size());
            }
        };
    }

    /** Without those that are not well the others take equal shares. Usually all are, and nothing is copied. */
    private List<Backend> usable() {
        for (Backend backend : backends) {
            if (!backend.isWell()) {
                List<Backend> well = backends.stream().filter(Backend::isWell).toList();
                return well.isEmpty() ? backends : well;
            }
        }
        return backends;
    }
}
