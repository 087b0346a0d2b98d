package dev.sluice.proxy;

import dev.sluice.upstream.Pool;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks for, and of whom.
 *
 * @param handling what its route says
 * @param pool one of those of the route
 * @param transport what carries requests to the pool
 * @param path raw, as a backend shall get it, before the backend's own base path
 * @param query raw, or null
 * @param maxForwards what {@code Max-Forwards} becomes, or -1 to leave it alone
 */
record Target(
        Handling handling,
        Pool pool,
        Transport transport,
        String path,
        @Nullable String query,
        int maxForwards) {
    /** The same by another way. */
    Target by(PoolChoice.Way way) {
        return new Target(handling, way.pool(), way.transport(), path, query, maxForwards);
    }

    /** Its name, for logs. */
    String route() {
        return handling.route();
    }

    /** How long the exchanges of the route take. */
    Outlook outlook() {
        return handling.outlook();
    }

    /** From the start of a drain to the moment at which what can be ended in order is; null for its deadline. */
    @Nullable
    Duration drain() {
        return handling.drain();
    }
}
