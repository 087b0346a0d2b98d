package dev.sluice.config;

import dev.sluice.config.RouteConfig.ProxyProtocol;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Backends that serve the same, and how one of them is chosen.
 *
 * @param name unique, for logs: its own, or that of the only route that it serves
 * @param backends at least one
 * @param proxyProtocol what connections to them begin with; default nothing
 * @param health how they are asked whether they are well; null when they are not
 */
public record PoolConfig(
        String name,
        List<BackendConfig> backends,
        ProxyProtocol proxyProtocol,
        @Nullable HealthConfig health) {
    public PoolConfig {
        backends = List.copyOf(backends);
    }

    /** One with the defaults of everything. */
    public static PoolConfig of(String name, List<BackendConfig> backends) {
        return new PoolConfig(name, backends, ProxyProtocol.OFF, null);
    }
}
