package dev.sluice.config;

import org.jspecify.annotations.Nullable;

/**
 * What is done with the messages of a route, whatever its action. Immutable.
 *
 * @param request how requests are changed
 * @param response how answers are
 * @param timeouts waits of its own
 * @param errorPages what errors look like
 * @param maintenance null when it is open
 * @param mirror null for none
 * @param cors null when it is left to the backend
 * @param securityHeaders null when they are
 */
public record HandlingConfig(
        RequestConfig request,
        ResponseConfig response,
        TimeoutsConfig timeouts,
        ErrorPagesConfig errorPages,
        @Nullable MaintenanceConfig maintenance,
        @Nullable MirrorConfig mirror,
        @Nullable CorsConfig cors,
        @Nullable SecurityHeadersConfig securityHeaders) {
    /** Messages pass as they are. */
    public static final HandlingConfig NONE = new HandlingConfig(
            RequestConfig.NONE,
            ResponseConfig.DEFAULTS,
            TimeoutsConfig.NONE,
            ErrorPagesConfig.NONE,
            null,
            null,
            null,
            null);

    /** What answers look like, where nothing else is said. */
    static HandlingConfig ofAnswers(ErrorPagesConfig pages, @Nullable SecurityHeadersConfig headers) {
        return new HandlingConfig(
                RequestConfig.NONE, ResponseConfig.DEFAULTS, TimeoutsConfig.NONE, pages, null, null, null, headers);
    }

    /** The same without what makes sense only where a backend is asked. */
    HandlingConfig withoutBackends() {
        return new HandlingConfig(
                RequestConfig.NONE,
                response,
                TimeoutsConfig.NONE,
                new ErrorPagesConfig(errorPages.pages(), false),
                maintenance,
                null,
                cors,
                securityHeaders);
    }

    /** The same with another mirror. */
    public HandlingConfig withMirror(@Nullable MirrorConfig value) {
        return new HandlingConfig(request, response, timeouts, errorPages, maintenance, value, cors, securityHeaders);
    }
}
