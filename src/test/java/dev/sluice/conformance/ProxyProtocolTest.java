package dev.sluice.conformance;

import static dev.sluice.testkit.ProxyHeaders.join;
import static dev.sluice.testkit.ProxyHeaders.tlv;
import static dev.sluice.testkit.ProxyHeaders.v1;
import static dev.sluice.testkit.ProxyHeaders.v2;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.sluice.config.BackendConfig;
import dev.sluice.config.Cidr;
import dev.sluice.config.DrainConfig;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.RouteConfig.ProxyProtocol;
import dev.sluice.config.ServerConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.config.TlsConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.runtime.Sluice;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.ReceivedRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Listeners whose peers say by the PROXY protocol for whom they speak. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
@Once
class ProxyProtocolTest {
    private static final String GET = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final byte[] LINE = v1("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443");
    private static final byte[] UNIQUE_ID = tlv(0x05, "id-7".getBytes(StandardCharsets.US_ASCII));
    private static final byte[] BINARY = v2("2001:db8::7", 56324, "2001:db8::1", 443, UNIQUE_ID);

    private final FaultyOrigin origin = FaultyOrigin.start();
    private final FaultyOrigin announced = FaultyOrigin.start("announced").announced();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private Sluice sluice = Sluice.of(SluiceConfig.defaults());

    private SluiceConfig config() {
        List<Cidr> here = List.of(Cidr.parse("127.0.0.1"));
        List<Cidr> elsewhere = List.of(Cidr.parse("10.0.0.0/8"));
        TlsConfig tls = new TlsConfig(null, null, null, null);
        return new SluiceConfig(
                List.of(
                        new ListenerConfig("http", "127.0.0.1", 0, null, here),
                        new ListenerConfig("https", "127.0.0.1", 0, tls, here),
                        new ListenerConfig("strict", "127.0.0.1", 0, null, elsewhere)),
                new DrainConfig(Duration.ofSeconds(1), Duration.ofMillis(100)),
                List.of(
                        RouteConfig.of(null, List.of(BackendConfig.parse(origin.url()))),
                        RouteConfig.of("/announced", List.of(BackendConfig.parse(announced.url())))
                                .withProxyProtocol(ProxyProtocol.V2)),
                UpstreamConfig.defaults(),
                ServerConfig.defaults(),
                List.of(Cidr.parse("127.0.0.1"), Cidr.parse("192.0.2.99")));
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger("dev.sluice.listener.ListenerConnector");
    }

    @BeforeAll
    void start() throws Exception {
        log.start();
        logger().addAppender(log);
        sluice = Sluice.of(config()).start();
    }

    @AfterAll
    void stop() {
        sluice.stop();
        logger().detachAppender(log);
        origin.close();
        announced.close();
    }

    @BeforeEach
    void forget() {
        origin.forget();
        announced.forget();
    }

    private RawClient client(byte[] beginning, String... protocols) throws IOException {
        return RawClient.announced(sluice.port(protocols.length == 0 ? "http" : "https"), beginning, protocols);
    }

    private ReceivedRequest received() {
        return origin.awaitRequest("/x");
    }

    private void assertServed(byte[] header, String client) throws IOException {
        try (RawClient raw = client(header)) {
            for (int i = 0; i < 3; i++)
                assertThat(raw.send(GET).readResponse().status()).isEqualTo(200);
        }
        assertThat(origin.requests("/x"))
                .hasSize(3)
                .allSatisfy(r -> assertThat(r.field("X-Forwarded-For")).isEqualTo(client));
    }

    // Who the client is.

    @Test
    void clientIsWhomTheHeaderNames() throws IOException {
        assertServed(LINE, "192.0.2.7");
        origin.forget();
        assertServed(BINARY, "[2001:db8:0:0:0:0:0:7]");
    }

    static Stream<byte[]> ofThePeerItself() {
        return Stream.of(
                v1("PROXY UNKNOWN"),
                v2(0x20, 0, new byte[0]),
                v2(0x20, 0x11, new byte[12]),
                v2(0x21, 0, UNIQUE_ID),
                v2(0x21, 0x31, new byte[216]));
    }

