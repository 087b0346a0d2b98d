package dev.sluice.conformance;

import static dev.sluice.conformance.FailuresSuite.assertFailure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.UpstreamConfig;
import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.OriginExchange.Phase;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestRequest;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A limit on whole exchanges, which holds for those too that nothing else ends. */
@Once
abstract class TotalTimeoutSuite extends ConformanceSuite {
    private static final Duration TOTAL = Duration.ofMillis(1500);
    private static final Duration BETWEEN_EVENTS = Duration.ofMillis(100);

    TotalTimeoutSuite(ProxyVariant variant) {
        super(variant);
    }

    @Override
    ProxySetup setup() {
        UpstreamConfig usual = UpstreamConfig.defaults();
        return ProxySetup.to(origin.url())
                .upstream(new UpstreamConfig(
                        usual.connectTimeout(),
                        usual.firstByteTimeout(),
                        usual.idleTimeout(),
                        TOTAL,
                        usual.keepAlive(),
                        usual.maxConnections(),
                        usual.maxQueued(),
                        usual.queueTimeout(),
                        usual.transport(),
                        usual.tunnelIdleTimeout(),
                        usual.streamIdleTimeout()));
    }

    @ParameterizedTest
    @EnumSource
    void eventStreamIsBrokenOffHoweverLivelyItIs(ClientProtocol protocol) throws IOException {
        Gate time = new Gate();
        long began = System.nanoTime();
        origin.on("/events", (request, exchange) -> {
            exchange.startChunked(200, Field.of("Content-Type", "text/event-stream"));
            for (int i = 0; i < 3; i++) {
                exchange.chunk("data: 1\n\n");
                time.pass(BETWEEN_EVENTS);
            }
            exchange.awaitAbort();
        });
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange events = client.open(TestRequest.get("/events"));
            assertThat(events.awaitHead().status()).isEqualTo(200);
            assertThat(events.awaitBody(3 * 9)).hasSize(3 * 9);
            assertThat(origin.awaitAborted("/events").phase()).isEqualTo(Phase.STREAMING);
            // A client of the testkit gives up, too, but not as soon.
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isBetween(TOTAL, Gate.TIMEOUT.dividedBy(2));
            assertThat(events.finish().complete()).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    void longPollIsAGatewayTimeout(ClientProtocol protocol) throws IOException {
        origin.on("/poll", (request, exchange) -> exchange.awaitAbort());
        assertFailure(send(protocol, TestRequest.get("/poll")), 504, origin);
        origin.awaitAborted("/poll");
    }
}
