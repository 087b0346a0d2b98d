package dev.sluice.routing;

import org.jspecify.annotations.Nullable;

/**
 * What a request must look like. Immutable.
 *
 * @param index the place in the configuration, from 0
 * @param name unique, for logs
 * @param path a path prefix on a segment boundary, decoded: {@code /api} stands for {@code /api} and {@code /api/*}, not
 *     for {@code /apix}; {@code /} for every path; null for every path and for a request without one
 */
public record Route(int index, String name, @Nullable String path) {}
