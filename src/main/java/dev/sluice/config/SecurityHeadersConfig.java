package dev.sluice.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Fields that tell browsers to be careful, where the backend does not say it itself.
 *
 * @param hsts for how long the host is asked for by TLS alone (RFC 6797), said over TLS only; null for not at all
 * @param includeSubDomains whether that holds for hosts below it
 * @param preload whether it may go into lists that browsers bring along
 * @param frameOptions {@code X-Frame-Options}: {@code DENY} or {@code SAMEORIGIN}; null for no such field
 * @param referrerPolicy {@code Referrer-Policy}; null for no such field
 * @param contentTypeOptions whether {@code X-Content-Type-Options: nosniff} is said
 */
public record SecurityHeadersConfig(
        @Nullable Duration hsts,
        boolean includeSubDomains,
        boolean preload,
        @Nullable String frameOptions,
        @Nullable String referrerPolicy,
        boolean contentTypeOptions) {
    /** What {@code true} stands for. */
    public static final SecurityHeadersConfig DEFAULTS = new SecurityHeadersConfig(
            Duration.ofDays(365), false, false, "SAMEORIGIN", "strict-origin-when-cross-origin", true);
}
