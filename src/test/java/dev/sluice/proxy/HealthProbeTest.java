package dev.sluice.proxy;

import static dev.sluice.proxy.ProbedBackend.LONG;
import static dev.sluice.proxy.ProbedBackend.SHORT;
import static dev.sluice.proxy.ProbedBackend.http;
import static dev.sluice.proxy.ProbedBackend.within;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.HealthConfig;
import dev.sluice.config.HealthConfig.Http;
import dev.sluice.config.HealthConfig.StatusRange;
import dev.sluice.config.HealthConfig.Tcp;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.upstream.health.Probe.Finding;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Checks of backends that speak HTTP/1.1, or nothing. */
@Timeout(60)
@Once
class HealthProbeTest {
    private final FaultyOrigin origin = FaultyOrigin.start();
    private final ProbedBackend probed = new ProbedBackend();
    private @TempDir Path directory = Path.of("");

    @BeforeEach
    void start() throws Exception {
        probed.start();
    }

    @AfterEach
    void stop() throws Exception {
        probed.close();
        origin.close();
        ProbedBackend.awaitNoThreads();
    }

    private void script(String path, int status, String body) {
        origin.on(path, (request, exchange) -> exchange.answer(status, body));
    }

    // What is asked

    @Test
    void requestIsAGetToThePathAsWrittenWithoutTheBasePathOfTheBackend() throws Exception {
        probed.passes(origin.url() + "/base?key=1", http("/health//a%2Fb?full=1&x={y}"));
        ReceivedRequest request = origin.requests().get(0);
        assertThat(request.headText())
                .isEqualTo("GET /health//a%2Fb?full=1&x={y} HTTP/1.1\r\nHost: 127.0.0.1:" + origin.port()
                        + "\r\nUser-Agent: sluice-health\r\nConnection: close\r\n\r\n");
    }

    @Test
    void hostAndFieldsAreThoseOfTheCheck() throws Exception {
        Http check = new Http(
                "/", List.of(new StatusRange(200, 200)), null, "app.test", Map.of("X-Key", "1", "User-Agent", "me"));
        probed.passes(origin.url(), check);
        ReceivedRequest request = origin.requests().get(0);
        assertThat(request.values("Host")).containsExactly("app.test");
        assertThat(request.values("User-Agent")).containsExactly("me");
        assertThat(request.values("X-Key")).containsExactly("1");
    }

    @Test
    void portOfTheCheckIsAskedInsteadOfTheBackends() throws Exception {
        HealthConfig how = new HealthConfig(http("/here"), origin.port(), LONG, LONG, 1, 1);
        assertThat(probed.ask("http://127.0.0.1:1", how).passed()).isTrue();
        assertThat(origin.requests("/here").get(0).values("Host")).containsExactly("127.0.0.1:1");
    }

    @Test
    void everyCheckHasAConnectionOfItsOwnThatIsClosedAfterwards() throws Exception {
        for (int i = 1; i <= 3; i++) {
            probed.passes(origin.url(), http("/"));
            origin.awaitClosed(i);
        }
        assertThat(origin.acceptedConnections()).isEqualTo(3);
    }

    @Test
    void connectionIsClosedThoughTheBackendWouldKeepIt() throws Exception {
        origin.on("/", (request, exchange) -> {
            exchange.answer(200, "ok");
            exchange.awaitAbort();
        });
        probed.passes(origin.url(), http("/"));
        origin.awaitClosed(1);
    }

    @Test
    void backendThatOnlyHasAnUnderscoreInItsNameIsLookedUpAllTheSame() throws Exception {
        Finding found = probed.ask("http://no_such.invalid", http("/"));
        assertThat(found).isEqualTo(Finding.failed("unknown host no_such.invalid: Name or service not known"));
    }

    @Test
    void nameIsLookedUpAndAllItsAddressesAreTried() throws Exception {
        probed.passes("http://localhost:" + origin.port(), http("/"));
        probed.passes("http://localhost:" + origin.port(), new Tcp());
    }

    // Status and body

    @Test
    void statusMustBeInOneOfTheRanges() throws Exception {
        script("/teapot", 418, "");
        script("/moved", 302, "");
        Http check = new Http(
                "/teapot", List.of(new StatusRange(200, 204), new StatusRange(418, 418)), null, null, Map.of());
        probed.passes(origin.url(), check);
        probed.fails(origin.url(), http("/teapot"), "status 418 (expected 200-299)");
        Http two =
                new Http("/moved", List.of(new StatusRange(200, 204), new StatusRange(418, 418)), null, null, Map.of());
        probed.fails(origin.url(), two, "status 302 (expected 200-204, 418)");
        assertThat(origin.requests()).as("redirects are not followed").hasSize(3);
    }

