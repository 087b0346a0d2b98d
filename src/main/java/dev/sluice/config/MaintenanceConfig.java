package dev.sluice.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * 503 for all requests of a route. Immutable.
 *
 * @param retryAfter what {@code Retry-After} says; null for nothing
 * @param page in the place of a line
 * @param except clients that are served nevertheless
 */
public record MaintenanceConfig(
        @Nullable Duration retryAfter, @Nullable Page page, List<Cidr> except) {
    public MaintenanceConfig {
        except = List.copyOf(except);
    }
}
