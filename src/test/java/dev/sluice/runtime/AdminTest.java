package dev.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.config.ConfigReader;
import dev.sluice.listener.ListenerException;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What operators and load balancers can ask and tell. */
@Timeout(60)
class AdminTest {
    private final FaultyOrigin origin = FaultyOrigin.start();
    private Sluice sluice;

    @BeforeEach
    void start() throws Exception {
        sluice = of("\"127.0.0.1:0\"").start();
    }

    @AfterEach
    void stop() {
        sluice.cut();
        sluice.close();
        origin.close();
    }

    private Sluice of(String address) throws Exception {
        return Sluice.of(
                ConfigReader.parse("sluice.yaml", """
                listeners: { http: { address: "127.0.0.1:0" } }
                drain: { deadline: 30s, linger: 100ms }
                routes: [ { to: "%s" } ]
                admin: { address: %s, probes: "127.0.0.1:0" }
                """.formatted(origin.url(), address), Path.of("."), Map.of()));
    }

    private TestResponse ask(String method, String path, String... fields) throws IOException {
        return send(sluice.adminPort(), method, path, fields);
    }

    private static TestResponse send(int port, String method, String path, String... fields) throws IOException {
        try (RawClient client = RawClient.plain(port)) {
            String more = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
            String host = more.contains("Host:") ? "" : "Host: 127.0.0.1\r\n";
            client.send(method + " " + path + " HTTP/1.1\r\n" + host + more + "Content-Length: 0\r\n\r\n");
            return client.readResponse(method);
        }
    }

    @Test
    void serverThatServesLivesAndIsReadyAtBothAddresses() throws Exception {
        for (int port : new int[] {sluice.adminPort(), sluice.probesPort()}) {
            assertThat(send(port, "GET", "/livez").text()).isEqualTo("ok\n");
            assertThat(send(port, "GET", "/readyz").status()).isEqualTo(200);
            assertThat(send(port, "GET", "/readyz").text()).isEqualTo("serving\n");
            assertThat(send(port, "HEAD", "/readyz").status()).isEqualTo(200);
        }
    }

    @Test
    void announcementTakesReadinessBackAndItsCancellationGivesItAgain() throws Exception {
        assertThat(ask("POST", "/drain/announce").status()).isEqualTo(200);
        assertThat(send(sluice.probesPort(), "GET", "/readyz").status()).isEqualTo(503);
        assertThat(send(sluice.probesPort(), "GET", "/readyz").text()).isEqualTo("announced\n");
        assertThat(ask("GET", "/livez").status()).isEqualTo(200);
        assertThat(ask("POST", "/drain/announce").status()).isEqualTo(409);

        assertThat(ask("DELETE", "/drain/announce").text()).isEqualTo("cancelled\n");

        assertThat(send(sluice.probesPort(), "GET", "/readyz").status()).isEqualTo(200);
        assertThat(ask("DELETE", "/drain/announce").status()).isEqualTo(409);
    }

    @Test
    void drainCanBeBegunFollowedAndCut() throws Exception {
        origin.on("/never", (request, exchange) -> exchange.awaitAbort());
        CompletableFuture<Void> joined = CompletableFuture.runAsync(this::join);
        assertThat(ask("POST", "/drain/cut").status()).isEqualTo(409);
        try (RawClient stuck = RawClient.plain(sluice.port("http"))) {
            stuck.send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
            origin.awaitRequest("/never");
            assertThat(ask("GET", "/drain").text()).isEqualTo("serving: 1 exchange under way, 1 connection open\n");

            assertThat(ask("POST", "/drain").status()).isEqualTo(202);

            await().until(() -> ask("GET", "/drain").text().startsWith("draining for "));
            assertThat(ask("POST", "/drain").status()).isEqualTo(409);
            assertThat(send(sluice.probesPort(), "GET", "/readyz").text()).isEqualTo("draining\n");
            JsonNode progress = new ObjectMapper()
                    .readTree(ask("GET", "/drain", "Accept: application/json").text());
            assertThat(progress.path("state").asText()).isEqualTo("draining");
            assertThat(progress.path("underWay").asInt()).isEqualTo(1);
            assertThat(progress.path("leftMillis").asInt()).isBetween(1, 30_000);
            assertThat(ask("POST", "/drain/cut").status()).isEqualTo(202);
            joined.join();
            assertThat(sluice.summary().cut()).isEqualTo(1);
        }
        await().until(() -> refuses(sluice.adminPort()));
    }

    private void join() {
        try {
            sluice.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean refuses(int port) {
        if (port <= 0) return true;
        try (RawClient client = RawClient.plain(port)) {
            return false;
        } catch (IOException refused) {
            return true;
        }
    }

    @Test
    void planIsToldInWordsAndAsJson() throws Exception {
        assertThat(ask("GET", "/drain/plan").text()).startsWith("If the drain began now: 0 exchanges under way");
        TestResponse json = ask("GET", "/drain/plan", "Accept: application/json");
        assertThat(json.field("Content-Type")).isEqualTo("application/json");
        assertThat(new ObjectMapper()
                        .readTree(json.text())
                        .path("deadlineMillis")
                        .asInt())
                .isEqualTo(30_000);
    }

    @Test
    void loadBalancersCanOnlyLook() throws Exception {
        assertThat(send(sluice.probesPort(), "GET", "/drain").status()).isEqualTo(404);
        assertThat(send(sluice.probesPort(), "POST", "/drain").status()).isEqualTo(404);
        assertThat(send(sluice.probesPort(), "POST", "/readyz").status()).isEqualTo(405);
        assertThat(sluice.isReady()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Origin: http://127.0.0.1", "Host: rebound.example:9901", "Host: localhost.example"})
    void pagesInABrowserAreRefused(String field) throws Exception {
        assertThat(ask("POST", "/drain/announce", field).status()).isEqualTo(403);
        assertThat(ask("GET", "/drain/plan", field).status()).isEqualTo(403);
        assertThat(sluice.isReady()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Host: localhost:9901", "Host: 127.0.0.1:9901", "Host: [::1]:9901", "Host: LOCALHOST"})
    void operatorsMayCallItByNameOrAddress(String field) throws Exception {
        assertThat(ask("GET", "/drain", field).status()).isEqualTo(200);
    }

    @Test
    void otherPathsAndMethodsAreRefused() throws Exception {
        assertThat(ask("GET", "/").status()).isEqualTo(404);
        TestResponse refused = ask("PUT", "/drain");
        assertThat(refused.status()).isEqualTo(405);
        assertThat(refused.field("Allow")).isEqualTo("GET, POST");
        assertThat(refused.values("Server")).isEmpty();
        assertThat(ask("GET", "/drain/announce").field("Allow")).isEqualTo("DELETE, POST");
    }

    @Test
    void addressThatIsTakenStopsTheStartAndIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Sluice other = of("\"127.0.0.1:" + taken.getLocalPort() + "\"");

            assertThatThrownBy(other::start)
                    .isInstanceOf(ListenerException.class)
                    .hasMessageStartingWith("listener admin: cannot bind 127.0.0.1:" + taken.getLocalPort()
                            + ": address already in use");
            assertThat(refuses(other.port("http"))).isTrue();
        }
    }
}
