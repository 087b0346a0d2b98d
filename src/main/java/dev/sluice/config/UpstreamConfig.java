package dev.sluice.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How backends are talked to. Every wait and every queue on that side is bounded here.
 *
 * @param connectTimeout for TCP, and TLS where it is spoken; default 5 s; then 504
 * @param firstByteTimeout from the end of the request to the first byte of the answer; default 60 s; then 504
 * @param idleTimeout between two bytes from or to a backend that Sluice waits for; default 60 s. A client that is slow
 *     does not count against the backend
 * @param totalTimeout for a whole exchange, or null for none (the default): long downloads are not cut
 * @param keepAlive how long an unused backend connection is kept; default 50 s, below what most servers close at
 * @param maxConnections open connections to one backend; default 1024
 * @param maxQueued requests that wait for a connection to one backend; default 1024; then 503
 * @param queueTimeout how long a request waits for a connection; default 5 s; then 503
 * @param transport what carries requests to backends; default auto
 * @param tunnelIdleTimeout how long a WebSocket, or whatever else a connection was upgraded to, may be quiet; default 1 h
 * @param streamIdleTimeout how long a backend may be quiet in an event stream, or in a gRPC call, where it takes the place of
 *     firstByteTimeout too; default 1 h
 */
public record UpstreamConfig(
        Duration connectTimeout,
        Duration firstByteTimeout,
        Duration idleTimeout,
        @Nullable Duration totalTimeout,
        Duration keepAlive,
        int maxConnections,
        int maxQueued,
        Duration queueTimeout,
        Transport transport,
        Duration tunnelIdleTimeout,
        Duration streamIdleTimeout) {
    private static final Duration TUNNEL_IDLE = Duration.ofHours(1);
    private static final Duration STREAM_IDLE = Duration.ofHours(1);

    /** The ways to a backend. */
    public enum Transport {
        /** Connections of our own where they can be had: to plain HTTP backends, on listeners of ours. */
        AUTO,
        /** Jetty's HttpClient for every backend. */
        HTTPCLIENT
    }

    /** With the transport and the limits on tunnels and streams that are the default. */
    public UpstreamConfig(
            Duration connectTimeout,
            Duration firstByteTimeout,
            Duration idleTimeout,
            @Nullable Duration totalTimeout,
            Duration keepAlive,
            int maxConnections,
            int maxQueued,
            Duration queueTimeout) {
        this(
                connectTimeout,
                firstByteTimeout,
                idleTimeout,
                totalTimeout,
                keepAlive,
                maxConnections,
                maxQueued,
                queueTimeout,
                Transport.AUTO,
                TUNNEL_IDLE,
                STREAM_IDLE);
    }

    /** The same with another number of connections to one backend. */
    public UpstreamConfig withMaxConnections(int value) {
        return new UpstreamConfig(
                connectTimeout,
                firstByteTimeout,
                idleTimeout,
                totalTimeout,
                keepAlive,
                value,
                maxQueued,
                queueTimeout,
                transport,
                tunnelIdleTimeout,
                streamIdleTimeout);
    }

    /** The defaults named above. */
    public static UpstreamConfig defaults() {
        return new UpstreamConfig(
                Duration.ofSeconds(5),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                null,
                Duration.ofSeconds(50),
                1024,
                1024,
                Duration.ofSeconds(5),
                Transport.AUTO,
                TUNNEL_IDLE,
                STREAM_IDLE);
    }
}
