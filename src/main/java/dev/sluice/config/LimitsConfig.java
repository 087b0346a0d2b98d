package dev.sluice.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How much a pool and its backends are asked at once. Beyond that requests wait, and beyond that they are answered with
 * 503 and {@code Retry-After}.
 *
 * @param backendRequests outstanding to one backend; default 0 for no such limit
 * @param poolRequests outstanding to all of them; default 0 for no such limit
 * @param backendConnections to one backend, those of upgraded connections included; default 0 for what
 *     {@link UpstreamConfig#maxConnections} says, for all pools together and without those
 * @param poolConnections the same to all of them; default 0 for no such limit
 * @param queue requests that wait for one of those to end; default 1024
 * @param queueTimeout how long one of them waits; default 5 s
 * @param adaptive finds out how much a backend bears; null for no
 */
public record LimitsConfig(
        int backendRequests,
        int poolRequests,
        int backendConnections,
        int poolConnections,
        int queue,
        Duration queueTimeout,
        @Nullable Adaptive adaptive) {
    /**
     * A limit of outstanding requests for each backend that grows while it answers promptly, and shrinks when its latency
     * grows or it fails.
     *
     * @param least that it shrinks to; default 4
     * @param most that it grows to; default 1000
     * @param start where it begins; default 20
     */
    public record Adaptive(int least, int most, int start) {
        public static Adaptive defaults() {
            return new Adaptive(4, 1000, 20);
        }
    }

    /** The same with the queue, and the time in it, of others. */
    public LimitsConfig withQueueOf(LimitsConfig others) {
        return new LimitsConfig(
                backendRequests,
                poolRequests,
                backendConnections,
                poolConnections,
                others.queue,
                others.queueTimeout,
                adaptive);
    }

    /** Whether connections are counted for the pool. */
    public boolean limitsConnections() {
        return backendConnections > 0 || poolConnections > 0;
    }

    public static LimitsConfig defaults() {
        return new LimitsConfig(0, 0, 0, 0, 1024, Duration.ofSeconds(5), null);
    }
}
