package dev.sluice.proxy;

import static dev.sluice.proxy.ProbedBackend.LONG;
import static dev.sluice.proxy.ProbedBackend.SHORT;
import static dev.sluice.proxy.ProbedBackend.http;
import static dev.sluice.proxy.ProbedBackend.within;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.HealthConfig.Check;
import dev.sluice.config.HealthConfig.Grpc;
import dev.sluice.config.HealthConfig.Http;
import dev.sluice.config.HealthConfig.StatusRange;
import dev.sluice.config.HealthConfig.Tcp;
import dev.sluice.config.HealthConfig.Tls;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.upstream.health.Probe.Finding;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.eclipse.jetty.client.HttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks of backends with TLS, whose certificate is trusted, or not. */
@Timeout(60)
class HealthProbeTlsTest {
    private static final Check REQUEST = http("/");

    private final ProbedBackend probed = new ProbedBackend();

    @AfterEach
    void stop() throws Exception {
        probed.close();
        ProbedBackend.awaitNoThreads();
    }

    private void trusting(TlsOrigin origin) throws Exception {
        probed.tls().setTrustStore(origin.trust());
        probed.start();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void requestIsMadeInTheProtocolThatTheBackendChooses(boolean http2) throws Exception {
        try (TlsOrigin origin = TlsOrigin.start(http2)) {
            trusting(origin);
            String url = origin.url("https", "localhost");
            String expected = (http2 ? "HTTP/2.0" : "HTTP/1.1") + " for ";
            probed.passes(url, http("/", expected + url.substring(8)));
            Check named = new Http(
                    "/", List.of(new StatusRange(200, 200)), expected + "app.test", "app.test", Map.of("a", "b"));
            probed.passes(url, named);
            await().until(() -> !origin.hasConnections());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void handshakeIsEnoughWhateverTheSchemeOfTheBackend(boolean http2) throws Exception {
        try (TlsOrigin origin = TlsOrigin.start(http2)) {
            trusting(origin);
            probed.passes(origin.url("https", "localhost"), new Tls());
            probed.passes(origin.url("http", "localhost"), new Tls());
            probed.passes(origin.url("https", "localhost"), new Tcp());
            await().until(() -> !origin.hasConnections());
        }
    }

    @Test
    void handshakeNamesTheBackendAndTheCheckDoesNotOverrideIt() throws Exception {
        try (TlsOrigin origin = TlsOrigin.start(true)) {
            probed.tls().setTrustStore(origin.trust());
            InetAddress here = InetAddress.getByAddress(TlsOrigin.NAME, new byte[] {127, 0, 0, 1});
            probed.probe
                    .getBean(HttpClient.class)
                    .setSocketAddressResolver((host, port, context, promise) ->
                            promise.succeeded(List.of(new InetSocketAddress(here, port))));
            probed.start();
            String url = origin.url("https", TlsOrigin.NAME);
            probed.passes(url, new Tls());
            probed.passes(url, new Http("/", List.of(new StatusRange(200, 200)), "app.test", "app.test", Map.of()));
            // Once, when the second one resumes the session of the first.
            assertThat(origin.names()).isNotEmpty().containsOnly(TlsOrigin.NAME);
        }
    }

    /** Accepts by hand, with the origin's certificate. */
    private static ServerSocket serverSocket(TlsOrigin origin) throws IOException {
        return origin.context().getServerSocketFactory().createServerSocket(0, 10, InetAddress.getByName("127.0.0.1"));
    }

    /** As {@code java.net}'s own: it knows nothing of ALPN unless told. */
    @Test
    void requestToABackendWithoutAlpnIsMadeInHttp11() throws Exception {
        try (TlsOrigin origin = TlsOrigin.start(false);
                ServerSocket server = serverSocket(origin)) {
            trusting(origin);
            CompletableFuture<Finding> found =
                    probed.asking("https://localhost:" + server.getLocalPort(), within(LONG, REQUEST));
            try (SSLSocket accepted = (SSLSocket) server.accept()) {
                accepted.setSoTimeout(10_000);
                assertThat(accepted.getInputStream().read()).isEqualTo('G');
                accepted.getOutputStream()
                        .write("HTTP/1.1 204 None\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                assertThat(found.get(10, TimeUnit.SECONDS).passed()).isTrue();
            }
        }
    }

    @Test
    void nothingIsSaidBehindTheHandshake() throws Exception {
        try (TlsOrigin origin = TlsOrigin.start(false);
                ServerSocket server = serverSocket(origin)) {
            trusting(origin);
            CompletableFuture<Finding> found =
                    probed.asking("https://localhost:" + server.getLocalPort(), within(LONG, new Tls()));
            try (SSLSocket accepted = (SSLSocket) server.accept()) {
                accepted.setSoTimeout(10_000);
                accepted.startHandshake();
                assertThat(found.get(10, TimeUnit.SECONDS)).isEqualTo(Finding.passed("TLS as expected"));
                assertThat(firstByte(accepted)).isEqualTo(-1);
            }
        }
    }

    /** What the server sends behind its handshake may meet a socket that is closed, and be answered with a reset. */
    private static int firstByte(SSLSocket socket) throws IOException {
        try {
            return socket.getInputStream().read();
        } catch (SocketException e) {
            return -1;
        }
    }

    @Test
    void certificateThatIsNotTrustedIsAFailureForEveryCheckThatSeesIt() throws Exception {
        try (TlsOrigin origin = TlsOrigin.start(true)) {
            probed.start();
            String reason = "TLS: certificate not trusted: unable to find valid certification path to requested target";
            for (Check check : List.of(new Tls(), REQUEST, new Grpc("")))
                probed.fails(origin.url("https", "localhost"), check, reason);
            probed.passes(origin.url("https", "localhost"), new Tcp());
            await().until(() -> !origin.hasConnections());
        }
    }

    @Test
    void certificateForAnotherNameIsAFailure() throws Exception {
        try (TlsOrigin origin = TlsOrigin.start(true)) {
            trusting(origin);
            for (Check check : List.of(new Tls(), REQUEST)) {
                Finding found = probed.ask(origin.url("https", "127.0.0.1"), check);
                assertThat(found.passed()).isFalse();
                assertThat(found.reason()).startsWith("TLS: certificate not trusted: No subject alternative names");
            }
        }
    }

    @Test
    void certificateThatHasExpiredIsAFailure() throws Exception {
        try (TlsOrigin origin = TlsOrigin.start(Duration.ofDays(-1), true);
                TlsOrigin other = TlsOrigin.start(true)) {
            trusting(other);
            Finding found = probed.ask(origin.url("https", "localhost"), new Tls());
            assertThat(found.passed()).isFalse();
            assertThat(found.reason()).startsWith("TLS: certificate not trusted: ");
        }
    }

    @Test
    void grpcWithoutHttp2SaysSo() throws Exception {
        try (TlsOrigin origin = TlsOrigin.start(false)) {
            trusting(origin);
            probed.fails(
                    origin.url("https", "localhost"),
                    new Grpc(""),
                    "gRPC needs HTTP/2, and the backend chose HTTP/1.1");
            await().until(() -> !origin.hasConnections());
        }
    }

    @Test
    void backendWithoutTlsFailsAndSoDoesOneThatSaysNothing() throws Exception {
        try (FaultyOrigin plain = FaultyOrigin.start();
                ServerSocket silent = new ServerSocket(0, 10, InetAddress.getByName("127.0.0.1"))) {
            plain.otherwise((request, exchange) -> exchange.close());
            probed.start();
            for (Check check : List.of(new Tls(), REQUEST)) {
                String url = "https://localhost:" + silent.getLocalPort();
                probed.failsWithin(SHORT, url, check, "TLS: no handshake within 1200ms");
                Finding found = probed.ask("https://localhost:" + plain.port(), within(SHORT, check));
                assertThat(found.passed()).isFalse();
                assertThat(found.reason()).startsWith("TLS: ");
            }
            await().until(() -> plain.openConnections() == 0);
        }
    }
}
