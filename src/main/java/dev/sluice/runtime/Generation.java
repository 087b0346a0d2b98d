package dev.sluice.runtime;

import dev.sluice.config.SluiceConfig;
import dev.sluice.proxy.ReverseProxy;
import dev.sluice.upstream.Pool;
import java.util.List;

/**
 * What was built from one configuration. Immutable, and replaced as a whole.
 *
 * @param config what was declared
 * @param proxy forwards by it
 * @param byRoute the pool of each route, in the order of the routes
 */
record Generation(SluiceConfig config, ReverseProxy proxy, List<Pool> byRoute) {
    Generation {
        byRoute = List.copyOf(byRoute);
    }

    /** Each pool once. */
    List<Pool> pools() {
        return byRoute.stream().distinct().toList();
    }
}
