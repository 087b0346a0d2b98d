package dev.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.ConfigReader;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestAuthority;
import dev.sluice.testkit.TestHead;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.PoolSnapshot;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Another configuration takes the place of the one that runs, over real sockets. */
@Timeout(120)
@Once
class ReloadTest {
    private static final String HTTP = "listeners: { http: { address: \"127.0.0.1:0\" } }\n";
    private static final String QUICK = "drain: { deadline: 2s, linger: 200ms, leaving: 500ms }\n";

    private final FaultyOrigin a = FaultyOrigin.start("a").otherwise((request, exchange) -> exchange.answer(200, "a"));
    private final FaultyOrigin b = FaultyOrigin.start("b").otherwise((request, exchange) -> exchange.answer(200, "b"));
    private final Gate gate = new Gate();

    @TempDir
    private Path directory;

    @AfterEach
    void closeOrigins() {
        a.close();
        b.close();
    }

    private SluiceConfig config(String yaml) throws Exception {
        return ConfigReader.parse("sluice.yaml", yaml, directory, Map.of());
    }

    private Sluice start(String yaml) throws Exception {
        return Sluice.of(config(yaml)).start();
    }

    private static String all(FaultyOrigin... origins) {
        StringBuilder to = new StringBuilder();
        for (FaultyOrigin origin : origins) to.append(to.isEmpty() ? "" : ", ").append(origin.url());
        return "routes: [ { to: [ " + to + " ] } ]\n";
    }

    private static String ask(RawClient client, String path) throws IOException {
        return client.send("GET " + path + " HTTP/1.1\r\nHost: sluice.test\r\n\r\n")
                .readResponse()
                .text();
    }

    private static RawClient client(Sluice sluice) throws IOException {
        return RawClient.plain(sluice.port("http"));
    }

    private static Set<String> whoAnswers(RawClient client) throws IOException {
        Set<String> answered = new TreeSet<>();
        for (int i = 0; i < 10; i++) answered.add(ask(client, "/x"));
        return answered;
    }

    // Routes and pools.

    @Test
    void requestsGoByTheNewRoutesFromThenOnOnTheSameConnectionToo() throws Exception {
        try (Sluice sluice = start(HTTP + all(a));
                RawClient client = client(sluice)) {
            assertThat(ask(client, "/x")).isEqualTo("a");
            assertThat(sluice.reload(
                            config(HTTP + "routes: [ { to: " + a.url() + " }, { path: /new, to: " + b.url() + " } ]")))
                    .containsExactly("+ route /new to pool /new", "+ pool /new " + b.url());
            assertThat(ask(client, "/new/x")).isEqualTo("b");
            assertThat(ask(client, "/x")).isEqualTo("a");
            assertThat(sluice.config().routes()).hasSize(2);
        }
    }

    /** Weights, a pool that comes and goes by them, an answer of its own in between; the pool that stays is the same. */
    @Test
    void whatARouteDoesBecomesAnotherThing() throws Exception {
        String pools = "pools: { a: { backends: " + a.url() + " }, b: { backends: " + b.url() + " } }\n";
        String alone = HTTP + "pools: { a: { backends: " + a.url() + " } }\nroutes: [ { pool: a } ]";
        try (Sluice sluice = start(alone);
                RawClient client = client(sluice)) {
            assertThat(whoAnswers(client)).containsExactly("a");
            assertThat(sluice.reload(
                            config(HTTP + pools + "routes: [ { split: [ { pool: a, weight: 0 }, { pool: b } ] } ]")))
                    .containsExactly("~ route default: to pool a -> to pool a, b", "+ pool b " + b.url());
            assertThat(whoAnswers(client)).containsExactly("b");
            assertThat(sluice.reload(
                            config(HTTP + pools + "routes: [ { split: [ { pool: a }, { pool: b, weight: 0 } ] } ]")))
                    .containsExactly(
                            "~ route default: split.a.weight 0 -> 1", "~ route default: split.b.weight 1 -> 0");
            assertThat(whoAnswers(client)).containsExactly("a");
            assertThat(sluice.reload(config(HTTP + "routes: [ { respond: { body: own } } ]")))
                    .containsExactly(
                            "~ route default: to pool a, b -> respond 200",
                            "- pool a " + a.url(),
                            "- pool b " + b.url());
            assertThat(whoAnswers(client)).containsExactly("own");
            await().atMost(Gate.TIMEOUT).until(() -> a.openConnections() + b.openConnections() == 0);
            sluice.reload(config(alone));
            assertThat(whoAnswers(client)).containsExactly("a");
        }
    }

