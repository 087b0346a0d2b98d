package dev.sluice.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Bounds of the client's side, shared by all listeners. Jetty XML may tune a single connector further.
 *
 * @param threads most threads in the pool; default 200. Exchanges do not hold threads, so this is not a limit on them
 * @param maxConnections open client connections, all listeners together; default 100 000; more wait in the kernel
 * @param acceptQueue connections that the kernel queues for each listener; default 1024
 * @param idleTimeout of a client connection on which nothing moves and no answer is awaited; default 60 s
 * @param requestHeaderSize most bytes in a request's line and header fields; default 16 384; then 414 or 431
 * @param responseHeaderSize most bytes in a response's header fields; default 32 768; then 502
 * @param allowTrace whether TRACE reaches backends; default false: 405
 * @param http2MaxStreams requests at a time on one HTTP/2 connection; default 128; more are refused with REFUSED_STREAM
 * @param http2FramesPerSecond frames on one HTTP/2 connection that make work and bring neither a request nor content; default
 *     256; then the connection ends with ENHANCE_YOUR_CALM
 * @param proxyStatus what answers to requests that failed say of that; default error
 * @param requestId the header field in which requests are numbered: what a trusted proxy says is continued, any other client's
 *     is replaced; null, the default, for none
 */
public record ServerConfig(
        int threads,
        int maxConnections,
        int acceptQueue,
        Duration idleTimeout,
        int requestHeaderSize,
        int responseHeaderSize,
        boolean allowTrace,
        int http2MaxStreams,
        int http2FramesPerSecond,
        ProxyStatus proxyStatus,
        @Nullable String requestId) {
    /** What {@code Proxy-Status} says of failures (RFC 9209). */
    public enum ProxyStatus {
        /** There is no such field. */
        OFF,
        /** What kind of failure it was. */
        ERROR,
        /** That, and which backend it was that failed. */
        BACKEND
    }

    /** With the field that is the default. */
    public ServerConfig(
            int threads,
            int maxConnections,
            int acceptQueue,
            Duration idleTimeout,
            int requestHeaderSize,
            int responseHeaderSize,
            boolean allowTrace,
            int http2MaxStreams,
            int http2FramesPerSecond) {
        this(
                threads,
                maxConnections,
                acceptQueue,
                idleTimeout,
                requestHeaderSize,
                responseHeaderSize,
                allowTrace,
                http2MaxStreams,
                http2FramesPerSecond,
                ProxyStatus.ERROR,
                null);
    }

    /** The defaults named above. */
    public static ServerConfig defaults() {
        return new ServerConfig(200, 100_000, 1024, Duration.ofSeconds(60), 16_384, 32_768, false, 128, 256);
    }
}
