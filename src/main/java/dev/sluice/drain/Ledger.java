package dev.sluice.drain;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The whole account of one drain.
 *
 * @param trigger what began it: {@code SIGTERM}, {@code server.stop()}, {@code SIGTERM, announced by admin call}
 * @param announced when readiness was taken back, null when it was not before the drain
 * @param began when the listeners stopped accepting
 * @param linger how long idle connections were to stay open
 * @param deadline after which what was left was to be cut
 * @param total of everything
 * @param listeners one entry for each, in the order of the configuration
 * @param routes those that had exchanges end during the drain, by name; {@code none} for what matched none
 * @param backends the same for backends
 * @param cut each exchange that was cut, the oldest first
 */
record Ledger(
        String trigger,
        @Nullable Instant announced,
        Instant began,
        Duration linger,
        Duration deadline,
        DrainSummary total,
        List<Part> listeners,
        List<Part> routes,
        List<Part> backends,
        List<CutExchange> cut) {
    /**
     * @param name as logs have it
     * @param summary of what was on it; {@code took} of a listener says when its last connection had ended, and is zero for
     *     a route or a backend
     */
    record Part(String name, DrainSummary summary) {}
}
