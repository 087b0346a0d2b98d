package dev.sluice.drain;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.sluice.config.UpstreamConfig.Transport;
import dev.sluice.testkit.BodySum;
import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import dev.sluice.upstream.PoolSnapshot;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The limit of a route in a drain: what can be ended in order is, and what cannot goes on. */
@Timeout(60)
@Once
class DrainEarlyEndTest {
    private static final Duration LIMIT = Duration.ofMillis(300);
    private static final Field EVENTS = Field.of("Content-Type", "text/event-stream");

    private final FaultyOrigin origin = FaultyOrigin.start();
    private final Gate gate = new Gate();

    @AfterEach
    void closeOrigin() {
        origin.close();
    }

    static Stream<Arguments> everyWay() {
        return Stream.of(ClientProtocol.values())
                .flatMap(client -> Stream.of(Transport.values()).map(transport -> arguments(client, transport)));
    }

    private DrainingProxy start(Transport transport) throws Exception {
        return EarlyProxy.start(origin.url(), transport, LIMIT);
    }

    private static void outliveTheLimit(DrainingProxy proxy) {
        outlive(Duration.ofMillis(800), proxy);
    }

    private static void outlive(Duration limit, DrainingProxy proxy) {
        await().during(limit).until(() -> proxy.handler().live() == 1);
    }

    private static void assertNobodyIsBlamed(DrainingProxy proxy) {
        for (PoolSnapshot pool : proxy.sluice().pools())
            assertThat(pool.backends()).allSatisfy(backend -> {
                assertThat(backend.failed()).isZero();
                assertThat(backend.outstanding()).isZero();
            });
    }

    private static void assertEndedEarly(DrainingProxy proxy, int n) {
        assertThat(proxy.awaitStopped()).isTrue();
        assertThat(proxy.summary().endedEarly()).isEqualTo(n);
        assertThat(proxy.summary().finished()).isZero();
        assertThat(proxy.summary().cut()).isZero();
        assertThat(proxy.summary().took()).isGreaterThanOrEqualTo(LIMIT).isLessThan(EarlyProxy.FAR.dividedBy(4));
        assertThat(proxy.lines("drained in ")).singleElement().asString().endsWith(", 0 cut, " + n + " ended early");
    }

    @ParameterizedTest
    @MethodSource("everyWay")
    void eventStreamEndsAsIfItsBackendHadEndedIt(ClientProtocol protocol, Transport transport) throws Exception {
        origin.on("/events", (request, exchange) -> {
            exchange.startChunked(200, EVENTS);
            exchange.chunk("data: 1\n\n");
            exchange.awaitAbort();
        });
        try (DrainingProxy proxy = start(transport);
                TestClient client = proxy.connect(protocol)) {
            TestExchange events = client.open(TestRequest.get("/events"));
            assertThat(events.awaitBody(9)).isEqualTo("data: 1\n\n".getBytes(ISO_8859_1));

            proxy.stop();

            TestResponse response = events.finish();
            assertThat(response.complete()).isTrue();
            assertThat(response.text()).isEqualTo("data: 1\n\n");
            origin.awaitAborted("/events");
            assertEndedEarly(proxy, 1);
            assertNobodyIsBlamed(proxy);
        }
    }

    @ParameterizedTest
    @MethodSource("everyWay")
    void eventThatIsOnItsWayIsFinishedFirstAndNothingFollowsIt(ClientProtocol protocol, Transport transport)
            throws Exception {
        origin.on("/events", (request, exchange) -> {
            exchange.startChunked(200, EVENTS);
            exchange.chunk("data: 1\n\ndata: ");
            gate.pass(Duration.ofSeconds(30));
            exchange.chunk("2\n\ndata: 3\n\ndat");
            exchange.awaitAbort();
        });
        try (DrainingProxy proxy = start(transport);
                TestClient client = proxy.connect(protocol)) {
            TestExchange events = client.open(TestRequest.get("/events"));
            events.awaitBody(15);

            proxy.stop();
            outliveTheLimit(proxy);
            gate.open();

            TestResponse response = events.finish();
            assertThat(response.complete()).isTrue();
            assertThat(response.text()).isEqualTo("data: 1\n\ndata: 2\n\n");
            assertEndedEarly(proxy, 1);
            assertNobodyIsBlamed(proxy);
        }
    }

