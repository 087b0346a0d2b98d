package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.ActionConfig;
import dev.sluice.config.BackendConfig;
import dev.sluice.config.Conditions;
import dev.sluice.config.FieldEdits;
import dev.sluice.config.HandlingConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.ResponseConfig;
import dev.sluice.config.ResponseConfig.Coding;
import dev.sluice.config.RouteConfig;
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
import dev.sluice.upstream.balance.RoundRobin;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers of a route that has {@code response: { compress: true }}. */
@Timeout(60)
@Once
class CompressionTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final String TEXT = "{ \"name\": \"value\" },\n".repeat(500);
    private static final Field JSON = Field.of("Content-Type", "application/json; charset=utf-8");
    private static final Field EVENTS = Field.of("Content-Type", "text/event-stream");

    private static final FaultyOrigin ORIGIN = FaultyOrigin.start();
    private static @Nullable ProxyRig shared;

    @BeforeAll
    static void start() throws Exception {
        shared = rig(Transport.AUTO);
    }

    @AfterAll
    static void stop() throws Exception {
        rig().close();
        ORIGIN.close();
    }

    @AfterEach
    void nothingIsHeld() {
        soon().until(() -> rig().proxy.encoders().inUse() == 0);
        ORIGIN.forget();
    }

    /** Looks more often than usual: mostly it has happened already. */
    private static ConditionFactory soon() {
        return await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2));
    }

    private static ProxyRig rig() {
        if (shared == null) throw new IllegalStateException("not started");
        return shared;
    }

    private static ProxyRig rig(Transport transport) throws Exception {
        ResponseConfig response = new ResponseConfig(FieldEdits.NONE, List.of(Coding.values()), true, true);
        HandlingConfig none = HandlingConfig.NONE;
        HandlingConfig handling = new HandlingConfig(
                none.request(), response, none.timeouts(), none.errorPages(), null, null, null, null);
        PoolConfig pool = PoolConfig.of("default", List.of(BackendConfig.parse(ORIGIN.url())));
        RouteConfig route =
                new RouteConfig("default", Conditions.prefix(null), new ActionConfig.ToPool(pool), handling, SECOND);
        return new ProxyRig(List.of(route), ProxyRig.upstream(transport, 10, LONG, LONG), LONG, RoundRobin::new);
    }

    private static TestRequest get(@Nullable String accepted) {
        TestRequest request = TestRequest.get("/");
        return accepted == null ? request : request.field("Accept-Encoding", accepted);
    }

    private static TestResponse ask(ClientProtocol protocol, TestRequest request) throws Exception {
        try (TestClient client = protocol.connect(rig().port())) {
            return client.send(request);
        }
    }

    private static void serve(int status, String body, Field... fields) {
        ORIGIN.on("/", (request, exchange) -> {
            exchange.startLength(status, body.length(), fields);
            if (!request.method().equals("HEAD")) exchange.content(body);
        });
    }

    // What is compressed, and how it is said.

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "gzip, deflate, br, zstd | zstd",
                "gzip, br | br",
                "gzip | gzip",
                "zstd;q=0, * | br",
                "identity | none",
                "none | none"
            })
    void clientAndRouteAgreeOnACoding(String accepted, String coding) throws Exception {
        serve(200, TEXT, JSON);
        for (ClientProtocol protocol : List.of(ClientProtocol.HTTP11, ClientProtocol.H2C)) {
            TestResponse response = ask(protocol, get(accepted));

            assertThat(response.field("Content-Encoding")).isEqualTo(coding);
            assertThat(response.values("Vary")).containsExactly("Accept-Encoding");
            assertThat(response.complete()).isTrue();
            byte[] body = coding == null ? response.body() : Decoded.of(coding, response.body());
            assertThat(body).asString().isEqualTo(TEXT);
            if (coding != null) assertThat(response.body().length).isLessThan(TEXT.length() / 10);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP11", "H2C"})
    void fieldsSayWhatHoldsOfTheCompressedBody(ClientProtocol protocol) throws Exception {
        serve(
                200,
                TEXT,
                JSON,
                Field.of("ETag", "\"abc\""),
                Field.of("Vary", "Origin"),
                Field.of("Accept-Ranges", "bytes"),
                Field.of("Repr-Digest", "sha-256=:AAAA:"),
                Field.of("Content-MD5", "AAAA"),
                Field.of("X-Own", "stays"));
        TestResponse whole = ask(protocol, get("gzip"));
        TestResponse head = ask(protocol, TestRequest.of("HEAD", "/").field("Accept-Encoding", "gzip"));

        for (TestResponse response : List.of(whole, head)) {
            assertThat(response.field("Content-Encoding")).isEqualTo("gzip");
            assertThat(response.field("ETag")).isEqualTo("W/\"abc\"");
            assertThat(response.values("Vary")).containsExactly("Origin", "Accept-Encoding");
            assertThat(response.field("X-Own")).isEqualTo("stays");
            for (String untrue : List.of("Accept-Ranges", "Repr-Digest", "Content-MD5"))
                assertThat(response.field(untrue)).as(untrue).isNull();
        }
        assertThat(whole.field("Content-Length")).isIn(null, String.valueOf(whole.body().length));
        assertThat(head.field("Content-Length")).isNull();
        assertThat(head.body()).isEmpty();
        assertThat(head.complete()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "200|Content-Encoding: br",
                "200|Cache-Control: max-age=1, no-transform",
                "200|Content-Type: image/png",
                "200|Content-Type: application/grpc-web+json",
                "206|Content-Range: bytes 0-9999/20000",
                "404|X: y",
            })
    void answerThatNobodyGetsCompressedStaysAsItIs(String answer) throws Exception {
        String[] field = answer.substring(4).split(": ");
        boolean typed = field[0].equals("Content-Type");
        Field more = Field.of(field[0], field[1]);
        if (typed) serve(Integer.parseInt(answer.substring(0, 3)), TEXT, more, Field.of("ETag", "\"abc\""));
        else serve(Integer.parseInt(answer.substring(0, 3)), TEXT, JSON, more, Field.of("ETag", "\"abc\""));

        TestResponse response = ask(ClientProtocol.HTTP11, get("gzip"));

        assertThat(response.text()).isEqualTo(TEXT);
        assertThat(response.field("ETag")).isEqualTo("\"abc\"");
        assertThat(response.field("Vary")).isNull();
        assertThat(response.field("Content-Encoding")).isIn(null, "br");
        assertThat(response.field("Content-Length")).isEqualTo(String.valueOf(TEXT.length()));
    }

    @Test
    void smallAnswerStaysAsItIs() throws Exception {
        serve(200, TEXT.substring(0, 1023), JSON);
        assertThat(ask(ClientProtocol.HTTP11, get("gzip")).field("Content-Encoding"))
                .isNull();
        serve(200, TEXT.substring(0, 1024), JSON);
        assertThat(ask(ClientProtocol.HTTP11, get("gzip")).field("Content-Encoding"))
                .isEqualTo("gzip");
    }

    @Test
    void clientThatWantsTheBytesAsTheyAreGetsThem() throws Exception {
        serve(200, TEXT, JSON);
        TestResponse asked = ask(ClientProtocol.HTTP11, get("gzip").field("Cache-Control", "no-transform"));
        assertThat(asked.field("Content-Encoding")).isNull();
        assertThat(asked.field("Vary")).as("others get it compressed").isEqualTo("Accept-Encoding");
        try (RawClient old = RawClient.plain(rig().port())) {
            old.send("GET / HTTP/1.0\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
            assertThat(old.readResponse().text()).isEqualTo(TEXT);
        }
    }

    @Test
    void whileAsManyAreCompressedAsMayBeFurtherOnesGoAsTheyAre() throws Exception {
        serve(200, TEXT, JSON);
        Encoders encoders = rig().proxy.encoders();
        for (int place = 0; place < Encoders.AT_ONCE; place++)
            assertThat(encoders.reserve()).isTrue();

        TestResponse one = ask(ClientProtocol.HTTP11, get("gzip"));
        for (int place = 0; place < Encoders.AT_ONCE; place++) encoders.release();

        assertThat(one.field("Content-Encoding")).isNull();
        assertThat(one.field("Vary")).isEqualTo("Accept-Encoding");
        assertThat(one.text()).isEqualTo(TEXT);
        assertThat(ask(ClientProtocol.HTTP11, get("gzip")).field("Content-Encoding"))
                .isEqualTo("gzip");
    }

    @Test
    void compressedAnswerIsStillTheSameUnderItsWeakTag() throws Exception {
        ORIGIN.on("/", (request, exchange) -> exchange.raw("HTTP/1.1 304 Not Modified\r\nETag: \"abc\"\r\n\r\n"));

        TestResponse weak = ask(ClientProtocol.HTTP11, get("gzip").field("If-None-Match", "W/\"abc\""));
        TestResponse strong = ask(ClientProtocol.HTTP11, get("gzip").field("If-None-Match", "\"abc\""));

        assertThat(weak.field("ETag")).isEqualTo("W/\"abc\"");
        assertThat(weak.field("Vary")).isEqualTo("Accept-Encoding");
        assertThat(strong.field("ETag")).isEqualTo("\"abc\"");
    }

    // Bodies on their way.

    @ParameterizedTest
    @CsvSource({"HTTP11,gzip", "HTTP11,br", "HTTP11,zstd", "H2C,gzip", "H2C,br", "H2C,zstd"})
    void pieceCanBeReadBeforeTheNextIsSent(ClientProtocol protocol, String coding) throws Exception {
        Gate gate = new Gate();
        byte[] noise = new byte[protocol.http2() ? 2_000 : 20_000];
        new Random(1).nextBytes(noise);
        // What does not get smaller does not fit into a buffer of its own size either.
        List<String> pieces =
                List.of("data: 1\n\n", new String(noise, StandardCharsets.ISO_8859_1), "data: 3\n\n".repeat(5_000));
        ORIGIN.on("/", (request, exchange) -> {
            exchange.startChunked(200, EVENTS);
            for (String piece : pieces) {
                exchange.chunk(piece);
                gate.pass();
            }
            exchange.endChunks(Field.of("X-Sum", "42"));
        });
        try (TestClient client = protocol.connect(rig().port())) {
            TestExchange exchange = client.open(get(coding).field("TE", "trailers"));
            InputStream body = Decoded.of(coding, Decoded.streamOf(() -> exchange.awaitBody(1)));
            for (String piece : pieces) {
                byte[] read = Decoded.next(body, piece.length());
                assertThat(new String(read, StandardCharsets.ISO_8859_1)).isEqualTo(piece);
                gate.open();
            }
            TestResponse end = exchange.finish();
            assertThat(end.complete()).isTrue();
            assertThat(end.trailers().toString()).isEqualToIgnoringCase("[X-Sum: 42]");
        }
    }

    @ParameterizedTest
    @CsvSource({"HTTP11,gzip,3000000", "H2C,br,3000000", "H2C,zstd,3000000"})
    void largeBodyComesOutAsItWas(ClientProtocol protocol, String coding, long size) throws Exception {
        ORIGIN.on("/", (request, exchange) -> {
            exchange.startLength(200, size, JSON);
            exchange.generate(size);
        });
        TestResponse response = ask(protocol, get(coding));
        assertThat(response.field("Content-Encoding")).isEqualTo(coding);
        assertThat(response.complete()).isTrue();
        assertThat(BodySum.of(Decoded.of(coding, response.body()))).isEqualTo(BodySum.ofPattern(size));
    }

    @Test
    void emptyBodyOfUnknownLengthIsAnEmptyOneInItsCoding() throws Exception {
        ORIGIN.on("/", (request, exchange) -> {
            exchange.startChunked(200, JSON);
            exchange.endChunks();
        });
        TestResponse response = ask(ClientProtocol.HTTP11, get("gzip"));
        assertThat(response.field("Content-Encoding")).isEqualTo("gzip");
        assertThat(Decoded.of("gzip", response.body())).isEmpty();
    }

    // Ends before the end.

    @ParameterizedTest
    @CsvSource({"HTTP11,AUTO,gzip", "H2C,AUTO,br", "HTTP11,HTTPCLIENT,zstd", "H2C,HTTPCLIENT,gzip"})
    void answerThatTheBackendBreaksOffDoesNotLookWhole(ClientProtocol protocol, Transport transport, String coding)
            throws Exception {
        Gate gate = new Gate();
        ORIGIN.on("/", (request, exchange) -> {
            exchange.startChunked(200, JSON);
            exchange.chunk(TEXT);
            gate.pass();
            exchange.close();
        });
        try (ProxyRig rig = rig(transport);
                TestClient client = protocol.connect(rig.port())) {
            TestExchange exchange = client.open(get(coding));
            InputStream body = Decoded.of(coding, Decoded.streamOf(() -> exchange.awaitBody(1)));
            assertThat(Decoded.next(body, TEXT.length())).asString().isEqualTo(TEXT);
            gate.open();

            TestResponse response = exchange.finish();
            assertThat(response.complete()).isFalse();
            assertThatThrownBy(() -> Decoded.of(coding, response.body())).isInstanceOf(IOException.class);
            soon().until(() -> rig.proxy.encoders().inUse() == 0 && rig.proxy.exchanges() == 0);
        }
    }

    @ParameterizedTest
    @CsvSource({"HTTP11,AUTO", "H2C,AUTO", "HTTP11,HTTPCLIENT", "H2C,HTTPCLIENT"})
    void clientThatLeavesBetweenTwoPiecesLeavesNothingBehind(ClientProtocol protocol, Transport transport)
            throws Exception {
        ORIGIN.on("/", (request, exchange) -> {
            exchange.startChunked(200, EVENTS);
            exchange.chunk("data: 1\n\n");
            exchange.awaitAbort();
        });
        try (ProxyRig rig = rig(transport)) {
            TestClient client = protocol.connect(rig.port());
            TestExchange exchange = client.open(get("zstd"));
            exchange.awaitBody(1);
            assertThat(rig.proxy.encoders().inUse()).isEqualTo(1);
            exchange.abort();
            soon().until(() -> rig.proxy.encoders().inUse() == 0 && rig.proxy.exchanges() == 0);
            client.close();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP11", "H2C"})
    void clientThatLeavesAndHasNotTakenWhatCameLeavesNothingBehind(ClientProtocol protocol) throws Exception {
        ORIGIN.on("/", (request, exchange) -> {
            exchange.startChunked(200, JSON);
            byte[] noise = new byte[65_536];
            new Random(1).nextBytes(noise);
            for (int piece = 0; piece < 1_000; piece++) exchange.chunk(new String(noise, StandardCharsets.ISO_8859_1));
        });
        TestClient client = protocol.connect(rig().port());
        TestExchange exchange = client.open(get("gzip"));
        exchange.awaitHead();
        soon().until(() -> rig().proxy.encoders().inUse() == 1);
        exchange.abort();
        ORIGIN.awaitAborted("/");
        soon().until(() -> rig().proxy.encoders().inUse() == 0);
        client.close();
    }

    @ParameterizedTest
    @CsvSource({"HTTP11,gzip", "H2C,zstd", "HTTP11,br"})
    void eventStreamThatADrainEndsIsWhole(ClientProtocol protocol, String coding) throws Exception {
        Gate gate = new Gate();
        ORIGIN.on("/", (request, exchange) -> {
            exchange.startChunked(200, EVENTS);
            exchange.chunk("data: 1\n\ndata: 2\n");
            gate.pass();
            exchange.chunk("\ndata: 3\n\n");
            exchange.awaitAbort();
        });
        try (TestClient client = protocol.connect(rig().port())) {
            TestExchange exchange = client.open(get(coding));
            InputStream body = Decoded.of(coding, Decoded.streamOf(() -> exchange.awaitBody(1)));
            assertThat(Decoded.next(body, 17)).asString().isEqualTo("data: 1\n\ndata: 2\n");

            Map<?, ?> early = (Map<?, ?>) rig().latest().getAttribute(ReverseProxy.EARLY_ATTRIBUTE);
            assertThat((Optional<?>) ((Supplier<?>) early.get("end")).get()).isEqualTo(Optional.of(true));
            gate.open();

            assertThat(Decoded.next(body, 1))
                    .as("the rest of the event")
                    .asString()
                    .isEqualTo("\n");
            byte[] end = exchange.finish().body();
            assertThat(Decoded.of(coding, end)).asString().isEqualTo("data: 1\n\ndata: 2\n\n");
        }
    }
}
