package dev.sluice.conformance;

import static dev.sluice.testkit.RawH2Client.CONTINUATION;
import static dev.sluice.testkit.RawH2Client.DATA;
import static dev.sluice.testkit.RawH2Client.END_HEADERS;
import static dev.sluice.testkit.RawH2Client.END_STREAM;
import static dev.sluice.testkit.RawH2Client.HEADERS;
import static dev.sluice.testkit.RawH2Client.PADDED;
import static dev.sluice.testkit.RawH2Client.PING;
import static dev.sluice.testkit.RawH2Client.PRIORITY;
import static dev.sluice.testkit.RawH2Client.RST_STREAM;
import static dev.sluice.testkit.RawH2Client.SETTINGS;
import static dev.sluice.testkit.RawH2Client.WINDOW_UPDATE;
import static dev.sluice.testkit.RawH2Client.block;
import static dev.sluice.testkit.RawH2Client.encode;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ServerConfig;
import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RunningProxy;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Clients that send frames which cost them little and the proxy more lose their connection, and nobody else does; clients that
 * are only busy lose nothing.
 */
@Timeout(60)
@Once
class Http2FloodTest {
    private static final int PROTOCOL_ERROR = 1;
    private static final int CANCEL = 8;
    private static final int ENHANCE_YOUR_CALM = 11;
    /** Several times what is allowed at once, and little enough to be written without anybody reading. */
    private static final int FLOOD = 1000;

    private static final int SMALL_BUFFER = 4096;

    /** Stream 1 is a request whose body is awaited; what a flood opens comes after it. */
    private static final byte[] UPLOAD = encode(HEADERS, END_HEADERS, 1, request("POST"));

    private final FaultyOrigin origin = FaultyOrigin.start();
    private final Gate gate = new Gate();
    private RunningProxy proxy;
    private TestClient other;

    static Stream<Arguments> floods() {
        return Stream.of(
                flood("requests that are cancelled", cancelled(CANCEL)),
                flood("requests that are cancelled without an error", cancelled(0)),
                flood("settings", i -> encode(SETTINGS, 0, 0)),
                flood("settings with many keys", i -> encode(SETTINGS, 0, 0, new byte[6 * 100])),
                flood("pings", i -> encode(PING, 0, 0, new byte[8])),
                flood("answers to pings that nobody sent", i -> encode(PING, 1, 0, new byte[8])),
                flood("priorities", i -> encode(PRIORITY, 0, 3, new byte[] {0, 0, 0, 1, 16})),
                flood("updates of the connection's window", i -> encode(WINDOW_UPDATE, 0, 0, number(1))),
                flood("updates of a stream's window", i -> encode(WINDOW_UPDATE, 0, 1, number(1))),
                flood("empty DATA", i -> encode(DATA, 0, 1)),
                flood("DATA of nothing but padding", i -> encode(DATA, PADDED, 1, (byte) 1, (byte) 0)),
                flood("unknown frames", i -> encode(0x42, 0, 0, (byte) 1)),
                flood("empty pieces of a header section", i -> encode(i == 0 ? HEADERS : CONTINUATION, 0, 3)),
                flood(
                        "small pieces of a header section",
                        i -> i == 0
                                ? encode(HEADERS, END_STREAM, 3, request("GET"))
                                : encode(CONTINUATION, 0, 3, block("x", "y"))),
                flood("malformed requests", i -> opened(i, "X-Upper", "1")),
                flood(
                        "resets provoked by DATA behind the end",
                        i -> join(opened(i), encode(DATA, 0, stream(i), (byte) 1))),
                flood(
                        "resets provoked by an increment of zero",
                        i -> join(opened(i), encode(WINDOW_UPDATE, 0, stream(i), number(0)))),
                flood(
                        "resets provoked by too large a window",
                        i -> join(opened(i), encode(WINDOW_UPDATE, 0, stream(i), number(Integer.MAX_VALUE)))),
                flood(
                        "resets provoked by more than was announced",
                        i -> join(
                                encode(HEADERS, END_HEADERS, stream(i), request("POST", "content-length", "1")),
                                encode(DATA, 0, stream(i), (byte) 1, (byte) 2))),
                flood("more requests than may be open", i -> opened(i)));
    }

    @BeforeEach
    void startProxyWithAnotherClient() throws Exception {
        proxy = ProxyVariant.EMBEDDED.start(ProxySetup.to(origin.url()));
        other = ClientProtocol.H2.connect(proxy);
        assertThat(other.send(TestRequest.get("/other")).status()).isEqualTo(200);
    }

