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
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Backends that take too long, by limits made short for the purpose. */
@Once
abstract class TimeoutsSuite extends ConformanceSuite {
    private static final UpstreamConfig SHORT = new UpstreamConfig(
            Duration.ofSeconds(5),
            Duration.ofMillis(400),
            Duration.ofMillis(600),
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

    @ParameterizedTest
    @EnumSource
    void noAnswerInTimeIsAGatewayTimeout(ClientProtocol protocol) throws IOException {
        origin.on("/silent", (request, exchange) -> exchange.awaitAbort());
        assertFailure(send(protocol, TestRequest.get("/silent")), 504, origin);
        origin.awaitAborted("/silent");
        assertThat(origin.requests("/silent"))
                .as("sent once, whatever the method")
                .hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void noAnswerToAnUploadInTimeIsAGatewayTimeout(ClientProtocol protocol) throws IOException {
        origin.on("/silent", (request, exchange) -> {
            exchange.sumBody();
            exchange.awaitAbort();
        });
        assertFailure(send(protocol, TestRequest.post("/silent", "body")), 504, origin);
    }

    @ParameterizedTest
    @EnumSource
    void headThatNeverEndsIsAGatewayTimeout(ClientProtocol protocol) throws IOException {
        origin.on("/drip", (request, exchange) -> {
            exchange.raw("HTTP/1.1 200 OK\r\nX-Slow: ");
            exchange.awaitAbort();
        });
        assertFailure(send(protocol, TestRequest.get("/drip")), 504, origin);
        origin.awaitAborted("/drip");
    }

    @ParameterizedTest
    @EnumSource
    void answerThatFallsSilentIsBrokenOff(ClientProtocol protocol) throws IOException {
        origin.on("/stall", (request, exchange) -> {
            exchange.startChunked(200);
            exchange.chunk("part");
            exchange.awaitAbort();
        });
        TestResponse response = send(protocol, TestRequest.get("/stall"));
        assertThat(response.complete()).isFalse();
        assertThat(response.text()).isEqualTo("part");
        origin.awaitAborted("/stall");
    }

    /** Longer than every limit in all, never longer than one at a time. */
    @ParameterizedTest
    @EnumSource
    void answerThatGoesOnIsNotCutHoweverLongItTakes(ClientProtocol protocol) throws IOException {
        Gate gate = new Gate();
        origin.on("/long", (request, exchange) -> {
            exchange.startChunked(200);
            for (int i = 0; i < 6; i++) {
                gate.pass();
                exchange.chunk("x");
            }
            exchange.endChunks();
        });
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.get("/long"));
            for (int i = 0; i < 6; i++) {
                letPass(Duration.ofMillis(200));
                gate.open();
                exchange.awaitBody(1);
            }
            assertThat(exchange.finish().complete()).isTrue();
        }
    }

    /** The first byte is awaited from the end of the request: an upload may take its time. */
    @ParameterizedTest
    @EnumSource
    void slowUploadIsNoSlowAnswer(ClientProtocol protocol) throws IOException {
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.upload("/slow", -1));
            for (int i = 0; i < 4; i++) {
                exchange.write(bytes("x"));
                letPass(Duration.ofMillis(200));
            }
            exchange.end(List.of());
            assertThat(exchange.finish().echo().body().size()).isEqualTo(4);
        }
    }

    /** Where time itself is what a test is about: the limits are the proxy's, and real. */
    private static void letPass(Duration time) {
        new Gate().pass(time);
    }
}
