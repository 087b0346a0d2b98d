package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.H2Client;
import dev.sluice.testkit.H2Exchange;
import dev.sluice.testkit.H2Origin;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Backends that speak HTTP/2 (RFC 9113) with prior knowledge, {@code h2c://}, and clients of every protocol. */
@Timeout(60)
abstract class Http2BackendSuite extends ConformanceSuite {
    private final H2Origin backend = H2Origin.start();

    Http2BackendSuite(ProxyVariant variant) {
        super(variant);
    }

    @Override
    ProxySetup setup() {
        // The other one speaks HTTP/1.1 only.
        return ProxySetup.to(backend.url()).route("/not-http2", origin.url().replace("http:", "h2c:"));
    }

    @BeforeEach
    void forgetBackend() {
        backend.forget();
    }

    @AfterAll
    void closeBackend() {
        backend.close();
    }

    @ParameterizedTest
    @EnumSource
    void requestKeepsItsMethodTargetAuthorityAndFields(ClientProtocol protocol) throws IOException {
        TestResponse response = send(
                protocol,
                TestRequest.of("PATCH", "/a//b/../%2F?q=%20&r=|")
                        .authority("example.test:8080")
                        .field("X-Own", "kept"));

        assertThat(response.status()).isEqualTo(200);
        H2Origin.Exchange seen = backend.seen().get(0);
        assertThat(seen.request().getMethod()).isEqualTo("PATCH");
        assertThat(seen.path()).isEqualTo("/a//b/../%2F?q=%20&r=|");
        assertThat(seen.request().getHttpURI().getAuthority()).isEqualTo("example.test:8080");
        List<String> names = seen.request().getHttpFields().stream()
                .map(HttpField::getLowerCaseName)
                .toList();
        assertThat(names)
                .contains("x-own", "via", "x-forwarded-for")
                .doesNotContain("connection", "transfer-encoding", "keep-alive", "te", "upgrade")
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @EnumSource
    void bodiesAndTrailersPassBothWays(ClientProtocol protocol) throws IOException {
        H2Origin.Rest[] rest = new H2Origin.Rest[1];
        backend.on(
                "/trailed",
                exchange -> rest[0] = new H2Origin.Rest() {
                    @Override
                    public void ended(Stream stream) {
                        exchange.head(200, false);
                        stream.data(new DataFrame(stream.getId(), ByteBuffer.wrap(bytes(body())), false))
                                .thenRun(() ->
                                        exchange.trailers(Field.of("x-sum", "7"), Field.of("content-length", "1")));
                    }
                });

        TestResponse response = send(
                protocol,
                TestRequest.post("/trailed", "four")
                        .unsized()
                        .field("TE", "trailers")
                        .trailer("X-Check", "ok"));

        assertThat(response.text()).isEqualTo("four");
        assertThat(rest[0].body()).isEqualTo("four");
        assertThat(rest[0].trailers()).isNotNull();
        assertThat(rest[0].trailers().get("x-check")).isEqualTo("ok");
        assertThat(response.failure()).isNull();
        assertThat(response.trailers()).extracting(f -> f.name().toLowerCase()).containsExactly("x-sum");
    }

    @ParameterizedTest
    @EnumSource
    void interimAnswersComeInOrderAndBeforeTheFinalOne(ClientProtocol protocol) throws IOException {
        backend.on("/hints", exchange -> {
            exchange.head(103, false, Field.of("link", "</a>; rel=preload"));
            exchange.head(103, false, Field.of("link", "</b>; rel=preload"));
            exchange.answer(200, "final");
            return new H2Origin.Rest();
        });

        TestResponse response = send(protocol, TestRequest.get("/hints"));

        assertThat(response.text()).isEqualTo("final");
        assertThat(response.interims()).extracting(i -> i.status()).containsExactly(103, 103);
        assertThat(response.interims())
                .extracting(i -> i.field("link"))
                .containsExactly("</a>; rel=preload", "</b>; rel=preload");
    }

    @Test
    void manyExchangesShareAConnection() throws IOException {
        send(ClientProtocol.HTTP11, TestRequest.get("/first"));
        List<TestClient> clients = new ArrayList<>();
        List<TestExchange> exchanges = new ArrayList<>();
        backend.on("/held", exchange -> new H2Origin.Rest());
        for (int i = 0; i < 20; i++) {
            TestClient client = ClientProtocol.HTTP11.connect(proxy());
            clients.add(client);
            exchanges.add(client.open(TestRequest.get("/held")));
        }
        List<H2Origin.Exchange> held = backend.await("/held", 20);
        Set<Session> used = new HashSet<>();
        for (H2Origin.Exchange exchange : held) used.add(exchange.stream().getSession());
        for (H2Origin.Exchange exchange : held) exchange.answer(200, "held");
        for (TestExchange exchange : exchanges)
            assertThat(exchange.finish().text()).isEqualTo("held");
        for (TestClient client : clients) client.close();

        assertThat(used).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void streamOfAClientThatLeavesIsCancelled(ClientProtocol protocol) throws IOException {
        H2Origin.Rest rest = new H2Origin.Rest();
        backend.on("/left", exchange -> rest);
        TestClient client = protocol.connect(proxy());
        TestExchange exchange = client.open(TestRequest.get("/left"));
        backend.await("/left", 1);

        exchange.abort();

        assertThat(rest.awaitReset()).isEqualTo(ErrorCode.CANCEL_STREAM_ERROR.code);
        client.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    void refusedStreamIsSentAgainWhateverTheMethod(String method) throws IOException {
        AtomicInteger times = new AtomicInteger();
        backend.on("/refused", exchange -> {
            if (times.incrementAndGet() <= 2) {
                exchange.reset(ErrorCode.REFUSED_STREAM_ERROR);
                return new H2Origin.Rest();
            }
            if (exchange.last()) exchange.answer(200, "");
            return new H2Origin.Rest() {
                @Override
                public void ended(Stream stream) {
                    exchange.answer(200, body());
                }
            };
        });

        TestResponse response = send(
                ClientProtocol.HTTP11,
                method.equals("POST") ? TestRequest.post("/refused", "once") : TestRequest.get("/refused"));

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.text()).isEqualTo(method.equals("POST") ? "once" : "");
        assertThat(times).hasValue(3);
    }

    @Test
    void backendThatAlwaysRefusesIsUnavailable() throws IOException {
        AtomicInteger times = new AtomicInteger();
        backend.on("/full", exchange -> {
            times.incrementAndGet();
            exchange.reset(ErrorCode.REFUSED_STREAM_ERROR);
            return new H2Origin.Rest();
        });

        assertThat(send(ClientProtocol.HTTP11, TestRequest.get("/full")).status())
                .isEqualTo(503);
        assertThat(times.get()).isLessThan(5);
    }

    /** What a backend does that restarts: it names what it will still do, does it, and takes no more. */
    @Test
    void goAwayMeansThatTheOldConnectionIsFinishedAndANewOneUsed() throws IOException {
        backend.on("/held", exchange -> new H2Origin.Rest());
        try (TestClient one = ClientProtocol.HTTP11.connect(proxy());
                TestClient other = ClientProtocol.HTTP11.connect(proxy())) {
            TestExchange waiting = one.open(TestRequest.get("/held"));
            H2Origin.Exchange held = backend.await("/held", 1).get(0);
            Session old = held.stream().getSession();

            ((HTTP2Session) old).goAway(goAway(held.stream().getId()), Callback.NOOP);

            for (int i = 0; i < 20; i++)
                assertThat(other.send(TestRequest.post("/new", "x")).status()).isEqualTo(200);
            held.answer(200, "finished");
            assertThat(waiting.finish().text()).isEqualTo("finished");
            assertThat(backend.await("/new", 20).get(19).stream().getSession()).isNotSameAs(old);
        }
    }

    @Test
    void requestThatAGoAwayLeavesOutIsSentAgain() throws IOException {
        AtomicInteger times = new AtomicInteger();
        backend.on("/late", exchange -> {
            if (times.incrementAndGet() > 1) exchange.answer(200, "again");
            return new H2Origin.Rest();
        });
        try (TestClient client = ClientProtocol.HTTP11.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.post("/late", "x"));
            H2Origin.Exchange first = backend.await("/late", 1).get(0);

            ((HTTP2Session) first.stream().getSession())
                    .goAway(goAway(first.stream().getId() - 2), Callback.NOOP);

            assertThat(exchange.finish().text()).isEqualTo("again");
        }
    }

    private static GoAwayFrame goAway(int lastStream) {
        return new GoAwayFrame(lastStream, ErrorCode.NO_ERROR.code, bytes("restart"));
    }

    @ParameterizedTest
    @EnumSource
    void resetInTheMiddleOfAnAnswerIsSeenByTheClient(ClientProtocol protocol) throws IOException {
        backend.on("/broken", exchange -> {
            exchange.head(200, false);
            exchange.stream()
                    .data(new DataFrame(exchange.stream().getId(), ByteBuffer.wrap(bytes("part")), false))
                    .thenRun(() -> {});
            return new H2Origin.Rest();
        });
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.get("/broken"));
            assertThat(exchange.awaitBody(4)).isEqualTo(bytes("part"));

            backend.seen().get(0).reset(ErrorCode.INTERNAL_ERROR);

            assertThat(exchange.finish().failure()).as("broken off").isNotNull();
        }
        // Neither the backend's connection nor other exchanges suffer.
        assertThat(send(protocol, TestRequest.get("/")).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @EnumSource
    void resetBeforeAnAnswerIsABadGateway(ClientProtocol protocol) throws IOException {
        backend.on("/none", exchange -> {
            exchange.reset(ErrorCode.INTERNAL_ERROR);
            return new H2Origin.Rest();
        });

        assertThat(send(protocol, TestRequest.post("/none", "x")).status()).isEqualTo(502);
    }

    /** 128 KB on the way, what the sockets hold, and no more. */
    @Test
    void clientThatDoesNotReadHoldsUpItsOwnStreamAlone() throws IOException {
        AtomicLong written = new AtomicLong();
        byte[] piece = new byte[16 * 1024];
        backend.on("/endless", exchange -> {
            exchange.head(200, false);
            writeOn(exchange.stream(), piece, written);
            return new H2Origin.Rest();
        });
        try (H2Client client = H2Client.plain(proxy().httpPort())) {
            H2Exchange stuck = client.open(TestRequest.get("/endless"));
            stuck.awaitHead();
            AtomicLong before = new AtomicLong(-1);
            Awaitility.await("a stall").until(() -> written.get() == before.getAndSet(written.get()));

            assertThat(written.get()).isLessThan(1 << 20);
            for (int i = 0; i < 10; i++)
                assertThat(send(ClientProtocol.H2C, TestRequest.get("/other")).status())
                        .isEqualTo(200);
            stuck.abort();
        }
    }

    private static void writeOn(Stream stream, byte[] piece, AtomicLong written) {
        stream.data(new DataFrame(stream.getId(), ByteBuffer.wrap(piece), false))
                .thenRun(() -> {
                    written.addAndGet(piece.length);
                    writeOn(stream, piece, written);
                });
    }

    /** RFC 9113 §8.1: a server that needs no more of the request says so with RST_STREAM and NO_ERROR. */
    @ParameterizedTest
    @EnumSource
    void earlyAnswerReachesTheClientWhoseUploadIsNotWanted(ClientProtocol protocol) throws IOException {
        // Not before some of it has come: what a client writes to a connection that is closed already is another story.
        backend.on("/early", exchange -> new H2Origin.Rest() {
            @Override
            public void onDataAvailable(Stream stream, boolean immediate) {
                exchange.head(413, false);
                stream.data(new DataFrame(stream.getId(), ByteBuffer.wrap(bytes("too large")), true))
                        .thenRun(() -> exchange.reset(ErrorCode.NO_ERROR));
            }
        });
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.upload("/early", -1));
            exchange.write(bytes("some of it"));

            assertThat(exchange.awaitHead().status()).isEqualTo(413);
            assertThat(exchange.awaitBody(9)).isEqualTo(bytes("too large"));
        }
    }

    /** The two halves of a stream do not wait for each other. */
    @ParameterizedTest
    @EnumSource
    void answerBeginsBeforeTheRequestHasABody(ClientProtocol protocol) throws IOException {
        H2Origin.Rest rest = new H2Origin.Rest();
        backend.on("/both", exchange -> {
            exchange.head(200, false);
            exchange.data("first", false);
            return rest;
        });
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.upload("/both", -1));
            assertThat(exchange.awaitBody(5)).isEqualTo(bytes("first"));
            exchange.write(bytes("second"));
            rest.awaitBody(6);
            backend.seen().get(0).data("third", true);
            assertThat(exchange.awaitBody(5)).isEqualTo(bytes("third"));
            exchange.end(List.of());
        }
    }

    /** gRPC calls it trailers-only: a client takes a head without an end for the beginning of something else. */
    @Test
    void answerWithoutABodyIsOneFrame() throws IOException {
        backend.on("/frame", exchange -> {
            exchange.head(200, true, Field.of("content-type", "application/grpc"), Field.of("grpc-status", "5"));
            return new H2Origin.Rest();
        });
        try (H2Client client = H2Client.plain(proxy().httpPort())) {
            H2Exchange exchange = client.open(TestRequest.post("/frame", "x"));
            exchange.awaitHead();
            assertThat(exchange.endedWithItsHead()).isTrue();
        }
    }

    @Test
    void backendThatDoesNotSpeakHttp2IsABadGateway() throws IOException {
        assertThat(send(ClientProtocol.HTTP11, TestRequest.get("/not-http2")).status())
                .isEqualTo(502);
    }

    @Test
    void connectionThatBreaksIsReplacedAndIdempotentRequestsSentAgain() throws IOException {
        AtomicInteger times = new AtomicInteger();
        backend.on("/dies", exchange -> {
            if (times.incrementAndGet() == 1)
                ((HTTP2Session) exchange.stream().getSession()).getEndPoint().close();
            else exchange.answer(200, "again");
            return new H2Origin.Rest();
        });

        assertThat(send(ClientProtocol.HTTP11, TestRequest.get("/dies")).text()).isEqualTo("again");
    }

    /** They once broke the connection, and with it all that was under way there. */
    @ParameterizedTest
    @ValueSource(strings = {"one large field", "many small fields", "bytes that are long when coded"})
    void fieldsThatTheBackendDoesNotTakeAreRefusedAndDisturbNobody(String how) throws IOException {
        backend.on("/held", exchange -> new H2Origin.Rest());
        TestRequest large = TestRequest.get("/large");
        switch (how) {
            case "one large field" -> large = large.field("Cookie", "c=" + "x".repeat(10_000));
            case "many small fields" -> {
                for (int i = 0; i < 900; i++) large = large.field("a", "b");
            }
            default -> large = large.field("X-Odd", "\u00fb".repeat(4_000));
        }
        try (TestClient one = ClientProtocol.HTTP11.connect(proxy())) {
            TestExchange waiting = one.open(TestRequest.get("/held"));
            H2Origin.Exchange held = backend.await("/held", 1).get(0);

            assertThat(send(ClientProtocol.HTTP11, large).status()).isEqualTo(431);

            assertThat(send(ClientProtocol.HTTP11, TestRequest.post("/new", "x"))
                            .status())
                    .isEqualTo(200);
            held.answer(200, "undisturbed");
            assertThat(waiting.finish().text()).isEqualTo("undisturbed");
        }
    }

    @ParameterizedTest
    @EnumSource
    void answerThatHadArrivedBeforeItsConnectionEndedIsPassedOnWhole(ClientProtocol protocol) throws IOException {
        String whole = "0123456789".repeat(10_000);
        backend.on("/whole", exchange -> {
            exchange.head(200, false);
            exchange.stream()
                    .data(new DataFrame(exchange.stream().getId(), ByteBuffer.wrap(bytes(whole)), true))
                    .thenRun(() -> ((HTTP2Session) exchange.stream().getSession())
                            .getEndPoint()
                            .close());
            return new H2Origin.Rest();
        });
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.get("/whole"));
            exchange.awaitHead();
            Session session = backend.await("/whole", 1).get(0).stream().getSession();
            Awaitility.await().until(session::isClosed);

            TestResponse response = exchange.finish();

            // Whole, or seen to be broken; never a part that looks whole.
            if (response.complete()) assertThat(response.text()).isEqualTo(whole);
        }
    }

    @Test
    void webSocketGoesToTheSamePortInHttp11() throws IOException {
        // Nothing there understands it, and that is said in order.
        try (RawClient client = raw()) {
            client.send("GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(502);
        }
    }
}