    @Test
    void whatARouteChangesOnTheWayIsThatOfTheNewOneAndTouchesNoPool() throws Exception {
        String route = HTTP + "routes: [ { to: " + a.url() + ", %s } ]";
        try (Sluice sluice = start(HTTP + all(a));
                RawClient client = client(sluice)) {
            assertThat(ask(client, "/x")).isEqualTo("a");
            assertThat(sluice.reload(
                            config(route.formatted("request: { addPrefix: /v2, headers: { set: { X-Key: k } } }"))))
                    .containsExactly(
                            "~ route default: request.addPrefix none -> /v2",
                            "~ route default: request.headers.set.X-Key none -> ***");
            assertThat(ask(client, "/x")).isEqualTo("a");
            assertThat(a.requests("/v2/x")).hasSize(1);
            assertThat(sluice.reload(config(route.formatted("maintenance: true"))))
                    .contains("~ route default: maintenance none -> true");
            assertThat(ask(client, "/x")).startsWith("503");
            assertThat(a.acceptedConnections()).isEqualTo(1);
        }
    }

    @Test
    void connectionsOfAPoolThatIsGoneAreClosed() throws Exception {
        try (Sluice sluice = start(HTTP + "routes: [ { to: " + a.url() + " }, { path: /old, to: " + b.url() + " } ]");
                RawClient client = client(sluice)) {
            assertThat(ask(client, "/old/x")).isEqualTo("b");
            assertThat(b.openConnections()).isEqualTo(1);
            sluice.reload(config(HTTP + all(a)));
            await().atMost(Gate.TIMEOUT).until(() -> b.openConnections() == 0);
        }
    }

    @Test
    void poolThatStaysKeepsItsConnectionsAndItsStatistics() throws Exception {
        try (Sluice sluice = start(HTTP + all(a));
                RawClient client = client(sluice)) {
            assertThat(ask(client, "/x")).isEqualTo("a");
            sluice.reload(config(HTTP + "routes: [ { to: " + a.url() + " }, { path: /new, to: " + b.url() + " } ]"));
            assertThat(ask(client, "/x")).isEqualTo("a");
            assertThat(a.acceptedConnections()).isEqualTo(1);
            assertThat(sluice.pools().get(0).backends().get(0).succeeded()).isEqualTo(2);
        }
    }

    @Test
    void sameConfigurationAgainChangesNothing() throws Exception {
        try (Sluice sluice = start(HTTP + all(a));
                RawClient client = client(sluice)) {
            assertThat(ask(client, "/x")).isEqualTo("a");
            for (int i = 0; i < 5; i++)
                assertThat(sluice.reload(config(HTTP + all(a)))).isEmpty();
            assertThat(ask(client, "/x")).isEqualTo("a");
            assertThat(a.acceptedConnections()).isEqualTo(1);
        }
    }

    @Test
    void backendsComeAndGoAndTheOthersStayAsTheyAre() throws Exception {
        try (FaultyOrigin c = FaultyOrigin.start("c").otherwise((request, exchange) -> exchange.answer(200, "c"));
                Sluice sluice = start(HTTP + all(a, b));
                RawClient client = client(sluice)) {
            assertThat(whoAnswers(client)).containsExactly("a", "b");
            long served = succeeded(sluice, a);
            assertThat(sluice.reload(config(HTTP + all(a, c))))
                    .containsExactly("~ pool default: + " + c.url(), "~ pool default: - " + b.url());
            assertThat(whoAnswers(client)).containsExactly("a", "c");
            assertThat(succeeded(sluice, a)).isGreaterThan(served);
            assertThat(a.acceptedConnections()).isEqualTo(1);
        }
    }

    @Test
    void poolGetsASecondBackendAndStays() throws Exception {
        try (Sluice sluice = start(HTTP + all(a));
                RawClient client = client(sluice)) {
            assertThat(ask(client, "/x")).isEqualTo("a");
            sluice.reload(config(HTTP + all(a, b)));
            assertThat(whoAnswers(client)).containsExactly("a", "b");
            assertThat(succeeded(sluice, a)).isGreaterThan(5);
            // There is somebody else to use now.
            a.otherwise((request, exchange) -> exchange.reset());
            await().atMost(Gate.TIMEOUT)
                    .until(() -> whoAnswers(client).equals(Set.of("b"))
                            && sluice.pools().get(0).backends().get(0).standing() == Backend.Standing.EJECTED);
        }
    }

