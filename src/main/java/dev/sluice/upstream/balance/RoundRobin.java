package dev.sluice.upstream.balance;

import dev.sluice.upstream.Backend;
import dev.sluice.upstream.BalancingPolicy;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One backend after the other, as often as its weight says; each exchange takes the next turn. The turn of one that is not
 * accepted is nobody's, so that what it cannot take is spread over all others rather than left to the one behind it.
 */
public final class RoundRobin implements BalancingPolicy {
    private final Backend[] backends;
    private final Turns turns;
    private final AtomicInteger turn;

    public RoundRobin(List<Backend> backends) {
        this(backends, new AtomicInteger());
    }

    /** @param turn that it is. Kept from one set of backends to the next, or else a set that changes often begins too often */
    RoundRobin(List<Backend> backends, AtomicInteger turn) {
        this.backends = backends.toArray(Backend[]::new);
        this.turns = new Turns(backends);
        this.turn = turn;
    }

    @Override
    public @Nullable Backend pick(Call call) {
        int n = backends.length;
        int most = Math.min(n, Others.CHOICES);
        int now = 0;
        long asked = 0;
        for (int i = 0; i < most; i++) {
            now = turn.getAndIncrement();
            int index = turns.at(now);
            if ((asked & Others.bit(index)) != 0) continue;
            asked |= Others.bit(index);
            if (call.accepts(backends[index])) return backends[index];
        }
        // Behind one that is heavy would always be the same one.
        int from = (int) ((now * 0x9E37_79B9L & 0xffff_ffffL) * n >>> 32);
        return Others.of(backends, call, from, asked);
    }
}
