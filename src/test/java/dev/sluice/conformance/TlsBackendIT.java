package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ConfigReader;
import dev.sluice.config.SluiceConfig;
import dev.sluice.runtime.Sluice;
import dev.sluice.testkit.JarProxy;
import dev.sluice.testkit.NodePeer;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A backend that speaks TLS, whose certificate the JVM of the proxy trusts, or does not. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class TlsBackendIT {
    private static final String PASSWORD = "changeit";

    private @TempDir Path directory = Path.of("");

    @BeforeEach
    void makeCertificate() throws Exception {
        keytool(
                "-genkeypair",
                "-alias",
                "backend",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost",
                "-keystore",
                file("backend.p12"));
        keytool("-exportcert", "-alias", "backend", "-keystore", file("backend.p12"), "-file", file("backend.crt"));
        keytool(
                "-importcert",
                "-noprompt",
                "-alias",
                "backend",
                "-keystore",
                file("trust.p12"),
                "-file",
                file("backend.crt"));
    }

    private String file(String name) {
        return directory.resolve(name).toString();
    }

    private static void keytool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storepass", PASSWORD));
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }

    private JarProxy proxy(NodePeer server, String host, String... options) throws IOException {
        ProxySetup setup = ProxySetup.to("https://" + host + ":" + server.port());
        return JarProxy.start(setup, directory, options);
    }

    private static TestResponse get(JarProxy proxy) throws IOException {
        try (RawClient client = RawClient.plain(proxy.httpPort())) {
            return client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n").readResponse();
        }
    }

    private static List<String> webSocket(JarProxy proxy) throws Exception {
        return NodePeer.run("websocket-client.js", "ws://127.0.0.1:" + proxy.httpPort() + "/echo", "echo");
    }

    private String[] trusting() {
        return new String[] {
            "-Djavax.net.ssl.trustStore=" + file("trust.p12"), "-Djavax.net.ssl.trustStorePassword=" + PASSWORD
        };
    }

    @Test
    void requestsAndWebSocketsReachABackendThatIsTrusted() throws Exception {
        try (NodePeer server = NodePeer.start("websocket-server.js", file("backend.p12"), PASSWORD);
                JarProxy proxy = proxy(server, "localhost", trusting())) {
            assertThat(get(proxy).status()).isEqualTo(200);
            assertThat(webSocket(proxy))
                    .containsExactly("open chat permessage-deflate", "received hello", "closed 4001 done");
        }
    }

    @Test
    void backendThatIsNotTrustedIsABadGatewayToBoth() throws Exception {
        try (NodePeer server = NodePeer.start("websocket-server.js", file("backend.p12"), PASSWORD);
                JarProxy proxy = proxy(server, "localhost")) {
            assertThat(get(proxy).status()).isEqualTo(502);
            assertThat(webSocket(proxy)).first().asString().startsWith("refused 502");
        }
    }

    @Test
    void certificateForAnotherNameIsABadGatewayToBoth() throws Exception {
        try (NodePeer server = NodePeer.start("websocket-server.js", file("backend.p12"), PASSWORD);
                JarProxy proxy = proxy(server, "127.0.0.1", trusting())) {
            assertThat(get(proxy).status()).isEqualTo(502);
            assertThat(webSocket(proxy)).first().asString().startsWith("refused 502");
        }
    }

    @Test
    void backendThatOffersHttp2IsSpokenToInHttp2() throws Exception {
        try (NodePeer server = NodePeer.start("http2-server.js", file("backend.p12"), PASSWORD);
                JarProxy proxy = proxy(server, "localhost", trusting())) {
            for (int i = 0; i < 3; i++) assertThat(get(proxy).text()).isEqualTo("HTTP/2.0 for h");
        }
    }

    @Test
    void backendThatOffersHttp2IsSpokenToInHttp2WithSettingsOfItsOwnToo() throws Exception {
        try (NodePeer server = NodePeer.start("http2-server.js", file("backend.p12"), PASSWORD)) {
            String yaml = """
                    listeners: { http: { address: "127.0.0.1:0" } }
                    pools:
                      app:
                        backends: "https://127.0.0.1:%d"
                        tls: { trust: trust.p12, trustPassword: "${TRUST_PASSWORD}", serverName: localhost }
                    routes: [ { pool: app } ]
                    """.formatted(server.port());
            SluiceConfig config =
                    ConfigReader.parse("sluice.yaml", yaml, directory, Map.of("TRUST_PASSWORD", PASSWORD));
            try (Sluice sluice = Sluice.of(config).start();
                    RawClient client = RawClient.plain(sluice.port("http"))) {
                assertThat(client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                                .readResponse()
                                .text())
                        .isEqualTo("HTTP/2.0 for h");
            }
        }
    }
}
