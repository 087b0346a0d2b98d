package dev.sluice.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code defaults}: what pools and routes say that do not say it themselves.
 *
 * @param pool for pools, those of routes with {@code to} included; null for nothing
 * @param route for routes; null for nothing
 */
record Defaults(@Nullable Section pool, @Nullable Section route) {
    static final String KEY = "defaults";

    /** Not what a pool is, and not what depends on each of its backends. */
    private static final List<String> POOL = PoolBinder.KEYS.stream()
            .filter(key -> !key.equals("backends") && !key.equals("proxyProtocol"))
            .toList();

    /** @param node null when there is none */
    static Defaults bind(@Nullable Node node, Problems problems) {
        Section section = Section.optional(node, KEY, problems, List.of("pool", "route"));
        if (section == null) return new Defaults(null, null);
        return new Defaults(
                Section.optional(section.value("pool"), section.path("pool"), problems, POOL),
                Section.optional(section.value("route"), section.path("route"), problems, RouteBinder.DEFAULTS));
    }
}
