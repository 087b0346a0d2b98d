package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.EchoReport;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.TestRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A backend on a Unix-domain socket. */
abstract class UnixSocketSuite extends ConformanceSuite {
    private final Path directory;
    private final Path socket;
    private final FaultyOrigin closing;
    private FaultyOrigin local;

    UnixSocketSuite(ProxyVariant variant) {
        super(variant);
        try {
            directory = Files.createTempDirectory("sluice");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        socket = directory.resolve("app.sock");
        local = FaultyOrigin.startOn(socket);
        closing = FaultyOrigin.startOn(directory.resolve("closing.sock"));
    }

    @Override
    ProxySetup setup() {
        String missing = "unix:" + directory.resolve("missing.sock");
        return ProxySetup.to(local.url())
                .route("/missing", missing)
                .route("/closing", closing.url())
                .route("/second", missing, local.url())
                .route("/mixed", local.url(), origin.url());
    }

    @BeforeEach
    void forgetLocal() {
        local.forget();
    }

    @AfterAll
    void removeSocket() throws IOException {
        local.close();
        closing.close();
        Files.deleteIfExists(socket);
        Files.deleteIfExists(directory.resolve("closing.sock"));
        Files.delete(directory);
    }

    @ParameterizedTest
    @EnumSource
    void requestReachesTheSocketAsItWouldAPort(ClientProtocol protocol) throws IOException {
        EchoReport echo = echo(protocol, TestRequest.get("/a//b%2F?q=1").field("x-own", "kept"));
        assertThat(echo.target()).isEqualTo("/a//b%2F?q=1");
        assertThat(Field.first(echo.fields(), "x-own")).isEqualTo("kept");
        assertThat(Field.first(echo.fields(), "x-forwarded-for")).isEqualTo("127.0.0.1");
        assertThat(Field.first(echo.fields(), "x-forwarded-proto")).isEqualTo(protocol.scheme());
    }

    @Test
    void hostIsTheClients() throws IOException {
        raw("GET", "GET /host HTTP/1.1\r\nHost: site.test:81\r\n\r\n");
        assertThat(local.requests("/host").get(0).field("Host")).isEqualTo("site.test:81");
        assertThat(local.requests("/host").get(0).field("X-Forwarded-Host")).isEqualTo("site.test:81");
    }

    @ParameterizedTest
    @EnumSource
    void bodiesPassBothWays(ClientProtocol protocol) throws IOException {
        assertBodiesPassBothWays(protocol, local, 10 << 20);
    }

    @Test
    void connectionIsUsedAgain() {
        // An answer may reach the client a moment before the connection that brought it is free again.
        Awaitility.await().untilAsserted(() -> {
            local.forgetRequests();
            try (RawClient client = raw()) {
                for (int i = 0; i < 3; i++)
                    client.send("GET /again HTTP/1.1\r\nHost: h\r\n\r\n").readResponse();
            }
            List<Integer> used = local.requests("/again").stream()
                    .map(ReceivedRequest::connection)
                    .distinct()
                    .toList();
            assertThat(used).hasSizeLessThan(3);
        });
    }

    /** A backend of its own: what it would close on is kept for each selector, and another test may meet it there. */
    @Test
    void requestOnAStaleConnectionIsSentOnceMore() throws IOException {
        closing.on("/closing/prime", (request, exchange) -> {
            exchange.closeOnNextRequest();
            exchange.answer(200, "once");
        });
        for (int i = 0; i < 3; i++) send(ClientProtocol.HTTP11, TestRequest.get("/closing/prime"));
        assertThat(send(ClientProtocol.HTTP11, TestRequest.get("/closing/next")).status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @EnumSource
    void socketThatIsNotThereIsABadGateway(ClientProtocol protocol) throws IOException {
        assertThat(send(protocol, TestRequest.get("/missing")).status()).isEqualTo(502);
        assertThat(send(protocol, TestRequest.post("/missing", "body")).status())
                .isEqualTo(502);
    }

    @ParameterizedTest
    @EnumSource
    void otherBackendIsTriedWhenASocketIsNotThere(ClientProtocol protocol) throws IOException {
        for (int i = 0; i < 4; i++)
            assertThat(send(protocol, TestRequest.post("/second", "body")).status())
                    .isEqualTo(200);
        assertThat(local.requests("/second")).hasSize(4);
    }

    @Test
    void socketsAndPortsCanBeInOneList() throws IOException {
        for (int i = 0; i < 4; i++) send(ClientProtocol.HTTP11, TestRequest.get("/mixed"));
        assertThat(local.requests("/mixed")).hasSize(2);
        assertThat(origin.requests("/mixed")).hasSize(2);
    }

    @Test
    void backendThatWasRestartedIsFoundAtTheSamePath() throws IOException {
        assertThat(send(ClientProtocol.HTTP11, TestRequest.get("/before")).status())
                .isEqualTo(200);
        local.close();
        // Its file is still there, as after a crash.
        assertThat(send(ClientProtocol.HTTP11, TestRequest.get("/between")).status())
                .isEqualTo(502);
        local = FaultyOrigin.startOn(socket);
        assertThat(send(ClientProtocol.HTTP11, TestRequest.get("/after")).status())
                .isEqualTo(200);
        assertThat(local.requests("/after")).hasSize(1);
    }

    /** As one that may not be used, which only tests that are not run by root could show. */
    @Test
    void fileThatIsNoSocketIsABadGateway() throws IOException {
        Path file = Files.createFile(directory.resolve("missing.sock"));
        try {
            assertThat(send(ClientProtocol.HTTP11, TestRequest.get("/missing")).status())
                    .isEqualTo(502);
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void bytesPassBothWaysOnceTheBackendHasSwitched() throws IOException {
        local.on("/up", (request, exchange) -> {
            exchange.raw("HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\nfirst words");
            exchange.echoRaw();
        });
        try (RawClient client = raw()) {
            client.send("GET /up HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(101);
            assertThat(text(client.readBytes(11))).isEqualTo("first words");
            for (int i = 100; i < 200; i++) {
                client.send("message " + i);
                assertThat(text(client.readBytes(11))).isEqualTo("message " + i);
            }
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
