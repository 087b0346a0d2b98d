package dev.sluice.config;

import java.time.Duration;
import java.util.List;

/**
 * Which pages of other origins may read the answers of a route (Fetch standard, §3.2). Immutable.
 *
 * @param origins {@code https://app.example.com}, {@code https://*.example.com}, or {@code *} alone for all
 * @param methods that they may use, beside those that need no leave
 * @param headers that they may send, beside those that need no leave; {@code *} for those that they ask for
 * @param expose fields of the answer that they may read
 * @param credentials whether requests may bring cookies
 * @param maxAge how long browsers may remember it
 */
public record CorsConfig(
        List<String> origins,
        List<String> methods,
        List<String> headers,
        List<String> expose,
        boolean credentials,
        Duration maxAge) {
    public CorsConfig {
        origins = List.copyOf(origins);
        methods = List.copyOf(methods);
        headers = List.copyOf(headers);
        expose = List.copyOf(expose);
    }
}
