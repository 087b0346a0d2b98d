package dev.sluice.routing;

import dev.sluice.config.Conditions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a request must look like. Immutable.
 *
 * @param index the place in the configuration, from 0
 * @param name unique, for logs
 * @param conditions all that has to fit
 * @param drain from the start of a drain to the moment at which what can be ended in order is, or null for its deadline
 */
public record Route(
        int index,
        String name,
        Conditions conditions,
        @Nullable Duration drain) {
    /** The path that it looks for, whichever way it is to be read; null for every path and for a request without one. */
    public @Nullable String path() {
        return conditions.path() == null ? null : conditions.path().text();
    }
}
