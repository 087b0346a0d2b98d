package dev.sluice.runtime;

import dev.sluice.config.LoadedConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.proxy.ReverseProxy;
import dev.sluice.upstream.Pool;
import java.util.List;

/**
 * What was built from one configuration. Immutable, and replaced as a whole.
 *
 * @param loaded what was declared, and where it came from
 * @param proxy forwards by it
 * @param pools those that its routes use, each once
 */
record Generation(LoadedConfig loaded, ReverseProxy proxy, List<Pool> pools) {
    Generation {
        pools = pools.stream().distinct().toList();
    }

    SluiceConfig config() {
        return loaded.config();
    }
}