    @AfterEach
    void otherClientIsServedOnTheConnectionThatItHad() throws IOException {
        gate.open();
        assertThat(other.send(TestRequest.get("/other")).status()).isEqualTo(200);
        other.close();
        proxy.close();
        origin.close();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("floods")
    void floodEndsItsConnection(String what, IntFunction<byte[]> frame) throws IOException {
        origin.on("/slow", (request, exchange) -> gate.pass());
        for (ClientProtocol protocol : List.of(ClientProtocol.H2, ClientProtocol.H2C)) {
            try (RawH2Client client = RawH2Client.connect(protocol, proxy)) {
                ByteArrayOutputStream all = new ByteArrayOutputStream();
                all.writeBytes(UPLOAD);
                for (int i = 0; i < FLOOD && all.size() < 60_000; i++) all.writeBytes(frame.apply(i));
                assertThat(cut(client, all.toByteArray()))
                        .as(what + " over " + protocol)
                        .isEqualTo(ENHANCE_YOUR_CALM);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "H2C"})
    void headerSectionWithoutEndEndsItsConnection(ClientProtocol protocol) throws IOException {
        try (RawH2Client client = RawH2Client.connect(protocol, proxy)) {
            client.frame(HEADERS, END_STREAM, 1, request("GET"));
            byte[] piece = block("x-large", "y".repeat(100));
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            while (all.size() < 60_000) all.writeBytes(encode(CONTINUATION, 0, 1, piece));
            assertThat(cut(client, all.toByteArray())).isEqualTo(PROTOCOL_ERROR);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "H2C"})
    void pageThatIsLeftAgainAndAgainKeepsItsConnection(ClientProtocol protocol) throws IOException {
        origin.on("/image", (request, exchange) -> {
            exchange.startLength(200, 1000);
            gate.pass();
        });
        try (TestClient client = protocol.connect(proxy)) {
            for (int page = 0; page < 4; page++) {
                List<TestExchange> images = new ArrayList<>();
                for (int i = 0; i < 50; i++) images.add(client.open(TestRequest.get("/image")));
                for (TestExchange image : images) image.awaitHead();
                for (TestExchange image : images) image.abort();
                assertThat(client.send(TestRequest.get("/next")).status()).isEqualTo(200);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "H2C"})
    void thousandsOfRequestsPassOnOneConnection(ClientProtocol protocol) throws IOException {
        try (TestClient client = protocol.connect(proxy)) {
            for (int round = 0; round < 30; round++) {
                List<TestExchange> many = new ArrayList<>();
                for (int i = 0; i < 100; i++) many.add(client.open(TestRequest.get("/many")));
                for (TestExchange one : many) assertThat(one.finish().status()).isEqualTo(200);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "H2C"})
    void messagesOfAByteAreNoFlood(ClientProtocol protocol) throws IOException {
        try (RawH2Client client = RawH2Client.connect(protocol, proxy)) {
            client.frame(HEADERS, END_HEADERS, 1, fields("POST", "/bytes"));
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (int i = 0; i < FLOOD; i++) all.writeBytes(encode(DATA, 0, 1, (byte) 'x'));
            client.send(all.toByteArray()).frame(DATA, END_STREAM, 1);
            assertThat(client.outcome(1)).isEqualTo("200");
            assertThat(origin.awaitRequest("/bytes").complete()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "H2C"})
    void messagesInAWebSocketAreNoFlood(ClientProtocol protocol) throws IOException {
        byte[] message = {(byte) 0x81, (byte) 0x81, 0, 0, 0, 0, 'x'};
        Gate received = new Gate();
        origin.on("/socket", (request, exchange) -> {
            exchange.acceptWebSocket();
            exchange.readRaw(FLOOD * message.length);
            received.open();
            gate.pass();
        });
        try (RawH2Client client = RawH2Client.connect(protocol, proxy)) {
            client.headers(
                    1,
                    false,
                    ":method",
                    "CONNECT",
                    ":protocol",
                    "websocket",
                    ":scheme",
                    "http",
                    ":path",
                    "/socket",
                    ":authority",
                    "sluice.test");
            assertThat(client.outcome(1)).isEqualTo("200");
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (int i = 0; i < FLOOD; i++) all.writeBytes(encode(DATA, 0, 1, message));
            client.send(all.toByteArray());
            received.pass();
            client.headers(3, true, pairs("GET", "/next"));
            assertThat(client.outcome(3)).isEqualTo("200");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "H2C"})
    void contentThatWasOnItsWayWhenItsStreamWasResetIsNoFlood(ClientProtocol protocol) throws IOException {
        origin.on("/early", (request, exchange) -> exchange.answer(413, "too large"));
        try (RawH2Client client = RawH2Client.connect(protocol, proxy)) {
            client.frame(HEADERS, END_HEADERS, 1, fields("POST", "/early"));
            assertThat(client.outcome(1)).isEqualTo("413");
            assertThat(client.outcome(1)).startsWith("reset");
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (int i = 0; i < FLOOD; i++) all.writeBytes(encode(DATA, 0, 1, (byte) 'x'));
            client.send(all.toByteArray()).headers(3, true, pairs("GET", "/next"));
            assertThat(client.outcome(3)).isEqualTo("200");
        }
    }

    static Stream<Arguments> questions() {
        return Stream.of(ClientProtocol.H2, ClientProtocol.H2C)
                .flatMap(protocol -> Stream.of(
                        Arguments.of("pings", encode(PING, 0, 0, new byte[8]), protocol),
                        Arguments.of("settings", encode(SETTINGS, 0, 0), protocol)));
    }

    /** Far within the rate of frames, but not when nobody takes the answers. */
    private RunningProxy startWithManyFrames() throws Exception {
        ServerConfig usual = ServerConfig.defaults();
        return ProxyVariant.EMBEDDED.start(ProxySetup.to(origin.url())
                .server(new ServerConfig(
                        usual.threads(),
                        usual.maxConnections(),
                        usual.acceptQueue(),
                        usual.idleTimeout(),
                        usual.requestHeaderSize(),
                        usual.responseHeaderSize(),
                        usual.allowTrace(),
                        usual.http2MaxStreams(),
                        1_000_000)));
    }

    @ParameterizedTest(name = "{0} over {2}")
    @MethodSource("questions")
    void clientThatAsksAndNeverReadsTheAnswersLosesItsConnection(String what, byte[] frame, ClientProtocol protocol)
            throws Exception {
        byte[] many = join(Collections.nCopies(10_000, frame).toArray(byte[][]::new));
        try (RunningProxy patient = startWithManyFrames();
                RawH2Client client = RawH2Client.connect(protocol, patient, SMALL_BUFFER)) {
            // Sends until it cannot, without a look at the answers: through so small a window the kernel would hand
            // over
            // what it holds of them for minutes after the end.
            CompletableFuture<IOException> end = CompletableFuture.supplyAsync(() -> failureOf(client, many));
            // Four seconds on a quiet machine, most of them for half a million frames; sixteen on a busy one.
            assertThat(end.get(50, TimeUnit.SECONDS)).isInstanceOfAny(SocketException.class, SSLException.class);
        }
    }

    private static IOException failureOf(RawH2Client client, byte[] many) {
        try {
            while (true) client.send(many);
        } catch (IOException e) {
            return e;
        }
    }

    @ParameterizedTest(name = "{0} over {2}")
    @MethodSource("questions")
    void clientThatAsksAndReadsTheAnswersKeepsItsConnection(String what, byte[] frame, ClientProtocol protocol)
            throws Exception {
        byte[] many = join(Collections.nCopies(500, frame).toArray(byte[][]::new));
        try (RunningProxy patient = startWithManyFrames();
                RawH2Client client = RawH2Client.connect(protocol, patient)) {
            for (int stream = 1; stream < 20; stream += 2) {
                client.send(many).headers(stream, true, pairs("GET", "/next"));
                assertThat(client.outcome(stream)).isEqualTo("200");
            }
        }
    }

    /** Sends a flood, and returns the error code with which the connection was ended. */
    private static int cut(RawH2Client client, byte[] flood) throws IOException {
        try {
            client.send(flood);
        } catch (SocketException e) {
            // Ended before all of it was taken; what was said at the end can be read all the same.
            return client.awaitGoAway();
        }
        return client.awaitGoAway();
    }

    private static Arguments flood(String what, IntFunction<byte[]> frame) {
        return Arguments.of(what, frame);
    }

    private static IntFunction<byte[]> cancelled(int code) {
        return i -> join(opened(i), encode(RST_STREAM, 0, stream(i), number(code)));
    }

    private static int stream(int i) {
        return 2 * i + 3;
    }

    private static byte[] opened(int i, String... more) {
        return encode(HEADERS, END_STREAM | END_HEADERS, stream(i), request("GET", more));
    }

    private static byte[] request(String method, String... more) {
        return join(fields(method, "/slow"), block(more));
    }

    private static byte[] fields(String method, String path) {
        return block(pairs(method, path));
    }

    private static String[] pairs(String method, String path) {
        return new String[] {":method", method, ":scheme", "http", ":path", path, ":authority", "sluice.test"};
    }

    private static byte[] number(int value) {
        return new byte[] {(byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value};
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Stream.of(parts).forEach(all::writeBytes);
        return all.toByteArray();
    }
}
