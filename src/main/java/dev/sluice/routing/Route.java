package dev.sluice.routing;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a request must look like. Immutable.
 *
 * @param index the place in the configuration, from 0
 * @param name unique, for logs
 * @param path a path prefix on a segment boundary, decoded: {@code /api} stands for {@code /api} and {@code /api/*}, not
 *     for {@code /apix}; {@code /} for every path; null for every path and for a request without one
 * @param drain from the start of a drain to the moment at which what can be ended in order is, or null for its deadline
 */
public record Route(
        int index,
        String name,
        @Nullable String path,
        @Nullable Duration drain) {}
