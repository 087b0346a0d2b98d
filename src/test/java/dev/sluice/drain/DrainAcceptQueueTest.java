package dev.sluice.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.RawClient;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.Connector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A client whose connect succeeded is served, although nobody had accepted its connection when the drain began. */
@Timeout(60)
class DrainAcceptQueueTest {
    private static final int QUEUED = 50;

    private final FaultyOrigin origin = FaultyOrigin.start();

    @AfterEach
    void closeOrigin() {
        origin.close();
    }

    @ParameterizedTest
    @EnumSource(DrainLoadTest.Way.class)
    void connectionsThatTheKernelHadQueuedAreServed(DrainLoadTest.Way way) throws Exception {
        List<RawClient> queued = new ArrayList<>();
        try (DrainingProxy proxy = DrainLoadTest.start(way, origin)) {
            for (Connector connector : proxy.sluice().server().getConnectors())
                ((AbstractConnector) connector).setAccepting(false);
            int port = way.secure() ? proxy.tlsPort() : proxy.httpPort();
            for (int i = 0; i < QUEUED; i++) queued.add(RawClient.plain(port));

            proxy.stop();

            for (RawClient client : queued) {
                try (client;
                        RawClient begun = way.begin(client)) {
                    begun.send(DrainTest.get("/queued"));
                    assertThat(begun.readResponse().status()).isEqualTo(200);
                }
            }
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().finished()).isEqualTo(QUEUED);
        }
    }
}
