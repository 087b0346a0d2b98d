package dev.sluice.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Waits that are others for a route than {@link UpstreamConfig} says. Null, each, for what that says.
 *
 * @param firstByte from the end of the request to the first byte of the answer
 * @param idle between two bytes
 * @param total for the whole exchange; zero for no limit
 * @param stream in the place of {@code firstByte} and {@code idle}, of event streams and gRPC
 * @param tunnel on WebSockets and other upgrades
 */
public record TimeoutsConfig(
        @Nullable Duration firstByte,
        @Nullable Duration idle,
        @Nullable Duration total,
        @Nullable Duration stream,
        @Nullable Duration tunnel) {
    /** Those of {@link UpstreamConfig}, all. */
    public static final TimeoutsConfig NONE = new TimeoutsConfig(null, null, null, null, null);

    /** What holds with these. */
    public UpstreamConfig over(UpstreamConfig usual) {
        if (equals(NONE)) return usual;
        Duration limit = total == null ? usual.totalTimeout() : total.isZero() ? null : total;
        return new UpstreamConfig(
                usual.connectTimeout(),
                or(firstByte, usual.firstByteTimeout()),
                or(idle, usual.idleTimeout()),
                limit,
                usual.keepAlive(),
                usual.maxConnections(),
                usual.maxQueued(),
                usual.queueTimeout(),
                usual.transport(),
                or(tunnel, usual.tunnelIdleTimeout()),
                or(stream, usual.streamIdleTimeout()));
    }

    private static Duration or(@Nullable Duration own, Duration usual) {
        return own == null ? usual : own;
    }
}
