package dev.sluice.conformance;

import static dev.sluice.conformance.FailuresSuite.assertFailure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.UpstreamConfig;
import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Backends that take too long, by limits made short for the purpose. */
@Once
abstract class TimeoutsSuite extends ConformanceSuite {
    private static final UpstreamConfig SHORT = new UpstreamConfig(
            Duration.ofSeconds(5),
            Duration.ofSeconds(1),
            Duration.ofMillis(1500),
            null,
            Duration.ofSeconds(50),
            256,
            1024,
            Duration.ofSeconds(5));

    TimeoutsSuite(ProxyVariant variant) {
        super(variant);
    }

    @Override
    ProxySetup setup() {
        return ProxySetup.to(origin.url()).upstream(SHORT);
    }

    @Test
    void noAnswerInTimeIsAGatewayTimeout() {
        overEach(ClientProtocol.values(), protocol -> {
            String path = "/silent/" + protocol;
            origin.on(path, (request, exchange) -> exchange.awaitAbort());
            assertFailure(send(protocol, TestRequest.get(path)), 504, origin);
            origin.awaitAborted(path);
            assertThat(origin.requests(path))
                    .as("sent once, whatever the method")
                    .hasSize(1);
        });
    }

    @Test
    void noAnswerToAnUploadInTimeIsAGatewayTimeout() {
        overEach(ClientProtocol.values(), protocol -> {
            String path = "/silent/" + protocol;
            origin.on(path, (request, exchange) -> {
                exchange.sumBody();
                exchange.awaitAbort();
            });
            assertFailure(send(protocol, TestRequest.post(path, "body")), 504, origin);
        });
    }

    @Test
    void headThatNeverEndsIsAGatewayTimeout() {
        overEach(ClientProtocol.values(), protocol -> {
            String path = "/drip/" + protocol;
            origin.on(path, (request, exchange) -> {
                exchange.raw("HTTP/1.1 200 OK\r\nX-Slow: ");
                exchange.awaitAbort();
            });
            assertFailure(send(protocol, TestRequest.get(path)), 504, origin);
            origin.awaitAborted(path);
        });
    }

    @Test
    void answerThatFallsSilentIsBrokenOff() {
        overEach(ClientProtocol.values(), protocol -> {
            String path = "/stall/" + protocol;
            origin.on(path, (request, exchange) -> {
                exchange.startChunked(200);
                exchange.chunk("part");
                exchange.awaitAbort();
            });
            TestResponse response = send(protocol, TestRequest.get(path));
            assertThat(response.complete()).isFalse();
            assertThat(response.text()).isEqualTo("part");
            origin.awaitAborted(path);
        });
    }

    /** Longer than every limit in all, never longer than one at a time. */
    @Test
    void answerThatGoesOnIsNotCutHoweverLongItTakes() {
        overEach(ClientProtocol.values(), protocol -> {
            String path = "/long/" + protocol;
            Gate gate = new Gate();
            origin.on(path, (request, exchange) -> {
                exchange.startChunked(200);
                for (int i = 0; i < 6; i++) {
                    gate.pass();
                    exchange.chunk("x");
                }
                exchange.endChunks();
            });
            try (TestClient client = protocol.connect(proxy())) {
                TestExchange exchange = client.open(TestRequest.get(path));
                for (int i = 0; i < 6; i++) {
                    letPass(Duration.ofMillis(300));
                    gate.open();
                    exchange.awaitBody(1);
                }
                assertThat(exchange.finish().complete()).isTrue();
            }
        });
    }

    /** The first byte is awaited from the end of the request: an upload may take its time. */
    @Test
    void slowUploadIsNoSlowAnswer() {
        overEach(ClientProtocol.values(), protocol -> {
            try (TestClient client = protocol.connect(proxy())) {
                TestExchange exchange = client.open(TestRequest.upload("/slow", -1));
                for (int i = 0; i < 4; i++) {
                    exchange.write(bytes("x"));
                    letPass(Duration.ofMillis(300));
                }
                exchange.end(List.of());
                assertThat(exchange.finish().echo().body().size()).isEqualTo(4);
            }
        });
    }

    /** Where time itself is what a test is about: the limits are the proxy's, and real. */
    private static void letPass(Duration time) {
        new Gate().pass(time);
    }
}
