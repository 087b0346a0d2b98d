package dev.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.LoadedConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.listener.Listeners;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.MixedLoad;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.RunningProxy;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What was taken from the buffer pool is given back, whoever leaves in the middle. */
@Timeout(120)
class BufferLeakTest {
    @Test
    void noBufferIsLostWhateverClientsAndBackendsDo() throws Exception {
        var buffers = new ArrayByteBufferPool.Tracking();
        try (FaultyOrigin origin = FaultyOrigin.start()) {
            SluiceConfig config = ProxySetup.to(origin.url()).config();
            Server server = new Server(new QueuedThreadPool(), null, buffers);
            Listeners listeners = Listeners.create(server, config.listeners(), config.server());
            server.setHandler(new Generations(server, LoadedConfig.of(config), listeners, false).drain());
            listeners.open();
            server.start();
            try {
                MixedLoad load = new MixedLoad(running(listeners), origin);
                load.run(2, 5);
                assertThat(load.wrong()).isEmpty();
            } finally {
                server.stop();
            }
            await("no leak")
                    .atMost(Gate.TIMEOUT)
                    .untilAsserted(() -> assertThat(buffers.getLeaks())
                            .as(buffers.dumpLeaks())
                            .isEmpty());
        }
    }

    private static RunningProxy running(Listeners listeners) {
        return new RunningProxy() {
            @Override
            public int httpPort() {
                return listeners.port("http");
            }

            @Override
            public int tlsPort() {
                return listeners.port("https");
            }

            @Override
            public void close() {
                // The server is the test's own.
            }
        };
    }
}