    @Test
    void answersWithoutABodyAndThoseThatAClosedConnectionEndsCount() throws Exception {
        script("/204", 204, "");
        origin.on("/old", (request, exchange) -> exchange.answerHttp10(200, "fine"));
        probed.passes(origin.url(), http("/204"));
        probed.passes(origin.url(), http("/old", "fine"));
    }

    @Test
    void interimAnswersAreNotTheAnswer() throws Exception {
        origin.on("/", (request, exchange) -> {
            exchange.interim(103, Field.of("Link", "</a>"));
            exchange.answer(503, "no");
        });
        probed.fails(origin.url(), http("/"), "status 503 (expected 200-299)");
    }

    @Test
    void textIsFoundAcrossChunks() throws Exception {
        origin.on("/", (request, exchange) -> {
            exchange.startChunked(200);
            for (String piece : List.of("all sy", "s", "tems g", "o")) exchange.chunk(piece);
            exchange.endChunks();
        });
        probed.passes(origin.url(), http("/", "systems go"));
        probed.fails(origin.url(), http("/", "systems gone"), "body without \"systems gone\"");
    }

    @Test
    void textIsReadAsUtf8AndACodedBodyIsNotDecoded() throws Exception {
        origin.on(
                "/",
                (request, exchange) -> exchange.answer(
                        200,
                        "gr\u00fcn".getBytes(java.nio.charset.StandardCharsets.UTF_8),
                        Field.of("Content-Type", "text/plain; charset=iso-8859-1"),
                        Field.of("Content-Encoding", "gzip")));
        probed.passes(origin.url(), http("/", "gr\u00fcn"));
    }

    @Test
    void endlessBodyIsLeftAfterItsFirst64Kilobytes() throws Exception {
        origin.on("/", (request, exchange) -> {
            exchange.startUntilClose(200);
            exchange.content("ready");
            exchange.generate(Long.MAX_VALUE);
        });
        probed.passes(origin.url(), http("/"));
        probed.passes(origin.url(), http("/", "ready"));
        probed.fails(origin.url(), http("/", "steady!"), "the first 64 KiB of the body without \"steady!\"");
        for (int i = 1; i <= 3; i++) origin.awaitClosed(i);
    }

    @Test
    void textBehindTheFirst64KilobytesDoesNotCount() throws Exception {
        script("/in", 200, "x".repeat(65_536 - 2) + "ok and so on");
        script("/out", 200, "x".repeat(65_536 - 1) + "ok and so on");
        probed.passes(origin.url(), http("/in", "ok"));
        probed.fails(origin.url(), http("/out", "ok"), "the first 64 KiB of the body without \"ok\"");
    }

    // Failures

    @Test
    void silenceIsAFailureAfterTheTimeout() throws Exception {
        origin.on("/", (request, exchange) -> exchange.awaitAbort());
        probed.failsWithin(SHORT, origin.url(), http("/"), "no answer within 1200ms");
        origin.awaitClosed(1);
    }

    @Test
    void answerThatDoesNotEndIsAFailureAfterTheTimeout() throws Exception {
        origin.on("/", (request, exchange) -> {
            exchange.startLength(200, 10);
            exchange.content("half");
            exchange.awaitAbort();
        });
        probed.failsWithin(SHORT, origin.url(), http("/", "half"), "answer not complete within 1200ms");
        origin.awaitClosed(1);
    }

    @Test
    void halfAnAnswerIsAFailure() throws Exception {
        origin.on("/cut", (request, exchange) -> {
            exchange.startLength(200, 10);
            exchange.content("half");
            exchange.close();
        });
        origin.on("/reset", (request, exchange) -> exchange.reset());
        origin.on("/closed", (request, exchange) -> exchange.close());
        probed.fails(origin.url(), http("/cut", "half"), "backend closed the connection in the middle of its answer");
        probed.fails(origin.url(), http("/closed"), "backend closed the connection");
        // Jetty takes a reset for an end as well.
        probed.fails(origin.url(), http("/reset"), "backend closed the connection");
    }

