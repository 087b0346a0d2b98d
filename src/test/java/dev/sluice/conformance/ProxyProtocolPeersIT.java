package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

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
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.JarProxy;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.Peers;
import dev.sluice.testkit.ProxyHeaders;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The PROXY protocol with those who have it from others: HAProxy in front and behind, nginx behind. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@Once
class ProxyProtocolPeersIT {
    private static final String HAPROXY = """
            global
                log stderr local0
            defaults
                mode tcp
                timeout connect 5s
                timeout client 10s
                timeout server 10s
            frontend one
                bind 127.0.0.1:%1$d accept-proxy
                default_backend one
            backend one
                server sluice 127.0.0.1:%4$d send-proxy
            frontend two
                bind 127.0.0.1:%2$d accept-proxy
                unique-id-format id-%%[src_port]
                default_backend two
            backend two
                server sluice 127.0.0.1:%4$d send-proxy-v2 proxy-v2-options unique-id,crc32c
            frontend tls
                bind 127.0.0.1:%3$d accept-proxy
                default_backend tls
            backend tls
                server sluice 127.0.0.1:%5$d send-proxy-v2
            frontend app
                mode http
                bind 127.0.0.1:%6$d accept-proxy
                http-request return status 200 content-type text/plain lf-string "%%[src] %%[src_port] %%[dst] %%[dst_port] %%[fc_pp_unique_id] %%[req.hdr(x-forwarded-for)]"
            """;

    private static final String NGINX = """
            daemon off;
            pid nginx.pid;
            error_log stderr;
            events {}
            http {
                access_log off;
                client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                server {
                    listen 127.0.0.1:%1$d proxy_protocol;
                    %2$s
                    location / { return 200 "$proxy_protocol_addr $proxy_protocol_port $http_x_forwarded_for"; }
                }
            }
            """;

    private @TempDir Path directory = Path.of("");
    private final List<Process> processes = new ArrayList<>();
    private int[] ports = {};

    @BeforeEach
    void choosePorts() throws IOException {
        ports = IntStream.generate(FreePort::next).limit(8).toArray();
    }

    @AfterEach
    void endPeers() throws InterruptedException {
        for (Process process : processes) {
            process.destroy();
            process.waitFor(10, TimeUnit.SECONDS);
        }
    }

    private void run(int port, String... command) throws IOException {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("peer-" + port + ".log").toFile())
                .start();
        processes.add(process);
        Awaitility.await(String.join(" ", command))
                .atMost(Duration.ofSeconds(20))
                .until(() -> accepts(port));
    }

    private static boolean accepts(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private void startHaproxy() throws IOException {
        Path file = directory.resolve("haproxy.cfg");
        Files.writeString(file, String.format(HAPROXY, ports[0], ports[1], ports[2], ports[3], ports[4], ports[5]));
        run(ports[5], Peers.require("haproxy").toString(), "-db", "-f", file.toString());
    }

    private void startNginx(String more) throws IOException {
        Path file = Files.writeString(directory.resolve("nginx.conf"), String.format(NGINX, ports[6], more));
        run(ports[6], Peers.require("nginx").toString(), "-c", file.toString(), "-p", directory.toString());
    }

    private Sluice startSluice() throws Exception {
        List<Cidr> here = List.of(Cidr.parse("127.0.0.1"));
        List<BackendConfig> haproxy = List.of(BackendConfig.parse("http://127.0.0.1:" + ports[5]));
        List<BackendConfig> nginx = List.of(BackendConfig.parse("http://127.0.0.1:" + ports[6]));
        return Sluice.of(new SluiceConfig(
                        List.of(
                                new ListenerConfig("http", "127.0.0.1", ports[3], null, here),
                                new ListenerConfig("https", "127.0.0.1", ports[4], TlsConfig.generated(), here)),
                        new DrainConfig(Duration.ofSeconds(1), Duration.ofMillis(100)),
                        List.of(
                                RouteConfig.of("/h1", haproxy).withProxyProtocol(ProxyProtocol.V1),
                                RouteConfig.of("/h2", haproxy).withProxyProtocol(ProxyProtocol.V2),
                                RouteConfig.of("/n1", nginx).withProxyProtocol(ProxyProtocol.V1),
                                RouteConfig.of("/n2", nginx).withProxyProtocol(ProxyProtocol.V2)),
                        UpstreamConfig.defaults(),
                        ServerConfig.defaults(),
                        List.of()))
                .start();
    }

    @ParameterizedTest
    @CsvSource({
        "0, TCP4, 192.0.2.7, 198.51.100.1",
        "1, TCP4, 192.0.2.7, 198.51.100.1",
        "2, TCP4, 192.0.2.7, 198.51.100.1",
        "0, TCP6, 2001:db8::7, 2001:db8::1",
        "1, TCP6, 2001:db8::7, 2001:db8::1",
        "2, TCP6, 2001:db8::7, 2001:db8::1"
    })
    void clientIsKnownFromOneEndOfAChainToTheOther(int front, String family, String source, String destination)
            throws Exception {
        byte[] header = ProxyHeaders.v1("PROXY " + family + " " + source + " " + destination + " 56324 443");
        String[] alpn = front == 2 ? new String[] {"http/1.1"} : new String[0];
        startNginx("");
        startHaproxy();
        try (Sluice sluice = startSluice();
                RawClient client = RawClient.announced(ports[front], header, alpn)) {
            assertThat(sluice.port("http")).isEqualTo(ports[3]);
            // Only version 2 carries it, on both sides.
            String id = front == 1 ? " id-56324 " : "  ";
            for (String version : List.of("1", "2")) {
                assertThat(get(client, "/h" + version))
                        .startsWith(source + " 56324 " + destination + " 443" + (version.equals("2") ? id : "  "));
                assertThat(get(client, "/n" + version)).startsWith(source + " 56324 ");
            }
            if (family.equals("TCP4")) assertThat(get(client, "/h1")).endsWith(" " + source);
        }
    }

    private static String get(RawClient client, String path) throws IOException {
        TestResponse response =
                client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n").readResponse();
        assertThat(response.status()).isEqualTo(200);
        return response.text();
    }

    @Test
    void headerComesBeforeTheTlsOfABackend() throws Exception {
        command(
                Peers.require("openssl").toString(),
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
                "-keyout",
                "key.pem",
                "-out",
                "cert.pem");
        command(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-importcert",
                "-noprompt",
                "-alias",
                "backend",
                "-keystore",
                "trust.p12",
                "-storepass",
                "changeit",
                "-file",
                "cert.pem");
        String tls = "listen 127.0.0.1:" + ports[7] + " ssl proxy_protocol; ssl_certificate cert.pem;"
                + " ssl_certificate_key key.pem;";
        startNginx(tls);
        String https = "https://localhost:" + ports[7];
        ProxySetup setup =
                ProxySetup.none().route("/v1", ProxyProtocol.V1, https).route("/v2", ProxyProtocol.V2, https);
        try (JarProxy proxy = JarProxy.start(
                        setup,
                        directory,
                        "-Djavax.net.ssl.trustStore=" + directory.resolve("trust.p12"),
                        "-Djavax.net.ssl.trustStorePassword=changeit");
                RawClient client = RawClient.plain(proxy.httpPort())) {
            for (String path : List.of("/v1", "/v2", "/v2"))
                assertThat(get(client, path))
                        .startsWith("127.0.0.1 " + client.socket().getLocalPort() + " ");
        }
    }

    private void command(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("command.log").toFile())
                .start();
        assertThat(process.waitFor())
                .as(Files.readString(directory.resolve("command.log")))
                .isZero();
    }
}
