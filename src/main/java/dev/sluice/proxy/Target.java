package dev.sluice.proxy;

import dev.sluice.upstream.Pool;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks for, and of whom.
 *
 * @param route its name, for logs
 * @param transport what carries requests to the pool
 * @param outlook how long the exchanges of the route take
 * @param path raw, as a backend shall get it, before the backend's own base path
 * @param query raw, or null
 * @param drain from the start of a drain to the moment at which what can be ended in order is; null for its deadline
 * @param maxForwards what {@code Max-Forwards} becomes, or -1 to leave it alone
 */
record Target(
        String route,
        Pool pool,
        Transport transport,
        Outlook outlook,
        String path,
        @Nullable String query,
        @Nullable Duration drain,
        int maxForwards) {}
