package dev.sluice.config;

import org.jspecify.annotations.Nullable;

/**
 * How requests of a route are changed on their way to a backend. Immutable.
 *
 * @param stripPrefix taken from the beginning of paths that begin with it, whole segments; null for nothing
 * @param addPrefix put before what is left; null for nothing
 * @param rewrite what paths become after that; null for what they are
 * @param host what {@code Host} says; null for what the client asked for
 * @param headers what else is changed
 * @param maxBody most bytes in a body, or -1 for any number; beyond it 413
 */
public record RequestConfig(
        @Nullable String stripPrefix,
        @Nullable String addPrefix,
        @Nullable Rewrite rewrite,
        @Nullable HostConfig host,
        FieldEdits headers,
        long maxBody) {
    /** Changes nothing and limits nothing. */
    public static final RequestConfig NONE = new RequestConfig(null, null, null, null, FieldEdits.NONE, -1);

    /**
     * What a path becomes.
     *
     * @param pattern RE2, for the whole decoded path
     * @param to with {@code $1} for what the first group matched; a query in it comes before that of the request
     */
    public record Rewrite(String pattern, String to) {}

    /** What {@code Host} says. @param value null for each backend's own name */
    public record HostConfig(@Nullable Template value) {}

    /** Whether paths become others. */
    public boolean changesPaths() {
        return stripPrefix != null || addPrefix != null || rewrite != null;
    }
}
