package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ServerConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.OriginExchange;
import dev.sluice.testkit.OriginExchange.Phase;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Event streams, long polls and calls of gRPC: they are quiet for longer than anything else may be. The limit on others is
 * below the pauses here, and so is the one on clients' connections; that on streams is above.
 */
abstract class EventStreamSuite extends ConformanceSuite {
    private static final Duration USUAL = Duration.ofMillis(1000);
    private static final Duration PAUSE = Duration.ofMillis(1400);
    private static final Duration STREAM = Duration.ofSeconds(4);
    private static final Duration POLL = Duration.ofSeconds(3);

    private static final String[] SMALL = {":\n", "data: 1\n\n", "\n"};
    private static final String[] NUMBERED = {"data: 1\n\n", "data: 2\n\n", "data: 3\n\n"};
    private static final Field EVENTS = Field.of("Content-Type", "text/event-stream");

    EventStreamSuite(ProxyVariant variant) {
        super(variant);
    }

    @Override
    ProxySetup setup() {
        UpstreamConfig usual = UpstreamConfig.defaults();
        ServerConfig server = ServerConfig.defaults();
        return ProxySetup.to(origin.url())
                .upstream(new UpstreamConfig(
                        usual.connectTimeout(),
                        POLL,
                        USUAL,
                        null,
                        usual.keepAlive(),
                        usual.maxConnections(),
                        usual.maxQueued(),
                        usual.queueTimeout(),
                        usual.transport(),
                        usual.tunnelIdleTimeout(),
                        STREAM))
                .server(new ServerConfig(
                        server.threads(),
                        server.maxConnections(),
                        server.acceptQueue(),
                        USUAL,
                        server.requestHeaderSize(),
                        server.responseHeaderSize(),
                        server.allowTrace(),
                        server.http2MaxStreams(),
                        server.http2FramesPerSecond()));
    }

    private static void stream(OriginExchange exchange, Gate gate, String... events) throws IOException {
        exchange.startChunked(200, EVENTS);
        for (String event : events) {
            gate.pass();
            exchange.chunk(event);
        }
    }

