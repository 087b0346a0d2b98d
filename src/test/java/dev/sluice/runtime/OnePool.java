package dev.sluice.runtime;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.UpstreamConfig;
import java.time.Duration;
import java.util.stream.Stream;

/** A proxy with one pool behind it, for those who look at what becomes of its requests. */
final class OnePool {
    private OnePool() {}

    static PoolConfig of(String... urls) {
        return PoolConfig.of("pool", Stream.of(urls).map(BackendConfig::parse).toList());
    }

    /** With a listener on a port that the system picks; it drains for a second at most. */
    static Sluice start(PoolConfig pool, UpstreamConfig.Transport transport, Duration firstByte) throws Exception {
        return start(pool, transport, firstByte, UpstreamConfig.defaults().connectTimeout());
    }

    static Sluice start(PoolConfig pool, UpstreamConfig.Transport transport, Duration firstByte, Duration connect)
            throws Exception {
        UpstreamConfig usual = UpstreamConfig.defaults();
        return Sluice.builder()
                .listen("127.0.0.1:0")
                .drainDeadline(Duration.ofSeconds(1))
                .upstream(new UpstreamConfig(
                        connect,
                        firstByte,
                        usual.idleTimeout(),
                        null,
                        usual.keepAlive(),
                        usual.maxConnections(),
                        usual.maxQueued(),
                        usual.queueTimeout(),
                        transport,
                        usual.tunnelIdleTimeout(),
                        usual.streamIdleTimeout()))
                .fallback(pool)
                .build()
                .start();
    }
}
