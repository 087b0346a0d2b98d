package dev.sluice.drain;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.DrainConfig;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.ServerConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.config.TlsConfig;
import dev.sluice.config.UpstreamConfig;
import java.time.Duration;
import java.util.List;

/** Proxies whose one route has a limit of its own in a drain. */
final class EarlyProxy {
    static final Duration FAR = Duration.ofSeconds(60);

    private EarlyProxy() {}

    /** With a deadline that no test waits for. */
    static DrainingProxy start(String backend, UpstreamConfig.Transport transport, Duration limit) throws Exception {
        return start(backend, transport, limit, FAR);
    }

    static DrainingProxy start(String backend, UpstreamConfig.Transport transport, Duration limit, Duration deadline)
            throws Exception {
        UpstreamConfig usual = UpstreamConfig.defaults();
        UpstreamConfig upstream = new UpstreamConfig(
                usual.connectTimeout(),
                usual.firstByteTimeout(),
                usual.idleTimeout(),
                usual.totalTimeout(),
                usual.keepAlive(),
                usual.maxConnections(),
                usual.maxQueued(),
                usual.queueTimeout(),
                transport,
                usual.tunnelIdleTimeout(),
                usual.streamIdleTimeout());
        return DrainingProxy.start(new SluiceConfig(
                List.of(
                        new ListenerConfig("http", "127.0.0.1", 0, null),
                        new ListenerConfig("https", "127.0.0.1", 0, TlsConfig.generated())),
                new DrainConfig(deadline, Duration.ofMillis(50), Duration.ZERO),
                List.of(RouteConfig.of(null, List.of(BackendConfig.parse(backend)))
                        .withDrain(limit)),
                upstream,
                ServerConfig.defaults(),
                List.of()));
    }
}
