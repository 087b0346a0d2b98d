package dev.sluice.upstream;

import org.jspecify.annotations.Nullable;

/**
 * Chooses one of some backends. Made anew whenever those change, so that it may compute in advance; what is to outlive that
 * is kept in the backends, or by who makes it. Safe for use by many threads, without locks, and without objects made for a choice.
 */
public interface BalancingPolicy {
    /** One of the backends that the call accepts, or null when it accepts none of them. */
    @Nullable
    Backend pick(Call call);

    /** An exchange that needs a backend. */
    interface Call {
        /**
         * Whether this backend may be chosen: it has room, and was not tried before. A look and no more, but not always the
         * same for the same backend: to be asked once for each in a choice, and again in the next.
         */
        boolean accepts(Backend backend);

        /** Whether the exchange belongs to one of the backends rather than to any. */
        boolean hashed();

        /** To which one: the same for the same client, or whatever is configured. Without meaning unless hashed. */
        long hash();
    }
}