    /** Has the backend send each event only when the one before has arrived, after which it is quiet for so long. */
    private void assertArriveOneByOne(ClientProtocol protocol, String path, Gate gate, Duration pause, String... events)
            throws IOException {
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.get(path).field("accept", "text/event-stream"));
            assertThat(exchange.awaitHead().field("content-type")).isEqualTo("text/event-stream");
            for (String event : events) {
                gate.open();
                assertThat(exchange.awaitBody(event.length())).asString().isEqualTo(event);
                letPass(pause);
            }
            assertThat(exchange.finish().complete()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachEventArrivesBeforeTheNextIsSentHoweverSmall(ClientProtocol protocol) throws IOException {
        Gate gate = new Gate();
        origin.on("/events", (request, exchange) -> {
            stream(exchange, gate, SMALL);
            exchange.endChunks();
        });
        assertArriveOneByOne(protocol, "/events", gate, Duration.ZERO, SMALL);
    }

    @ParameterizedTest
    @EnumSource
    void eventsThatEndWithTheConnectionArriveOneByOneToo(ClientProtocol protocol) throws IOException {
        Gate gate = new Gate();
        origin.on("/events", (request, exchange) -> {
            exchange.startUntilClose(200, EVENTS);
            for (String event : NUMBERED) {
                gate.pass();
                exchange.content(event);
            }
        });
        assertArriveOneByOne(protocol, "/events", gate, Duration.ZERO, NUMBERED);
    }

    @Test
    void quietEventStreamIsNotCut() {
        overEach(ClientProtocol.values(), protocol -> {
            Gate gate = new Gate();
            String path = "/quiet/" + protocol;
            origin.on(path, (request, exchange) -> {
                stream(exchange, gate, NUMBERED);
                exchange.endChunks();
            });
            assertArriveOneByOne(protocol, path, gate, PAUSE, NUMBERED);
        });
    }

    @Test
    void eventStreamIsKnownByItsMediaTypeHoweverWritten() {
        String[] types = {"Text/Event-Stream", "text/event-stream;charset=utf-8", "text/event-stream ; charset=utf-8"};
        overEach(types, type -> {
            String path = "/typed/" + List.of(types).indexOf(type);
            origin.on(path, (request, exchange) -> {
                exchange.startChunked(200, Field.of("Content-Type", type));
                letPass(PAUSE);
                exchange.chunk("data: 1\n\n");
                exchange.endChunks();
            });
            assertThat(send(ClientProtocol.HTTP11, TestRequest.get(path)).complete())
                    .isTrue();
        });
    }

    @Test
    void whatOnlyLooksLikeAnEventStreamHasTheUsualLimit() {
        String[] types = {"text/event-streams", "text/plain", "application/json; was=text/event-stream"};
        overEach(types, type -> {
            String path = "/other/" + List.of(types).indexOf(type);
            origin.on(path, (request, exchange) -> {
                exchange.startChunked(200, Field.of("Content-Type", type));
                exchange.awaitAbort();
            });
            assertThat(send(ClientProtocol.HTTP11, TestRequest.get(path)).complete())
                    .isFalse();
            origin.awaitAborted(path);
        });
    }

    @Test
    void eventStreamThatIsQuietForLongerThanItsLimitIsBrokenOff() {
        overEach(ClientProtocol.values(), protocol -> {
            String path = "/stuck/" + protocol;
            origin.on(path, (request, exchange) -> {
                exchange.startChunked(200, EVENTS);
                exchange.chunk("data: 1\n\n");
                exchange.awaitAbort();
            });
            TestResponse response = send(protocol, TestRequest.get(path));
            assertThat(response.complete()).isFalse();
            assertThat(response.text()).isEqualTo("data: 1\n\n");
            assertThat(origin.awaitAborted(path).phase()).isEqualTo(Phase.STREAMING);
        });
    }

    @ParameterizedTest
    @EnumSource
    void clientThatClosesEndsTheBackendsConnectionInTheMiddleOfEvents(ClientProtocol protocol) throws IOException {
        origin.on("/left", (request, exchange) -> {
            stream(exchange, opened(), "data: 1\n\n");
            exchange.awaitAbort();
        });
        try (TestClient client = protocol.connect(proxy())) {
            client.open(TestRequest.get("/left")).awaitBody(9);
        }
        assertThat(origin.awaitAborted("/left").phase()).isEqualTo(Phase.STREAMING);
        origin.awaitClosed(origin.requests("/left").get(0).connection());
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "H2C"})
    void streamThatIsResetEndsTheBackendsConnectionAndLeavesTheSession(ClientProtocol protocol) throws IOException {
        origin.on("/reset", (request, exchange) -> {
            stream(exchange, opened(), "data: 1\n\n");
            exchange.awaitAbort();
        });
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange events = client.open(TestRequest.get("/reset"));
            events.awaitBody(9);
            events.abort();
            origin.awaitAborted("/reset");
            origin.awaitClosed(origin.requests("/reset").get(0).connection());
            assertThat(client.send(TestRequest.get("/next")).echo().target()).isEqualTo("/next");
        }
    }

    @ParameterizedTest
    @EnumSource
    void lastEventIdReachesTheBackendAsItWasSent(ClientProtocol protocol) throws IOException {
        String id = "42;\"a\", \u00c3\u00a9";
        assertThat(echo(protocol, TestRequest.get("/events").field("last-event-id", id))
                        .fields())
                .anyMatch(f ->
                        f.name().equalsIgnoreCase("last-event-id") && f.value().equals(id));
    }

    @Test
    void longPollIsAnsweredWhenThereIsSomethingToSay() {
        origin.on("/poll", (request, exchange) -> {
            letPass(PAUSE);
            exchange.answer(200, "news");
        });
        overEach(
                ClientProtocol.values(),
                protocol -> assertThat(send(protocol, TestRequest.get("/poll")).text())
                        .isEqualTo("news"));
    }

    @ParameterizedTest
    @EnumSource
    void clientThatLeavesALongPollEndsTheBackendsConnection(ClientProtocol protocol) throws IOException {
        origin.on("/poll", (request, exchange) -> exchange.awaitAbort());
        try (TestClient client = protocol.connect(proxy())) {
            client.open(TestRequest.get("/poll"));
            origin.awaitRequest("/poll");
        }
        assertThat(origin.awaitAborted("/poll").phase()).isEqualTo(Phase.WAITING);
    }

    // gRPC, as far as time is concerned.

    private static TestRequest call(String path) {
        return TestRequest.upload(path, -1).field("content-type", "application/grpc+proto");
    }

    private void overHttp2(Check<TestClient> check) {
        overEach(new ClientProtocol[] {ClientProtocol.H2, ClientProtocol.H2C}, protocol -> {
            try (TestClient client = protocol.connect(proxy())) {
                check.run(client);
            }
        });
    }

    @Test
    void grpcCallMayBeQuietFromItsBeginning() {
        origin.on("/late", (request, exchange) -> {
            exchange.sumBody();
            letPass(POLL.plusMillis(100));
            exchange.answer(200, "late");
        });
        overHttp2(client -> {
            TestExchange call = client.open(call("/late"));
            call.end(List.of());
            assertThat(call.finish().text()).isEqualTo("late");
        });
    }

    @Test
    void grpcCallMayBeQuietInBothDirections() {
        origin.on("/both", (request, exchange) -> {
            exchange.readBody(2);
            exchange.startChunked(200);
            exchange.sumBody();
            exchange.chunk("all");
            exchange.endChunks();
        });
        overHttp2(client -> {
            TestExchange call = client.open(call("/both"));
            for (int i = 0; i < 3; i++) {
                call.write(bytes("x"));
                letPass(PAUSE);
            }
            call.end(List.of());
            assertThat(call.finish().text()).isEqualTo("all");
        });
    }

    @Test
    void grpcCallThatIsNeverAnsweredEndsAtTheLimitOnStreams() {
        origin.on("/never", (request, exchange) -> {
            exchange.sumBody();
            exchange.awaitAbort();
        });
        overHttp2(client -> {
            TestExchange call = client.open(call("/never"));
            call.end(List.of());
            assertThat(call.finish().values("grpc-status")).containsExactly("4"); // DEADLINE_EXCEEDED
        });
        origin.awaitAborted("/never");
    }

    private static Gate opened() {
        Gate gate = new Gate();
        gate.open();
        return gate;
    }

    /** Time itself is what this is about. */
    private static void letPass(Duration time) {
        new Gate().pass(time);
    }
}
