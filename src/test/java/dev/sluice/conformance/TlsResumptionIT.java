package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ConfigReader;
import dev.sluice.config.SluiceConfig;
import dev.sluice.runtime.Sluice;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Peers;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestAuthority;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** New connections to a backend go on with the session of an earlier one, as nginx sees it. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class TlsResumptionIT {
    /** Two servers, each for one request a connection, with tickets of its own; behind the PROXY protocol where it is asked for. */
    private static final String NGINX = """
            daemon off;
            pid nginx.pid;
            error_log stderr;
            events {}
            http {
                access_log off;
                client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                keepalive_requests 1;
                ssl_certificate app.pem;
                ssl_certificate_key app-key.pem;
                ssl_protocols %4$s;
                server {
                    listen 127.0.0.1:%1$d ssl %3$s;
                    ssl_session_cache shared:one:1m;
                    location / { return 200 "one $ssl_session_reused $ssl_protocol"; }
                }
                server {
                    listen 127.0.0.1:%2$d ssl %3$s;
                    ssl_session_cache shared:two:1m;
                    location / { return 200 "two $ssl_session_reused $ssl_protocol"; }
                }
            }
            """;

    private static final String SLUICE = """
            listeners: { http: { address: "127.0.0.1:0" } }
            pools:
              app:
                backends: [ "https://127.0.0.1:%d", "https://127.0.0.1:%d" ]
                proxyProtocol: %s
                tls: { trust: authority.pem, serverName: %s }
            routes: [ { pool: app } ]
            """;

    private static final int ROUNDS = 10;

    private @TempDir Path directory = Path.of("");
    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void endNginx() throws InterruptedException {
        for (Process process : processes) {
            process.destroy();
            process.waitFor(10, TimeUnit.SECONDS);
        }
    }

    private void nginx(int one, int two, String proxyProtocol, String protocol) throws IOException {
        Path config =
                Files.writeString(directory.resolve("nginx.conf"), NGINX.formatted(one, two, proxyProtocol, protocol));
        Process process = new ProcessBuilder(
                        Peers.require("nginx").toString(), "-p", directory.toString(), "-c", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("nginx.log").toFile())
                .start();
        processes.add(process);
        Awaitility.await("nginx").atMost(20, TimeUnit.SECONDS).until(() -> accepts(two));
    }

    private static boolean accepts(int port) {
        try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Through Jetty's client, and over connections of Sluice's own, of which each serves one exchange. */
    @ParameterizedTest
    @CsvSource({
        "TLSv1.3, off, app.test",
        "TLSv1.2, off, app.test",
        "TLSv1.3, v1, app.test",
        "TLSv1.2, v1, app.test",
        "TLSv1.3, off, 127.0.0.1"
    })
    void everyConnectionButTheFirstToEachServerIsResumed(String protocol, String proxyProtocol, String serverName)
            throws Exception {
        new TestAuthority(directory, "authority").issue("app", "app.test", "127.0.0.1");
        int one = FreePort.next();
        int two = FreePort.next();
        nginx(one, two, proxyProtocol.equals("off") ? "" : "proxy_protocol", protocol);
        SluiceConfig config = ConfigReader.parse(
                "sluice.yaml", SLUICE.formatted(one, two, proxyProtocol, serverName), directory, Map.of());
        List<String> answers = new ArrayList<>();
        try (Sluice sluice = Sluice.of(config).start()) {
            for (int i = 0; i < 2 * ROUNDS; i++) {
                try (RawClient client = RawClient.plain(sluice.port("http"))) {
                    answers.add(client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                            .readResponse()
                            .text());
                }
            }
        }
        assertThat(answers.subList(0, 2)).containsExactlyInAnyOrder("one . " + protocol, "two . " + protocol);
        assertThat(answers.subList(2, answers.size()))
                .containsOnly("one r " + protocol, "two r " + protocol)
                .hasSize(2 * ROUNDS - 2);
    }
}
