package dev.sluice.config;

import org.jspecify.annotations.Nullable;

/**
 * The section {@code defaults}: what pools and routes say that do not say it themselves.
 *
 * @param pool for pools, those of routes with {@code to} included; null for nothing
 * @param route for routes; null for nothing
 */
record Defaults(@Nullable Section pool, @Nullable Section route) {
    static final String KEY = "defaults";

    /** @param node null when there is none */
    static Defaults bind(@Nullable Node node, Problems problems) {
        Section section = Section.optional(node, KEY, problems, FileKeys.DEFAULTS);
        if (section == null) return new Defaults(null, null);
        return new Defaults(
                Section.optional(section.value("pool"), section.path("pool"), problems, PoolKeys.DEFAULTS),
                Section.optional(section.value("route"), section.path("route"), problems, RouteKeys.DEFAULTS));
    }
}
