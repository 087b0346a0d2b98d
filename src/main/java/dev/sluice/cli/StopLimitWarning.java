package dev.sluice.cli;

import dev.sluice.config.ConfigError;
import dev.sluice.config.LoadedConfig;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stop that takes longer than the supervisor waits.
 *
 * @param limit what {@link StopLimit#read} found; null for nothing
 */
record StopLimitWarning(@Nullable Duration limit) implements WarningSource {
    @Override
    public List<ConfigError> warnings(LoadedConfig loaded) {
        Duration needed = StopLimit.needed(loaded.config().drain());
        if (limit == null || limit.compareTo(needed) >= 0) return List.of();
        String message = "a stop may take " + needed.toMillis() + " ms, and after " + limit.toMillis()
                + " ms the process is killed (expected " + StopLimit.VARIABLE + " to be no less)";
        return List.of(loaded.origins().at(message, "drain", "deadline"));
    }
}