    @Test
    void exchangeOfAPoolThatIsMadeAnewHasNoLimitWhereItsBackendStays() throws Exception {
        a.on("/ws", (request, exchange) -> {
            exchange.acceptWebSocket();
            exchange.echoRaw();
        });
        b.on("/old/never", (request, exchange) -> exchange.awaitAbort());
        String pools = "pools: { app: { backends: [ " + a.url() + " ], balance: %s } }\n";
        String old = "routes: [ { pool: app }, { path: /old, to: " + b.url() + " } ]\n";
        try (Sluice sluice = start(HTTP + QUICK + pools.formatted("random") + old);
                RawClient socket = client(sluice);
                RawClient clock = client(sluice)) {
            socket.send("GET /ws HTTP/1.1\r\nHost: sluice.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
            assertThat(socket.readHead().status()).isEqualTo(101);
            clock.send("GET /old/never HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
            b.awaitRequest("/old/never");
            sluice.reload(config(HTTP + QUICK + pools.formatted("least-requests") + "routes: [ { pool: app } ]\n"));
            // What has really left is cut by then, pool by pool.
            assertThat(clock.readResponse().status()).isEqualTo(503);
            sluice.reload(config(HTTP + QUICK + pools.formatted("random") + "routes: [ { pool: app } ]\n"));
            socket.send("still");
            assertThat(new String(socket.readBytes(5))).isEqualTo("still");
        }
    }

    private static long succeeded(Sluice sluice, FaultyOrigin origin) {
        return sluice.pools().get(0).backends().stream()
                .filter(m -> m.origin().equals(origin.url()))
                .findFirst()
                .orElseThrow()
                .succeeded();
    }

    @Test
    void backendThatLeavesFinishesWhatItHas() throws Exception {
        b.on("/held", (request, exchange) -> {
            gate.pass();
            exchange.answer(200, "held");
        });
        try (Sluice sluice = start(HTTP + all(b));
                RawClient held = client(sluice);
                RawClient client = client(sluice)) {
            held.send("GET /held HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
            b.awaitRequest("/held");
            sluice.reload(config(HTTP + all(a)));
            assertThat(whoAnswers(client)).containsExactly("a");
            gate.open();
            assertThat(held.readResponse().text()).isEqualTo("held");
            // Its connections are not kept for nothing.
            await().atMost(Gate.TIMEOUT).until(() -> b.openConnections() == 0);
        }
    }

    @Test
    void webSocketOfARouteThatStaysOutlivesReloads() throws Exception {
        a.on("/ws", (request, exchange) -> {
            exchange.acceptWebSocket();
            exchange.echoRaw();
        });
        try (Sluice sluice = start(HTTP + QUICK + all(a));
                RawClient socket = client(sluice)) {
            socket.send("GET /ws HTTP/1.1\r\nHost: sluice.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
            assertThat(socket.readHead().status()).isEqualTo(101);
            for (int i = 0; i < 3; i++) {
                String other = "{ path: /n" + i + ", to: " + b.url() + " }";
                sluice.reload(config(HTTP + QUICK + "routes: [ { to: " + a.url() + " }, " + other + " ]"));
                socket.send("still" + i);
                assertThat(new String(socket.readBytes(6))).isEqualTo("still" + i);
            }
            try (RawClient client = client(sluice)) {
                // Longer than what leaves may stay: by the time it answers, what left has been cut.
                a.on("/p/late", (request, exchange) -> exchange.awaitAbort());
                sluice.reload(config(
                        HTTP + QUICK + "routes: [ { to: " + a.url() + " }, { path: /p, to: " + a.url() + " } ]"));
                client.send("GET /p/late HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
                a.awaitRequest("/p/late"); // Else it may go by the next ones, which have no such route.
                sluice.reload(config(HTTP + QUICK + all(a)));
                assertThat(client.readResponse().status()).isIn(200, 503);
            }
            socket.send("at last");
            assertThat(new String(socket.readBytes(7))).isEqualTo("at last");
        }
    }

    @Test
    void exchangeOfARouteThatLeftIsCutWhenItsTimeHasPassed() throws Exception {
        a.on("/old/never", (request, exchange) -> exchange.awaitAbort());
        try (Sluice sluice = start(
                        HTTP + QUICK + "routes: [ { to: " + b.url() + " }, { path: /old, to: " + a.url() + " } ]");
                RawClient client = client(sluice);
                RawClient other = client(sluice)) {
            client.send("GET /old/never HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
            a.awaitRequest("/old/never");
            sluice.reload(config(HTTP + QUICK + all(b)));
            assertThat(client.readResponse().status()).isEqualTo(503);
            assertThat(ask(other, "/old/x")).isEqualTo("b");
        }
    }

    @Test
    void exchangeOfARouteThatLeftIsCutThoughItsPoolStays() throws Exception {
        a.on("/old/never", (request, exchange) -> exchange.awaitAbort());
        String pool = HTTP + QUICK + "pools: { app: { backends: " + a.url() + " } }\n";
        try (Sluice sluice = start(pool + "routes: [ { pool: app }, { path: /old, pool: app } ]");
                RawClient client = client(sluice)) {
            client.send("GET /old/never HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
            a.awaitRequest("/old/never");
            sluice.reload(config(pool + "routes: [ { pool: app } ]"));
            assertThat(client.readResponse().status()).isEqualTo(503);
        }
    }

    @Test
    void poolWithOtherRulesIsMadeAnewAndWhatAnOperatorHasDrainedStaysSo() throws Exception {
        String pools = "pools: { app: { backends: [ %s, %s ], balance: %s } }\nroutes: [ { pool: app } ]\n";
        try (Sluice sluice = start(HTTP + pools.formatted(a.url(), b.url(), "round-robin"));
                RawClient client = client(sluice)) {
            sluice.drainBackend("app", a.url());
            assertThat(whoAnswers(client)).containsExactly("b");
            assertThat(sluice.reload(config(HTTP + pools.formatted(a.url(), b.url(), "random"))))
                    .containsExactly("~ pool app: balance.policy round-robin -> random");
            assertThat(whoAnswers(client)).containsExactly("b");
            sluice.resumeBackend("app", a.url());
            await().until(() -> whoAnswers(client).contains("a"));
        }
    }

    @Test
    void backendsOfANewPoolHaveBeenAskedBeforeTheFirstRequest() throws Exception {
        int nobody = FreePort.next();
        String checked = "pools: { app: { backends: [ \"http://127.0.0.1:" + nobody + "\", " + b.url()
                + " ], health: { check: tcp, interval: 1s, timeout: 500ms } } }\nroutes: [ { pool: app } ]\n";
        try (Sluice sluice = start(HTTP + all(a));
                RawClient client = client(sluice)) {
            sluice.reload(config(HTTP + checked));
            assertThat(sluice.pools().get(0).backends())
                    .extracting(PoolSnapshot.Member::standing)
                    .first()
                    .hasToString("NOT_WELL");
            assertThat(whoAnswers(client)).containsExactly("b");
        }
    }

    @Test
    void poolsMayComeToBeFoundInAFile() throws Exception {
        Files.writeString(directory.resolve("backends.yaml"), "- " + b.url() + "\n");
        try (Sluice sluice = start(HTTP + all(a));
                RawClient client = client(sluice)) {
            sluice.reload(config(
                    HTTP + "pools: { app: { backends: [ { file: backends.yaml } ] } }\nroutes: [ { pool: app } ]\n"));
            assertThat(whoAnswers(client)).containsExactly("b");
            replace("backends.yaml", "- " + a.url() + "\n");
            await().atMost(Gate.TIMEOUT).until(() -> whoAnswers(client).equals(Set.of("a")));
            sluice.reload(config(HTTP + all(b)));
            assertThat(whoAnswers(client)).containsExactly("b");
        }
    }

    private void replace(String name, String text) throws IOException {
        Path whole = directory.resolve(name + ".new");
        Files.writeString(whole, text);
        Files.move(whole, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    // Listeners.

    @Test
    void listenerThatComesServesAndOneThatGoesFinishesWhatItHas() throws Exception {
        a.on("/held", (request, exchange) -> {
            gate.pass();
            exchange.answer(200, "held");
        });
        String two = "listeners: { http: { address: \"127.0.0.1:0\" }, more: { address: \"127.0.0.1:0\" } }\n";
        String drain = "drain: { deadline: 9s, linger: 8s, leaving: 9s }\n";
        try (Sluice sluice = start(HTTP + drain + all(a));
                RawClient before = client(sluice)) {
            assertThat(ask(before, "/x")).isEqualTo("a");
            sluice.reload(config(two + drain + all(a)));
            int more = sluice.port("more");
            try (RawClient held = RawClient.plain(more);
                    RawClient idle = RawClient.plain(more)) {
                assertThat(ask(idle, "/x")).isEqualTo("a");
                held.send("GET /held HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
                a.awaitRequest("/held");
                sluice.reload(config(HTTP + drain + all(a)));
                assertThat(sluice.listenerNames()).containsExactly("http");
                // Still open for a moment, served, and told.
                idle.send("GET /x HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
                assertThat(idle.readHead().field("Connection")).isEqualTo("close");
                gate.open();
                TestHead head = held.readHead();
                assertThat(head.status()).isEqualTo(200);
                assertThat(head.field("Connection")).isEqualTo("close");
                await().atMost(Gate.TIMEOUT)
                        .untilAsserted(() -> assertThatThrownBy(
                                        () -> RawClient.plain(more).close())
                                .isInstanceOf(ConnectException.class));
                assertThat(ask(before, "/x")).isEqualTo("a");
                await().atMost(Gate.TIMEOUT).until(() -> sluice.server().getConnectors().length == 1);
            }
        }
    }

    @Test
    void listenerMovesToTlsOnTheSamePort() throws Exception {
        int port = FreePort.next();
        String plain = "listeners: { web: { address: \"127.0.0.1:" + port + "\" } }\n";
        String tls = "listeners: { web: { address: \"127.0.0.1:" + port + "\", tls: {} } }\n";
        String drain = "drain: { deadline: 9s, linger: 8s, leaving: 9s }\n";
        try (Sluice sluice = start(plain + drain + all(a));
                RawClient before = RawClient.plain(port)) {
            assertThat(ask(before, "/x")).isEqualTo("a");
            sluice.reload(config(tls + drain + all(a)));
            try (RawClient secure = RawClient.tls(port)) {
                assertThat(ask(secure, "/x")).isEqualTo("a");
            }
            before.send("GET /x HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
            assertThat(before.readResponse().text()).isEqualTo("a");
            await().atMost(Gate.TIMEOUT).until(() -> sluice.server().getConnectors().length == 1);
            try (RawClient secure = RawClient.tls(port)) {
                assertThat(ask(secure, "/x")).isEqualTo("a");
            }
        }
    }

    @Test
    void certificateIsRenewedAndConnectionsThatAreOpenGoOn() throws Exception {
        TestAuthority authority = new TestAuthority(directory, "authority");
        String tls =
                "listeners: { https: { address: \"127.0.0.1:0\", tls: { certificate: cert.pem, key: key.pem } } }\n";
        install(authority.issue("one", "localhost"));
        try (Sluice sluice = start(tls + all(a));
                RawClient before = RawClient.tls(sluice.port("https"))) {
            assertThat(subject(before)).contains("one");
            install(authority.issue("two", "localhost"));
            assertThat(sluice.reload(config(tls + all(a)))).containsExactly("~ listener https: certificate");
            assertThat(ask(before, "/x")).isEqualTo("a");
            try (RawClient after = RawClient.tls(sluice.port("https"))) {
                assertThat(subject(after)).contains("two");
                assertThat(ask(after, "/x")).isEqualTo("a");
            }
            assertThat(sluice.reload(config(tls + all(a)))).isEmpty();
        }
    }

    @Test
    void otherContentOfFilesTowardsBackendsIsAChange() throws Exception {
        TestAuthority authority = new TestAuthority(directory, "authority");
        String yaml = HTTP + "pools: { app: { backends: [ \"https://127.0.0.1:1\" ], tls: { certificate: cert.pem, key:"
                + " key.pem } } }\nroutes: [ { pool: app } ]\n";
        install(authority.issue("one", "localhost"));
        try (Sluice sluice = start(yaml)) {
            install(authority.issue("two", "localhost"));
            sluice.readFrom(() -> LoadedConfig.of(config(yaml)));
            assertThat(sluice.planReload()).containsExactly("~ pool app: what is in the files of tls");
            assertThat(sluice.reload("test")).containsExactly("~ pool app: what is in the files of tls");
            assertThat(sluice.reload("test")).isEmpty();
        }
    }

    /** The answer to a dry run is the one that the reload would get. */
    @Test
    void planIsRefusedWhereTheReloadWouldBe() throws Exception {
        String few = "server: { threads: 20 }\n";
        StringBuilder many = new StringBuilder("listeners: { http: { address: \"127.0.0.1:0\" }");
        for (int i = 0; i < 20; i++) many.append(", l").append(i).append(": { address: \"127.0.0.1:0\" }");
        Sluice sluice = start(few + HTTP + all(a));
        try (sluice) {
            sluice.readFrom(() -> LoadedConfig.of(config(few + many + " }\n" + all(a))));
            assertThatThrownBy(sluice::planReload).hasMessageContaining("too few threads");
        }
        assertThatThrownBy(sluice::planReload).hasMessage("the server is not serving");
    }

    @Test
    void planSaysWhatAPoolThatIsMadeAnewDrains() throws Exception {
        String pool = HTTP + "drain: { leaving: 20s }\nroutes: [ { pool: app } ]\n"
                + "pools: { app: { backends: [ %s ], balance: %s } }\n";
        try (Sluice sluice = start(pool.formatted(a.url() + ", " + b.url(), "random"))) {
            sluice.readFrom(() -> LoadedConfig.of(config(pool.formatted(a.url(), "least-requests"))));
            assertThat(sluice.planReload())
                    .containsExactly(
                            "~ pool app: - " + b.url(),
                            "~ pool app: balance.policy random -> least-requests",
                            "would make pool app anew: what backends have that stay goes on",
                            "would drain pool app, backend " + b.url() + ": 0 exchanges, cut after 20 s");
        }
    }

    @Test
    void planCountsWhatAListenerThatLeavesHas() throws Exception {
        a.on("/never", (request, exchange) -> exchange.awaitAbort());
        String two = "listeners: { http: { address: \"127.0.0.1:0\" }, more: { address: \"127.0.0.1:0\" } }\n";
        try (Sluice sluice = start(two + QUICK + all(a));
                RawClient held = RawClient.plain(sluice.port("more"))) {
            held.send("GET /never HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
            a.awaitRequest("/never");
            sluice.readFrom(() -> LoadedConfig.of(config(HTTP + QUICK + all(a))));
            assertThat(sluice.planReload())
                    .containsExactly(
                            "- listener more 127.0.0.1:0",
                            "would drain listener more: 1 connection, 1 exchange, cut after 500 ms");
        }
    }

    private void install(TestAuthority.Issued issued) throws IOException {
        Files.copy(issued.certificate(), directory.resolve("cert.pem"), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(issued.key(), directory.resolve("key.pem"), StandardCopyOption.REPLACE_EXISTING);
    }

    private static String subject(RawClient client) throws IOException {
        var session = ((SSLSocket) client.socket()).getSession();
        return ((X509Certificate) session.getPeerCertificates()[0])
                .getSubjectX500Principal()
                .getName();
    }

    @Test
    void stopEndsAListenerThatIsStillLeaving() throws Exception {
        a.on("/never", (request, exchange) -> exchange.awaitAbort());
        String two = "listeners: { http: { address: \"127.0.0.1:0\" }, more: { address: \"127.0.0.1:0\" } }\n";
        String drain = "drain: { deadline: 500ms, linger: 100ms, leaving: 1h }\n";
        try (Sluice sluice = start(two + drain + all(a));
                RawClient held = RawClient.plain(sluice.port("more"))) {
            held.send("GET /never HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
            a.awaitRequest("/never");
            sluice.reload(config(HTTP + drain + all(a)));
            assertThat(sluice.stop("test")).isFalse();
            assertThat(sluice.summary().cut()).isEqualTo(1);
            held.awaitClosed();
        }
    }

    // What cannot be done changes nothing.

    private void assertRefused(Sluice sluice, String yaml, String reason) throws Exception {
        SluiceConfig before = sluice.config();
        SluiceConfig next = config(yaml);
        assertThatThrownBy(() -> sluice.reload(next))
                .isInstanceOf(ReloadException.class)
                .hasMessageContaining(reason);
        assertThat(sluice.config()).isSameAs(before);
        try (RawClient client = client(sluice)) {
            assertThat(ask(client, "/x")).isEqualTo("a");
        }
    }

    @Test
    void addressThatIsTakenChangesNothing() throws Exception {
        try (ServerSocket taken = new ServerSocket(0);
                Sluice sluice = start(HTTP + all(a))) {
            assertRefused(
                    sluice,
                    "listeners: { http: { address: \"127.0.0.1:0\" }, free: { address: \"127.0.0.1:0\" }, taken: {"
                            + " address: \":" + taken.getLocalPort() + "\" } }\n" + all(b),
                    "listener taken: cannot bind :" + taken.getLocalPort() + ": address already in use");
            assertThat(sluice.listenerNames()).containsExactly("http");
        }
    }

    /** It waits for a backend that does not say how it is, with the new address open already. */
    @Test
    void reloadThatIsInterruptedLeavesNothingOpen() throws Exception {
        int port = FreePort.next();
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Sluice sluice = start(HTTP + all(a))) {
            SluiceConfig next =
                    config("listeners: { http: { address: \"127.0.0.1:0\" }, more: { address: \"127.0.0.1:" + port
                            + "\" } }\npools: { app: { backends: \"http://127.0.0.1:" + silent.getLocalPort()
                            + "\", health: { path: /, interval: 60s, timeout: 60s } } }\nroutes: [ { pool: app } ]\n");
            CompletableFuture<Throwable> outcome = new CompletableFuture<>();
            Thread reload = new Thread(() -> outcome.complete(catchThrowable(() -> sluice.reload(next))));
            reload.start();
            try (Socket asked = silent.accept()) {
                assertThat(asked.isConnected()).isTrue();
                assertThat(isFree(port)).isFalse();
                reload.interrupt();
                assertThat(outcome.get(10, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
            }
            await().until(() -> isFree(port));
            try (RawClient client = client(sluice)) {
                assertThat(ask(client, "/x")).isEqualTo("a");
            }
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket free = new ServerSocket(port)) {
            return free.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void certificateThatCannotBeReadChangesNothing() throws Exception {
        Files.writeString(directory.resolve("cert.pem"), "no certificate");
        Files.writeString(directory.resolve("key.pem"), "no key");
        try (Sluice sluice = start(HTTP + all(a))) {
            assertRefused(
                    sluice,
                    "listeners: { http: { address: \"127.0.0.1:0\" }, tls: { address: \"127.0.0.1:0\", tls: {"
                            + " certificate: cert.pem, key: key.pem } } }\n" + all(b),
                    "listener tls: ");
        }
    }

    @Test
    void trustOfABackendThatCannotBeReadChangesNothing() throws Exception {
        Files.writeString(directory.resolve("trust.pem"), "nobody");
        try (Sluice sluice = start(HTTP + all(a))) {
            assertRefused(
                    sluice,
                    HTTP + "pools: { app: { backends: [ \"https://127.0.0.1:1\" ], tls: { trust: trust.pem } } }\n"
                            + "routes: [ { pool: app } ]\n",
                    "trust.pem");
        }
    }

    @Test
    void whatOnlyAStartReadsIsRefusedByName() throws Exception {
        try (Sluice sluice = start(HTTP + all(a))) {
            assertRefused(
                    sluice,
                    HTTP + "server: { threads: 100 }\nupstream: { connectTimeout: 1s, firstByteTimeout: 1s }\n"
                            + all(b),
                    "only a start reads this (expected: the same as before, or sluice run --takeover, which changes it"
                            + " and loses nothing): ~ upstream.connectTimeout 5s -> 1s; ~ server.threads 200 -> 100");
        }
    }

    @Test
    void serverThatHasStoppedIsNotReloaded() throws Exception {
        Sluice sluice = start(HTTP + all(a));
        sluice.close();
        SluiceConfig next = config(HTTP + all(b));
        assertThatThrownBy(() -> sluice.reload(next)).isInstanceOf(ReloadException.class);
    }

    @Test
    void timesOfExchangesAndOfTheDrainAreThoseOfTheNewOne() throws Exception {
        a.on("/never", (request, exchange) -> exchange.awaitAbort());
        try (Sluice sluice = start(HTTP + all(a));
                RawClient client = client(sluice)) {
            assertThat(sluice.reload(
                            config(HTTP + "upstream: { firstByteTimeout: 100ms }\ndrain: { deadline: 3s }\n" + all(a))))
                    .containsExactly("~ drain.deadline 10s -> 3s", "~ upstream.firstByteTimeout 1m -> 100ms");
            client.send("GET /never HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(504);
            assertThat(sluice.server().getStopTimeout()).isEqualTo(3000);
        }
        assertThat(List.of(a.requests("/never"))).isNotEmpty();
    }
}