    @ParameterizedTest
    @MethodSource("ofThePeerItself")
    void peerThatNamesNobodyIsTheClientItself(byte[] header) throws IOException {
        assertServed(header, "127.0.0.1");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void headerMayComeByteByByteAndTogetherWithWhatFollows(boolean binary) throws IOException {
        byte[] header = binary ? BINARY : LINE;
        byte[] all = join(header, GET.getBytes(StandardCharsets.US_ASCII));
        try (RawClient raw = client(new byte[0])) {
            for (byte b : all) raw.send(new byte[] {b});
            assertThat(raw.readResponse().status()).isEqualTo(200);
        }
        try (RawClient raw = client(all)) {
            assertThat(raw.readResponse().status()).isEqualTo(200);
        }
        assertThat(origin.requests("/x"))
                .hasSize(2)
                .allSatisfy(r -> assertThat(r.field("X-Forwarded-For"))
                        .isEqualTo(binary ? "[2001:db8:0:0:0:0:0:7]" : "192.0.2.7"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"h2", "http/1.1", "h2c"})
    void headerComesBeforeTlsAndHttp2(String protocol) throws IOException {
        RawClient raw = protocol.equals("h2c") ? client(LINE) : client(LINE, protocol);
        if (protocol.equals("http/1.1")) {
            try (raw) {
                assertThat(raw.send(GET).readResponse().status()).isEqualTo(200);
            }
        } else {
            try (RawH2Client h2 = RawH2Client.over(raw)) {
                String scheme = protocol.equals("h2") ? "https" : "http";
                h2.headers(1, true, ":method", "GET", ":scheme", scheme, ":authority", "h", ":path", "/x");
                received();
            }
        }
        assertThat(received().field("X-Forwarded-For")).isEqualTo("192.0.2.7");
        assertThat(received().field("X-Forwarded-Proto")).isEqualTo(protocol.equals("h2c") ? "http" : "https");
    }

    @Test
    void forwardedFieldsAreBelievedByTheClientAndNotByThePeer() throws IOException {
        // 127.0.0.1, who speaks here, and 192.0.2.99 are trusted with those.
        String request = "GET /x HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n";
        try (RawClient raw = client(LINE)) {
            raw.send(request).readResponse();
        }
        try (RawClient raw = client(v1("PROXY TCP4 192.0.2.99 198.51.100.1 1 2"))) {
            raw.send(request).readResponse();
        }
        assertThat(origin.requests("/x").get(0).field("X-Forwarded-For")).isEqualTo("192.0.2.7");
        assertThat(origin.requests("/x").get(1).field("X-Forwarded-For")).isEqualTo("9.9.9.9, 192.0.2.99");
    }

    @Test
    void clientThatSpeaksTlsWithThePeerIsSecure() throws IOException {
        byte[] tls = v2("192.0.2.7", 1, "192.0.2.8", 2, tlv(0x20, new byte[] {1, 0, 0, 0, 0}));
        try (RawClient raw = client(tls)) {
            raw.send(GET).readResponse();
        }
        assertThat(received().field("X-Forwarded-Proto")).isEqualTo("https");
        assertThat(received().field("X-Forwarded-Port")).isEqualTo("443");
    }

    @Test
    void whatTheHeaderSaysIsPassedOnToBackendsThatWantToBeTold() throws IOException {
        for (int i = 0; i < 2; i++) {
            boolean tls = i == 1;
            try (RawClient raw = tls ? client(BINARY, "http/1.1") : client(BINARY)) {
                assertThat(raw.send("GET /announced HTTP/1.1\r\nHost: h\r\n\r\n")
                                .readResponse()
                                .status())
                        .isEqualTo(200);
            }
        }
        assertThat(announced.requests("/announced"))
                .hasSize(2)
                .allSatisfy(r -> assertThat(announced.connection(r.connection()).announcement())
                        .isEqualTo(BINARY));
    }

    @Test
    void tunnelIsOpenedForTheClient() throws IOException {
        origin.on("/x", (request, exchange) -> {
            exchange.raw("HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n");
            exchange.echoRaw();
        });
        try (RawClient raw = client(LINE)) {
            raw.send("GET /x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\nfirst");
            assertThat(raw.readHead().status()).isEqualTo(101);
            assertThat(new String(raw.readBytes(5), StandardCharsets.US_ASCII)).isEqualTo("first");
        }
        assertThat(received().field("X-Forwarded-For")).isEqualTo("192.0.2.7");
    }

    @Test
    void clientThatLeavesIsNoticed() throws IOException {
        origin.on("/x", (request, exchange) -> exchange.awaitAbort());
        try (RawClient raw = client(LINE)) {
            raw.send(GET);
            received();
        }
        origin.awaitAborted("/x");
    }

    // What is refused.

    static Stream<byte[]> refused() {
        return Stream.of(
                GET.getBytes(StandardCharsets.US_ASCII),
                new byte[] {0x16, 3, 1, 2, 0, 1},
                v1("PROXY TCP4 localhost localhost 1 2"),
                v1("PROXY UNKNOWN " + "x".repeat(200)),
                v2(0x11, 0x11, new byte[12]),
                v2(0x21, 0x12, new byte[12]),
                v2(0x21, 0x11, new byte[3000]),
                join(v1("PROXY TCP4 1.2.3.4 1.2.3.4 1"), LINE));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void trustedPeerWithoutAProperHeaderIsClosedWithoutAWord(byte[] beginning) throws IOException {
        try (RawClient raw = client(beginning)) {
            raw.awaitClosed();
        }
        assertThat(origin.requests()).isEmpty();
    }

    @Test
    void trustedPeersWithoutAProperHeaderAreWarnedOfOnceAMinute() throws IOException {
        for (int i = 0; i < 5; i++) {
            try (RawClient raw = client(GET.getBytes(StandardCharsets.US_ASCII))) {
                raw.awaitClosed();
            }
        }
        assertThat(log.list)
                .filteredOn(e -> e.getLevel() == Level.WARN)
                .extracting(ILoggingEvent::getFormattedMessage)
                .singleElement()
                .asString()
                .startsWith("listener http: closed a connection from /127.0.0.1:")
                .contains("a peer trusted with the PROXY protocol: ");
    }

    @Test
    void peerThatNeverSendsItsHeaderIsClosed() throws IOException {
        try (RawClient raw = client("PROXY TCP4 ".getBytes(StandardCharsets.US_ASCII));
                RawClient silent = client(new byte[0])) {
            raw.awaitClosed();
            silent.awaitClosed();
        }
    }

    @Test
    void headerOfAPeerThatIsNotTrustedIsABadRequest() throws IOException {
        for (byte[] header : List.of(LINE, BINARY)) {
            try (RawClient raw = RawClient.announced(sluice.port("strict"), header)) {
                raw.send(GET);
                assertThat(raw.readResponse().status()).isEqualTo(400);
                raw.awaitClosed();
            }
        }
        assertThat(origin.requests()).isEmpty();
    }

    @Test
    void peerThatIsNotTrustedIsServedWithoutAHeader() throws IOException {
        try (RawClient raw = RawClient.plain(sluice.port("strict"))) {
            assertThat(raw.send(GET).readResponse().status()).isEqualTo(200);
        }
        assertThat(received().field("X-Forwarded-For")).isEqualTo("127.0.0.1");
    }
}
