package dev.sluice.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.JettyProcess;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.ProxyHeaders;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.ReceivedRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The project's Jetty base behind a load balancer that speaks the PROXY protocol, by Jetty's own modules for it. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
@Once
class JettyProxyProtocolIT {
    private static final byte[] LINE = ProxyHeaders.v1("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443");
    private static final byte[] UNIQUE_ID = ProxyHeaders.tlv(0x05, "id-7".getBytes(StandardCharsets.US_ASCII));
    private static final byte[] BINARY = ProxyHeaders.v2("192.0.2.7", 56324, "198.51.100.1", 443, UNIQUE_ID);

    private final FaultyOrigin origin = FaultyOrigin.start();
    private final FaultyOrigin announced = FaultyOrigin.start("announced").announced();
    private JettyProcess jetty;

    @BeforeAll
    void startJetty(@TempDir Path directory) throws IOException {
        Path base = JettyProcess.copyBase(directory);
        WebXmlOverride.set(base, "sluice.config=etc/sluice.yaml");
        Files.writeString(
                base.resolve("etc/sluice.yaml"),
                "routes:\n  - path: /announced\n    proxyProtocol: v2\n    to: " + announced.url() + "\n  - to: "
                        + origin.url() + "\n");
        jetty = JettyProcess.start(base, "--module=proxy-protocol,proxy-protocol-ssl");
    }

    @AfterAll
    void stop() {
        if (jetty != null) jetty.close();
        origin.close();
        announced.close();
    }

    @BeforeEach
    void forget() {
        origin.forget();
        announced.forget();
    }

    private void assertKnowsTheClient(String scheme) {
        ReceivedRequest request = origin.requests("/x").get(0);
        assertThat(request.values("X-Forwarded-For")).containsExactly("192.0.2.7");
        assertThat(request.values("X-Forwarded-Proto")).containsExactly(scheme);
        assertThat(request.field("Forwarded")).contains("for=192.0.2.7").contains("proto=" + scheme);
    }

    private void assertServed(RawClient connection, String scheme) throws IOException {
        try (RawClient client = connection) {
            assertThat(client.send("GET /x HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n")
                            .readResponse()
                            .status())
                    .isEqualTo(200);
            assertKnowsTheClient(scheme);
        }
    }

    @Test
    void clientIsWhomTheLineNames() throws IOException {
        assertServed(RawClient.announced(jetty.httpPort(), LINE), "http");
    }

    @Test
    void clientIsWhomTheBinaryHeaderNames() throws IOException {
        assertServed(RawClient.announced(jetty.httpPort(), BINARY), "http");
    }

    @Test
    void clientIsWhomTheLineBeforeTheHandshakeOfTlsNames() throws IOException {
        assertServed(RawClient.announced(jetty.tlsPort(), LINE, "http/1.1"), "https");
    }

    @Test
    void clientOfHttp2IsWhomTheHeaderNames() throws IOException {
        try (RawH2Client client = RawH2Client.over(RawClient.announced(jetty.tlsPort(), BINARY, "h2"))) {
            client.headers(1, true, ":method", "GET", ":scheme", "https", ":path", "/x", ":authority", "h");
            assertThat(client.outcome(1)).isEqualTo("200");
            assertKnowsTheClient("https");
        }
    }

    @Test
    void backendIsToldWhatTheHeaderSaidOfTheClient() throws IOException {
        try (RawClient client = RawClient.announced(jetty.httpPort(), BINARY)) {
            client.send("GET /announced HTTP/1.1\r\nHost: h\r\n\r\n").readResponse();
        }
        int connection = announced.requests("/announced").get(0).connection();
        assertThat(announced.connection(connection).announcement()).isEqualTo(BINARY);
    }

    /** Unlike Sluice's own listeners, Jetty leaves it to the peer. */
    @Test
    void connectionWithoutAHeaderIsThePeersOwn() throws IOException {
        try (RawClient client = RawClient.plain(jetty.httpPort())) {
            client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").readResponse();
        }
        assertThat(origin.requests("/x").get(0).field("X-Forwarded-For")).isEqualTo("127.0.0.1");
    }
}
