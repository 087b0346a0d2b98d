package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Once;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code run --takeover}, with the runnable jar: one process after the other on the same ports. */
@Timeout(300)
@SuppressWarnings("NullAway.Init")
@Once
class TakeoverIT {
    @TempDir
    private Path directory;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ExecutorService backendThreads = Executors.newCachedThreadPool();
    private final CountDownLatch release = new CountDownLatch(1);
    private HttpServer backend;
    private int port;
    private int tlsPort;

    @BeforeEach
    void startBackend() throws IOException {
        assumeThat(System.getProperty("os.name")).isEqualTo("Linux");
        backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        backend.setExecutor(backendThreads);
        backend.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write("ok".getBytes(StandardCharsets.UTF_8));
            exchange.close();
        });
        backend.createContext("/long", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("begin ".getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.getResponseBody().write("end".getBytes(StandardCharsets.UTF_8));
            exchange.close();
        });
        backend.start();
        port = FreePort.next();
        tlsPort = FreePort.next();
        configure("sluice.yaml", "to: http://127.0.0.1:" + backend.getAddress().getPort());
    }

    @AfterEach
    void endBackend() {
        release.countDown();
        backend.stop(0);
        backendThreads.shutdownNow();
    }

    @Test
    void nothingIsLostInSeveralTakeovers() throws Exception {
        JarProcess serving = JarProcess.run(directory, "0", "run").serving();
        try (TakeoverClients clients = new TakeoverClients(port, tlsPort)) {
            // The second one is from a process that has taken over itself.
            for (int i = 1; i <= 2; i++) {
                clients.awaitMore(20);
                JarProcess next = JarProcess.run(directory, "" + i, "run", "--takeover");
                try (JarProcess previous = serving) {
                    serving = next;
                    assertThat(previous.exit()).as(previous.log()).isZero();
                    assertThat(previous.log()).contains("a successor has the ports of listeners http, https");
                    next.awaitLog("process " + previous.pid() + " has ended, after ");
                    assertThat(next.log())
                            .contains("from process " + previous.pid() + ", listeners: http, https")
                            .contains("process " + previous.pid() + " has closed its listeners, after ")
                            .doesNotContain("can be reset");
                }
            }
            clients.awaitMore(20);
            assertThat(clients.failures()).isEmpty();
        } finally {
            serving.close();
        }
    }

    @Test
    void longDownloadOnTheOldOneIsFinishedWhileTheNewOneServes() throws Exception {
        try (JarProcess old = JarProcess.run(directory, "old", "run").serving()) {
            CompletableFuture<HttpResponse<String>> download =
                    client.sendAsync(request("/long"), BodyHandlers.ofString());
            await().until(() -> old.isAlive());
            assertThat(get()).isEqualTo("ok");
            try (JarProcess next =
                    JarProcess.run(directory, "new", "run", "--takeover").awaitLog("has closed its listeners")) {
                assertThat(get()).isEqualTo("ok");
                assertThat(old.isAlive()).isTrue();
                release.countDown();

                assertThat(download.get(30, TimeUnit.SECONDS).body()).isEqualTo("begin end");
                assertThat(old.exit()).isZero();
                assertThat(next.isAlive()).isTrue();
            }
        }
    }

    @Test
    void processInItsAnnouncementHandsOverAndCutsNothing() throws Exception {
        Files.writeString(
                directory.resolve("sluice.yaml"),
                Files.readString(directory.resolve("sluice.yaml")).replace("drain: {", "drain: { announce: 10m,"));
        try (JarProcess old = JarProcess.run(directory, "old", "run").serving()) {
            CompletableFuture<HttpResponse<InputStream>> download =
                    client.sendAsync(request("/long"), BodyHandlers.ofInputStream());
            try (InputStream body = download.get(30, TimeUnit.SECONDS).body()) {
                old.terminate();
                old.awaitLog("announced (SIGTERM)");
                try (JarProcess next =
                        JarProcess.run(directory, "new", "run", "--takeover").awaitLog("has closed its listeners")) {
                    assertThat(old.isAlive()).isTrue();
                    release.countDown();

                    assertThat(new String(body.readAllBytes(), StandardCharsets.UTF_8))
                            .isEqualTo("begin end");
                    assertThat(old.exit()).as(old.log()).isZero();
                    assertThat(old.log()).contains("a successor has the ports");
                    assertThat(next.isAlive()).isTrue();
                }
            }
        }
    }

    @Test
    void takeoverThatIsRefusedLeavesTheOldOneServing() throws Exception {
        try (JarProcess old = JarProcess.run(directory, "old", "run").serving()) {
            Files.writeString(directory.resolve("wrong.yaml"), "drian: {}\n");
            int nobody = FreePort.next();
            configure("unwell.yaml", "to: http://127.0.0.1:" + nobody + "\n    health: { path: /, interval: 1s }");
            // All at the same time: one of them waits for ten seconds.
            try (JarProcess wrong = JarProcess.run(directory, "wrong", "run", "--takeover", "--config", "wrong.yaml");
                    JarProcess unwell =
                            JarProcess.run(directory, "unwell", "run", "--takeover", "--config", "unwell.yaml");
                    JarProcess second = JarProcess.run(directory, "second", "run")) {
                assertRefused(wrong, 2, "drian");
                assertRefused(second, 1, "address already in use (held by java, pid " + old.pid() + ")");
                assertRefused(unwell, 1, "(expected: a backend that can be used within");
            }

            assertThat(get()).isEqualTo("ok");
            old.terminate();
            assertThat(old.exit()).isZero();
            assertThat(old.log()).doesNotContain("a successor");
        }
    }

    @Test
    void portOfAnotherProgramIsLeftToIt() throws Exception {
        try (ServerSocket taken = new ServerSocket(port);
                JarProcess refused = JarProcess.run(directory, "refused", "run", "--takeover")) {
            assertRefused(
                    refused,
                    1,
                    "held by java, pid " + ProcessHandle.current().pid()
                            + ", which is no Sluice (expected: nobody, or a Sluice of the same user)");
            assertThat(taken.isClosed()).isFalse();
        }
    }

    @Test
    void takeoverWithNobodyThereIsAnOrdinaryStart() throws Exception {
        try (JarProcess sluice =
                JarProcess.run(directory, "only", "run", "--takeover").serving()) {
            assertThat(sluice.log()).contains("nobody has the ports: an ordinary start");
            assertThat(get()).isEqualTo("ok");
            sluice.terminate();
            assertThat(sluice.exit()).isZero();
        }
    }

    private static void assertRefused(JarProcess refused, int status, String reason) throws Exception {
        assertThat(refused.exit()).as(refused.log()).isEqualTo(status);
        assertThat(refused.log()).contains(reason).doesNotContain("\tat ");
    }

    private void configure(String file, String to) throws IOException {
        Files.writeString(directory.resolve(file), """
                listeners:
                  http: { address: ":%d" }
                  https: { address: "127.0.0.1:%d", tls: {} }
                drain: { deadline: 60s }
                routes:
                  - %s
                """.formatted(port, tlsPort, to));
    }

    private String get() throws Exception {
        return client.send(request("/"), BodyHandlers.ofString()).body();
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(60))
                .build();
    }
}
