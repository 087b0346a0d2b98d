package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.sluice.testkit.FreePort;
import java.io.IOException;
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
import java.util.ArrayList;
import java.util.List;
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

/** The runnable jar as a process: what it exits with, and what signals do to it. */
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class RunCommandIT {
    private static final Path JAR =
            Path.of(System.getProperty("sluice.jar", "target/sluice.jar")).toAbsolutePath();

    @TempDir
    private Path directory;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ExecutorService backendThreads = Executors.newCachedThreadPool();
    private final CountDownLatch arrived = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final List<Process> started = new ArrayList<>();
    private HttpServer backend;
    private int port;

    @BeforeEach
    void startBackend() throws IOException {
        assertThat(JAR).as("the jar that `mvn package` makes, or -Dsluice.jar").exists();
        InetAddress loopback = InetAddress.getLoopbackAddress();
        backend = HttpServer.create(new InetSocketAddress(loopback, 0), 0);
        backend.setExecutor(backendThreads);
        backend.createContext("/", exchange -> {
            if (exchange.getRequestURI().getPath().equals("/held")) {
                arrived.countDown();
                awaitUninterrupted(release);
            }
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write("ok".getBytes(StandardCharsets.UTF_8));
            exchange.close();
        });
        backend.start();
        port = FreePort.next();
    }

    @AfterEach
    void endEverything() {
        release.countDown();
        started.forEach(Process::destroyForcibly);
        backend.stop(0);
        backendThreads.shutdownNow();
    }

    @Test
    void wrongConfigurationExitsWithTwoAndNamesEveryError() throws Exception {
        Files.writeString(directory.resolve("sluice.yaml"), "drian: { deadline: 1s }\nroutes: [ { to: nowhere } ]\n");

        assertThat(exit(start("run"))).isEqualTo(2);
        assertThat(log("err").lines()).hasSizeGreaterThanOrEqualTo(2).allMatch(line -> line.contains("sluice.yaml"));
        assertThat(log("err")).contains("drian", "nowhere");
    }

    @Test
    void missingConfigurationExitsWithTwo() throws Exception {
        assertThat(exit(start("run", "--config", "none.yaml"))).isEqualTo(2);
        assertThat(log("err")).contains("none.yaml");
    }

    @Test
    void takenPortExitsWithOneAndIsNamedOnStandardErrorAndInTheLog() throws Exception {
        try (ServerSocket taken = new ServerSocket(port)) {
            configure("10s");

            assertThat(exit(start("run"))).isEqualTo(1);
            assertThat(log("err"))
                    .contains(Integer.toString(taken.getLocalPort()))
                    .doesNotContain("\tat ");
            assertThat(log("out")).contains("cannot start: ").doesNotContain("\tat ");
        }
    }

    @Test
    void logSaysWhereTheConfigurationCameFromAndWhatIsServed() throws Exception {
        configure("10s");
        Process sluice = serving();

        assertThat(log("out"))
                .contains("configuration: sluice.yaml\n")
                .contains("listener http :" + port + " (")
                .contains("route default to http://127.0.0.1:"
                        + backend.getAddress().getPort() + " (direct)\n");
        assertThat(client.send(request("/"), BodyHandlers.ofString()).body()).isEqualTo("ok");
        terminate(sluice);
        assertThat(exit(sluice)).isZero();
    }

    @Test
    void signalWithNothingInFlightExitsWithZero() throws Exception {
        configure("10s");
        for (String signal : List.of("TERM", "INT")) {
            Process sluice = serving();
            new ProcessBuilder("kill", "-" + signal, Long.toString(sluice.pid()))
                    .start()
                    .waitFor();

            assertThat(exit(sluice)).as("after SIG" + signal).isZero();
            assertThat(log("out")).contains("SIG" + signal + ": stopping").endsWith(" stopped\n");
        }
    }

    @Test
    void slowRequestInFlightIsFinishedAndTheExitIsZero() throws Exception {
        configure("30s");
        Process sluice = serving();
        CompletableFuture<HttpResponse<String>> held = hold();

        terminate(sluice);
        awaitLog(" draining: ");
        release.countDown();

        assertThat(held.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        assertThat(exit(sluice)).isZero();
        assertThat(log("out")).contains("listener http :" + port + " drained").endsWith(" stopped\n");
    }

    @Test
    void requestBeyondTheDeadlineIsCutAndTheExitIsThree() throws Exception {
        configure("500ms");
        Process sluice = serving();
        CompletableFuture<HttpResponse<String>> held = hold();

        terminate(sluice);

        assertThat(exit(sluice)).isEqualTo(3);
        assertThat(held).failsWithin(Duration.ofSeconds(10));
        assertThat(log("out"))
                .contains("listener http :" + port + ": deadline exceeded, 1 exchange cut")
                .endsWith(" stopped\n");
    }

    @Test
    void secondSignalCutsAtOnce() throws Exception {
        configure("100s");
        Process sluice = serving();
        CompletableFuture<HttpResponse<String>> held = hold();

        terminate(sluice);
        awaitLog(" draining: ");
        terminate(sluice);

        assertThat(exit(sluice)).isEqualTo(3);
        assertThat(held).failsWithin(Duration.ofSeconds(10));
        assertThat(log("out")).contains("SIGTERM: cutting what is left").endsWith(" stopped\n");
    }

    @Test
    void demoServesBothBackendsAndStopsClean() throws Exception {
        Process demo =
                start("demo", "--http-port", "" + port, "--https-port", "0", "--api-port", "0", "--web-port", "0");
        awaitLog("Press Ctrl+C");

        assertThat(client.send(request("/api/hello"), BodyHandlers.ofString()).body())
                .contains("backend: api\n", "path:    /api/hello\n");
        assertThat(client.send(request("/apix"), BodyHandlers.ofString()).body())
                .contains("backend: web\n");
        terminate(demo);
        assertThat(exit(demo)).isZero();
    }

    private void configure(String deadline) throws IOException {
        String yaml = """
                listeners:
                  http: { address: ":%d" }
                drain: { deadline: %s }
                routes:
                  - to: http://127.0.0.1:%d
                """;
        Files.writeString(
                directory.resolve("sluice.yaml"),
                yaml.formatted(port, deadline, backend.getAddress().getPort()));
    }

    /** In the temporary directory, with its output in files there: pipes that nobody reads could stop it. */
    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar", JAR.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectOutput(directory.resolve("out").toFile())
                .redirectError(directory.resolve("err").toFile())
                .start();
        started.add(process);
        return process;
    }

    private Process serving() throws IOException {
        Process sluice = start("run");
        awaitLog("route default to ");
        return sluice;
    }

    /** A request that the backend has and does not answer yet. */
    private CompletableFuture<HttpResponse<String>> hold() throws InterruptedException {
        CompletableFuture<HttpResponse<String>> held = client.sendAsync(request("/held"), BodyHandlers.ofString());
        assertThat(arrived.await(30, TimeUnit.SECONDS))
                .as("reached the backend")
                .isTrue();
        return held;
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .build();
    }

    /** Unlike {@link Process#destroy} it can be done twice. */
    private static void terminate(Process process) {
        process.toHandle().destroy();
    }

    private static int exit(Process process) throws InterruptedException {
        assertThat(process.waitFor(40, TimeUnit.SECONDS)).as("ended").isTrue();
        return process.exitValue();
    }

    private void awaitLog(String text) {
        await().atMost(Duration.ofSeconds(60)).until(() -> log("out").contains(text));
    }

    private String log(String name) throws IOException {
        return Files.readString(directory.resolve(name));
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
