package dev.sluice.drain;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.OriginExchange;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestRequest;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What cannot be finished in time is cut, named and counted. */
@Timeout(60)
@Once
class DrainCutTest {
    private static final Duration FAR = Duration.ofSeconds(60);
    private static final Duration LINGER = Duration.ofMillis(50);
    private static final Duration DEADLINE = Duration.ofMillis(500);

    private final FaultyOrigin origin = FaultyOrigin.start();

    @BeforeEach
    void someNeverEnd() {
        origin.on("/events", (request, exchange) -> {
            exchange.startChunked(200, Field.of("Content-Type", "text/event-stream"));
            exchange.chunk("data: 1\n\n");
            exchange.awaitAbort();
        });
        origin.on("/never", (request, exchange) -> exchange.awaitAbort());
    }

    @AfterEach
    void closeOrigin() {
        origin.close();
    }

    @ParameterizedTest
    @EnumSource(ClientProtocol.class)
    void eventStreamRunsToTheDeadlineAndIsCutAndNamed(ClientProtocol protocol) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, DEADLINE);
                TestClient client = proxy.connect(protocol)) {
            TestExchange events = client.open(TestRequest.get("/events?since=0"));
            assertThat(events.awaitBody(9)).isEqualTo("data: 1\n\n".getBytes(ISO_8859_1));

            proxy.stop();

            assertThat(events.finish().complete()).isFalse();
            assertThat(proxy.awaitStopped()).isFalse();
            assertThat(proxy.summary().cut()).isEqualTo(1);
            assertThat(proxy.summary().finished()).isZero();
            assertThat(proxy.summary().took()).isGreaterThanOrEqualTo(DEADLINE);
            assertThat(proxy.lines(": cut: "))
                    .singleElement()
                    .asString()
                    .matches("listener " + protocol.scheme() + " 127.0.0.1:" + proxy.port(protocol)
                            + ": cut: client 127.0.0.1:\\d+, GET /events, route default, backend " + origin.url()
                            + ", streaming, age \\d+ ms, received 0 bytes, sent 9 bytes");
            assertThat(proxy.lines())
                    .contains("listener " + protocol.scheme() + " 127.0.0.1:" + proxy.port(protocol)
                            + ": deadline exceeded, 1 exchange cut")
                    .endsWith("stopped");
            assertThat(origin.awaitAborted("/events").phase()).isEqualTo(OriginExchange.Phase.STREAMING);
            assertThat(proxy.handler().live()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(ClientProtocol.class)
    void requestThatWaitsForItsBackendIsCutAndNamed(ClientProtocol protocol) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, DEADLINE);
                TestClient client = proxy.connect(protocol)) {
            client.open(TestRequest.get("/never"));
            origin.awaitRequest("/never");

            proxy.stop();

            assertThat(proxy.awaitStopped()).isFalse();
            assertThat(proxy.lines(": cut: "))
                    .singleElement()
                    .asString()
                    .contains("GET /never, route default, backend " + origin.url() + ", waiting, age ");
            origin.awaitAborted("/never");
        }
    }

    @ParameterizedTest
    @EnumSource(ClientProtocol.class)
    void requestWhoseBodyIsNotThereIsCutAndNamed(ClientProtocol protocol) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, DEADLINE);
                TestClient client = proxy.connect(protocol)) {
            TestExchange upload = client.open(TestRequest.upload("/never", 100));
            upload.write("begun".getBytes(ISO_8859_1));
            origin.awaitRequest("/never");

            proxy.stop();

            assertThat(proxy.awaitStopped()).isFalse();
            assertThat(proxy.lines(": cut: "))
                    .singleElement()
                    .asString()
                    .contains("POST /never, ")
                    .contains(", reading, age ")
                    .endsWith(" ms, received 5 bytes, sent 0 bytes");
        }
    }

    @Test
    void eachListenerSaysHowItEnded() throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, DEADLINE);
                TestClient idle = proxy.connect(ClientProtocol.HTTP11);
                TestClient client = proxy.connect(ClientProtocol.H2);
                TestClient another = proxy.connect(ClientProtocol.TLS)) {
            idle.send(TestRequest.get("/"));
            proxy.awaitRest();
            client.open(TestRequest.get("/events")).awaitHead();
            client.open(TestRequest.get("/events")).awaitHead();
            another.open(TestRequest.get("/never"));
            origin.awaitRequest("/never");

            proxy.stop();

            assertThat(proxy.awaitStopped()).isFalse();
            assertThat(proxy.lines("listener http 127.0.0.1"))
                    .containsExactly("listener http 127.0.0.1:" + proxy.httpPort() + " drained");
            assertThat(proxy.lines("listener https 127.0.0.1"))
                    .hasSize(4)
                    .contains("listener https 127.0.0.1:" + proxy.tlsPort() + ": deadline exceeded, 3 exchanges cut");
            assertThat(proxy.summary().cut()).isEqualTo(3);
            assertThat(proxy.summary().closedIdle()).isEqualTo(1);
            assertThat(proxy.lines("drained in "))
                    .singleElement()
                    .asString()
                    .endsWith(" ms: 0 finished, 0 told to close, 1 closed idle, 3 cut");
        }
    }

    @Test
    void headThatIsNeverCompletedIsNoExchange() throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, DEADLINE);
                RawClient idle = proxy.connectRaw();
                RawClient client = proxy.connectRaw()) {
            client.send("GET / HTTP/1.1\r\n");
            idle.send(DrainTest.get("/")).readResponse();
            DrainingProxy.await("both open", () -> proxy.openConnections() == 2);

            proxy.stop();

            client.awaitClosed();
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().unfinishedHeads()).isEqualTo(1);
            assertThat(proxy.summary().cut()).isZero();
            assertThat(proxy.lines("deadline exceeded")).isEmpty();
            assertThat(proxy.lines(", 0 cut, 1 closed in the middle of a head")).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(ClientProtocol.class)
    void cutEndsADrainAtOnce(ClientProtocol protocol) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, FAR);
                TestClient client = proxy.connect(protocol)) {
            client.open(TestRequest.get("/never"));
            origin.awaitRequest("/never");
            proxy.stop();

            proxy.sluice().cut();

            assertThat(proxy.awaitStopped()).isFalse();
            assertThat(proxy.summary().took()).isLessThan(FAR.dividedBy(4));
            assertThat(proxy.lines(" 1 exchange cut")).hasSize(1);
            origin.awaitAborted("/never");
            assertThat(proxy.handler().live()).isZero();
        }
    }

    @Test
    void withoutTimeEverythingIsCutAtOnceAndNamed() throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, Duration.ZERO, Duration.ZERO);
                TestClient client = proxy.connect(ClientProtocol.HTTP11)) {
            client.open(TestRequest.get("/never"));
            origin.awaitRequest("/never");

            proxy.stop();

            assertThat(proxy.awaitStopped()).isFalse();
            assertThat(proxy.summary().cut()).isEqualTo(1);
            assertThat(proxy.lines(": cut: ")).hasSize(1);
        }
    }

    @Test
    void cutWithoutADrainDoesNothing() throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, FAR);
                TestClient client = proxy.connect(ClientProtocol.HTTP11)) {
            proxy.sluice().cut();

            assertThat(client.send(TestRequest.get("/")).status()).isEqualTo(200);
            assertThat(proxy.lines()).isEmpty();
            assertThat(proxy.summary()).isEqualTo(DrainSummary.NOTHING);
        }
    }
}
