package dev.sluice.upstream.health;

import dev.sluice.config.HealthConfig;
import dev.sluice.upstream.Backend;
import java.util.concurrent.CompletableFuture;

/** Asks a backend whether it is well. Safe for use by many threads. */
public interface Probe {
    /**
     * Asks once. Never blocks.
     *
     * @return completes within the check's timeout, or hardly later, and never exceptionally
     */
    CompletableFuture<Finding> ask(Backend backend, HealthConfig how);

    /**
     * What came out.
     *
     * @param passed whether the backend is well, as far as one check can tell
     * @param reason for the log, in a few words: {@code status 503 (expected 200-299)}; never shown to a client
     */
    record Finding(boolean passed, String reason) {
        public static Finding passed(String reason) {
            return new Finding(true, reason);
        }

        public static Finding failed(String reason) {
            return new Finding(false, reason);
        }
    }
}
