package dev.sluice.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Connections to the backends of a pool, beside what {@link UpstreamConfig} says for all.
 *
 * @param warm how many are kept open to each backend although nothing uses them; default 0
 * @param lifetime after which one is used no more and closed when its exchange has ended; null for no limit
 */
public record ConnectionsConfig(int warm, @Nullable Duration lifetime) {
    public static ConnectionsConfig defaults() {
        return new ConnectionsConfig(0, null);
    }
}
