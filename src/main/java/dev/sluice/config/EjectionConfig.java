package dev.sluice.config;

import dev.sluice.config.HealthConfig.StatusRange;
import java.time.Duration;
import java.util.List;

/**
 * When a backend is left alone for a while because of how it serves requests (passive health).
 *
 * @param failures in a row that eject it; default 5; 0 for never
 * @param failurePercent of the requests within {@code window} that eject it, 1 to 100; default 50; 0 for never
 * @param requests within {@code window} below which no share is taken; default 20
 * @param window over which the share is taken; default 10 s
 * @param statuses of answers that count as failures, besides failed connections, resets and timeouts; default none
 * @param time for which it is ejected at first, doubled with each time in a row; default 10 s
 * @param longest that it is ejected; default 5 min
 * @param mostPercent of the backends of a pool that are ejected at once, but always one of several; default 50
 */
public record EjectionConfig(
        int failures,
        int failurePercent,
        int requests,
        Duration window,
        List<StatusRange> statuses,
        Duration time,
        Duration longest,
        int mostPercent) {
    public EjectionConfig {
        statuses = List.copyOf(statuses);
    }

    public static EjectionConfig defaults() {
        return new EjectionConfig(
                5, 50, 20, Duration.ofSeconds(10), List.of(), Duration.ofSeconds(10), Duration.ofMinutes(5), 50);
    }

    /** Never. */
    public static EjectionConfig off() {
        EjectionConfig usual = defaults();
        return new EjectionConfig(
                0, 0, usual.requests, usual.window, List.of(), usual.time, usual.longest, usual.mostPercent);
    }

    /** Whether anything ejects. */
    public boolean isOn() {
        return failures > 0 || failurePercent > 0;
    }
}