    @Test
    void whatIsNoHttpIsAFailure() throws Exception {
        origin.on("/noise", (request, exchange) -> {
            exchange.raw("220 mail.test ESMTP\r\n");
            exchange.close();
        });
        origin.on("/101", (request, exchange) -> {
            exchange.raw("HTTP/1.1 101 Switched\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
            exchange.close();
        });
        assertThat(probed.ask(origin.url(), http("/noise")).reason()).startsWith("bad answer: ");
        assertThat(probed.ask(origin.url(), http("/101")).passed()).isFalse();
    }

    @Test
    void headThatIsTooLargeIsAFailure() throws Exception {
        origin.on("/", (request, exchange) -> exchange.answer(200, "", Field.of("X", "x".repeat(100_000))));
        Finding found = probed.ask(origin.url(), http("/"));
        assertThat(found.passed()).isFalse();
        assertThat(found.reason()).hasSizeLessThan(200);
    }

    @Test
    void backendThatIsNotThereRefuses() throws Exception {
        origin.close();
        probed.awaitRefused(origin.url(), http("/"));
        probed.awaitRefused(origin.url(), new Tcp());
    }

    @Test
    void backendThatHasStoppedAcceptingFailsThoughItsConnectionsGoOn() throws Exception {
        try (Socket open = new Socket("127.0.0.1", origin.port())) {
            probed.passes(origin.url(), http("/"));
            origin.refuseConnections();
            probed.awaitRefused(origin.url(), http("/"));
            assertThat(open.isClosed()).isFalse();
        }
    }

    /** The kernel drops what asks for a connection while the queue is full. */
    @Test
    void connectionThatIsNotAcceptedInTimeIsAFailureAndLeavesNothing() throws Exception {
        List<Socket> queued = new ArrayList<>();
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            for (int i = 0; i < 2; i++) queued.add(new Socket("127.0.0.1", full.getLocalPort()));
            String url = "http://127.0.0.1:" + full.getLocalPort();
            Duration shorter = Duration.ofMillis(300);
            probed.failsWithin(shorter, url, http("/"), "no connection within 300ms");
            probed.failsWithin(shorter, url, new Tcp(), "no connection within 300ms");
        } finally {
            for (Socket socket : queued) socket.close();
        }
    }

    // TCP alone, and sockets that are files

    @Test
    void acceptedConnectionIsEnoughForTcpAndIsClosedWithoutAByte() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getByName("127.0.0.1"))) {
            CompletableFuture<Finding> found =
                    probed.asking("http://127.0.0.1:" + server.getLocalPort(), within(LONG, new Tcp()));
            try (Socket accepted = server.accept()) {
                accepted.setSoTimeout(10_000);
                assertThat(found.get(10, TimeUnit.SECONDS)).isEqualTo(Finding.passed("accepts connections"));
                assertThat(accepted.getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    @Test
    void unixSocketIsAskedAsAPortIs() throws Exception {
        Path path = directory.resolve("app.sock");
        String url = "unix:" + path;
        try (FaultyOrigin unix = FaultyOrigin.startOn(path)) {
            unix.on("/no", (request, exchange) -> exchange.answer(500, ""));
            probed.passes(url, http("/yes"));
            probed.passes(url, new Tcp());
            probed.fails(url, http("/no"), "status 500 (expected 200-299)");
            assertThat(unix.requests("/yes").get(0).values("Host")).containsExactly("localhost");
            await().until(() -> unix.openConnections() == 0);
        }
        probed.awaitRefused(url, http("/yes"));
        probed.fails("unix:" + directory.resolve("none.sock"), new Tcp(), "no such file or directory");
    }

    // Many at once, and the end

    /** More than may be under way at once, all of which wait: their time does not begin before their turn. */
    @Test
    void checksBeyondThoseThatMayBeUnderWayWaitForTheirTurn() throws Exception {
        Gate gate = new Gate();
        AtomicInteger asked = new AtomicInteger();
        origin.otherwise((request, exchange) -> {
            asked.incrementAndGet();
            gate.pass();
            exchange.answer(200, "ok");
        });
        List<CompletableFuture<Finding>> all = IntStream.range(0, 600)
                .mapToObj(i -> probed.asking(origin.url(), within(Duration.ofSeconds(30), http("/" + i))))
                .toList();
        await().until(() -> asked.get() == 256);
        assertThat(origin.openConnections()).isEqualTo(256);
        gate.open(600);
        for (CompletableFuture<Finding> one : all)
            assertThat(one.get(20, TimeUnit.SECONDS).passed()).isTrue();
        assertThat(asked.get()).isEqualTo(600);
        await().until(() -> origin.openConnections() == 0);
    }

    @RepeatedTest(20)
    void stopEndsWhatIsUnderWayAndWhatWaitsAndLeavesNothing() throws Exception {
        origin.otherwise((request, exchange) -> exchange.awaitAbort());
        List<CompletableFuture<Finding>> all = IntStream.range(0, 300)
                .mapToObj(i -> probed.asking(origin.url(), within(LONG, http("/"))))
                .toList();
        await().until(() -> origin.requests().size() >= 20);
        probed.close();
        for (CompletableFuture<Finding> one : all)
            assertThat(one).isCompletedWithValue(Finding.failed("broken off: checks are stopped"));
        await().until(() -> origin.openConnections() == 0);
        probed.fails(origin.url(), http("/"), "not asked: checks are stopped");
        ProbedBackend.awaitNoThreads();
    }

    @Test
    void stoppedProbeCanBeStartedAgain() throws Exception {
        probed.close();
        probed.start();
        probed.passes(origin.url(), http("/"));
    }
}
