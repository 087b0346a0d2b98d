package dev.sluice.upstream.balance;

import dev.sluice.upstream.Backend;
import dev.sluice.upstream.BalancingPolicy.Call;
import org.jspecify.annotations.Nullable;

/** What every policy falls back on when those that it chose were not accepted. */
final class Others {
    /** How many of a large pool a policy chooses by its own rule, before it takes whoever is accepted. */
    static final int CHOICES = 8;

    private Others() {}

    /** The bit of a backend in a set of those asked; beyond 64 of them several share one. */
    static long bit(int index) {
        return 1L << index;
    }

    /**
     * The first that is accepted, from an index on, all around.
     *
     * @param asked the bits of those that were asked already, and not accepted
     */
    static @Nullable Backend of(Backend[] backends, Call call, int from, long asked) {
        int n = backends.length;
        // Where bits are shared nobody is passed over; most of those asked twice say the same twice.
        long known = n <= Long.SIZE ? asked : 0;
        int index = from;
        for (int i = 0; i < n; i++) {
            Backend backend = backends[index];
            if ((known & bit(index)) == 0 && call.accepts(backend)) return backend;
            if (++index == n) index = 0;
        }
        return null;
    }
}