    @ParameterizedTest
    @MethodSource("everyWay")
    void requestThatWaitsForItsAnswerIsToldToComeBack(ClientProtocol protocol, Transport transport) throws Exception {
        origin.on("/poll", (request, exchange) -> exchange.awaitAbort());
        try (DrainingProxy proxy = start(transport);
                TestClient client = proxy.connect(protocol)) {
            TestExchange poll = client.open(TestRequest.get("/poll"));
            origin.awaitRequest("/poll");

            proxy.stop();

            TestResponse response = poll.finish();
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.field("Retry-After")).isEqualTo("1");
            assertThat(response.field("Connection")).isEqualTo(protocol.http2() ? null : "close");
            origin.awaitAborted("/poll");
            assertEndedEarly(proxy, 1);
            assertNobodyIsBlamed(proxy);
        }
    }

    @ParameterizedTest
    @MethodSource("everyWay")
    void requestWhoseWholeBodyHasComeIsToldToComeBack(ClientProtocol protocol, Transport transport) throws Exception {
        origin.on("/poll", (request, exchange) -> {
            exchange.readBody();
            gate.open();
            exchange.awaitAbort();
        });
        try (DrainingProxy proxy = start(transport);
                TestClient client = proxy.connect(protocol)) {
            TestExchange poll = client.open(TestRequest.upload("/poll", 4));
            poll.write("what".getBytes(ISO_8859_1));
            poll.end(List.of());
            gate.pass();

            proxy.stop();

            assertThat(poll.finish().status()).isEqualTo(503);
            assertEndedEarly(proxy, 1);
        }
    }

    @ParameterizedTest
    @MethodSource("everyWay")
    void uploadUnderWayGoesOnAndIsAnswered(ClientProtocol protocol, Transport transport) throws Exception {
        origin.on("/upload", (request, exchange) -> exchange.answer(200, new String(exchange.readBody(), ISO_8859_1)));
        try (DrainingProxy proxy = start(transport);
                TestClient client = proxy.connect(protocol)) {
            TestExchange upload = client.open(TestRequest.upload("/upload", -1));
            upload.write("first".getBytes(ISO_8859_1));
            origin.awaitRequest("/upload");

            proxy.stop();
            outliveTheLimit(proxy);
            upload.write(" second".getBytes(ISO_8859_1));
            upload.end(List.of());

            assertThat(upload.finish().text()).isEqualTo("first second");
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().endedEarly()).isZero();
            assertThat(proxy.summary().finished()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @MethodSource("everyWay")
    void downloadGoesOn(ClientProtocol protocol, Transport transport) throws Exception {
        origin.on("/download", (request, exchange) -> {
            exchange.startLength(200, 100_000);
            gate.pass(Duration.ofSeconds(30));
            exchange.generate(100_000);
        });
        try (DrainingProxy proxy = start(transport);
                TestClient client = proxy.connect(protocol)) {
            TestExchange download = client.open(TestRequest.get("/download"));
            download.awaitHead();

            proxy.stop();
            outliveTheLimit(proxy);
            gate.open();

            assertThat(download.sumBody()).isEqualTo(BodySum.ofPattern(100_000));
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().finished()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void eventStreamWhoseEventsCannotBeSeenGoesOnToTheDeadline(Transport transport) throws Exception {
        origin.on("/events", (request, exchange) -> {
            exchange.startChunked(200, EVENTS, Field.of("Content-Encoding", "gzip"));
            exchange.chunk("squeezed\n\n");
            exchange.awaitAbort();
        });
        try (DrainingProxy proxy = EarlyProxy.start(origin.url(), transport, LIMIT, Duration.ofMillis(900));
                TestClient client = proxy.connect(ClientProtocol.HTTP11)) {
            TestExchange events = client.open(TestRequest.get("/events"));
            events.awaitBody(10);

            proxy.stop();

            assertThat(events.finish().complete()).isFalse();
            assertThat(proxy.awaitStopped()).isFalse();
            assertThat(proxy.summary().cut()).isEqualTo(1);
            assertThat(proxy.summary().endedEarly()).isZero();
        }
    }

    /** It is served: its limit counts from the moment at which it came. */
    @ParameterizedTest
    @EnumSource(names = {"HTTP11", "TLS"})
    void requestThatComesAfterTheLimitIsServed(ClientProtocol protocol) throws Exception {
        origin.on("/slow", (request, exchange) -> {
            gate.pass(Duration.ofSeconds(30));
            exchange.answer(200, "slow");
        });
        origin.on("/download", (request, exchange) -> {
            exchange.startLength(200, 4);
            gate.pass(Duration.ofSeconds(30));
            exchange.content("done");
        });
        try (DrainingProxy proxy = EarlyProxy.start(origin.url(), Transport.AUTO, Duration.ofSeconds(2));
                RawClient client =
                        protocol.secure() ? RawClient.tls(proxy.tlsPort()) : RawClient.plain(proxy.httpPort())) {
            // Its head is sent before the drain, so that the connection stays open.
            client.send(DrainTest.get("/download")).readHead();
            proxy.stop();
            outlive(Duration.ofMillis(2_500), proxy);
            // It is there when the download ends, and read, and its time begun, only then.
            client.send(DrainTest.get("/slow"));
            gate.open();
            assertThat(client.readBytes(4)).isEqualTo("done".getBytes(ISO_8859_1));

            origin.awaitRequest("/slow");
            gate.open();

            assertThat(client.readResponse().text()).isEqualTo("slow");
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().finished()).isEqualTo(2);
            assertThat(proxy.summary().endedEarly()).isZero();
        }
    }

    @Test
    void webSocketInTheMiddleOfAMessageIsClosed() throws Exception {
        origin.on("/up", (request, exchange) -> {
            exchange.start(101, Field.of("Connection", "Upgrade"), Field.of("Upgrade", "websocket"));
            exchange.raw(new byte[] {(byte) 0x81, 6, 'f', 'i', 'n'});
            exchange.readRaw(8); // A Close, which it does not answer.
            exchange.awaitAbort();
        });
        try (DrainingProxy proxy = start(Transport.AUTO);
                RawClient client = proxy.connectRaw()) {
            client.send("GET /up HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(101);
            client.readBytes(5);

            proxy.stop();

            client.awaitClosed();
            assertEndedEarly(proxy, 1);
        }
    }

    @Test
    void tunnelOfAnotherProtocolHasUntilTheDeadline() throws Exception {
        origin.on("/up", (request, exchange) -> {
            exchange.start(101, Field.of("Connection", "Upgrade"), Field.of("Upgrade", "echo/1"));
            exchange.echoRaw();
        });
        try (DrainingProxy proxy = EarlyProxy.start(origin.url(), Transport.AUTO, LIMIT, Duration.ofSeconds(4));
                RawClient client = proxy.connectRaw()) {
            client.send("GET /up HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(101);

            proxy.stop();
            outliveTheLimit(proxy);
            client.send("still");
            assertThat(client.readBytes(5)).isEqualTo("still".getBytes(ISO_8859_1));

            assertThat(proxy.awaitStopped()).isFalse();
            assertThat(proxy.summary().cut()).isEqualTo(1);
        }
    }

    @Test
    void whatHasNoLimitRunsToTheDeadline() throws Exception {
        origin.on("/poll", (request, exchange) -> exchange.awaitAbort());
        try (DrainingProxy proxy = EarlyProxy.start(origin.url(), Transport.AUTO, null, Duration.ofMillis(500));
                RawClient client = proxy.connectRaw()) {
            client.send(DrainTest.get("/poll"));
            origin.awaitRequest("/poll");

            proxy.stop();

            assertThat(proxy.awaitStopped()).isFalse();
            assertThat(proxy.summary().cut()).isEqualTo(1);
        }
    }
}
