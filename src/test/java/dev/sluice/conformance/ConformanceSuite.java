package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.BodySum;
import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.EchoReport;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.RunningProxy;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestHead;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/**
 * One proxy in front of one scripted origin for all tests of a class. A subclass for each way to run the proxy says
 * which; see {@link EmbeddedConformanceTest}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ConformanceSuite {
    /** Fields that a proxy adds to a request by right. */
    static final List<String> ADDED_TO_REQUESTS =
            List.of("via", "forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port");

    /** Forgotten before each test, so scripts and what was received are the test's own. */
    final FaultyOrigin origin = FaultyOrigin.start();

    private final ProxyVariant variant;
    private @Nullable RunningProxy running;

    ConformanceSuite(ProxyVariant variant) {
        this.variant = variant;
    }

    /** What the proxy of this suite is set up as; everything to {@link #origin} unless overridden. */
    ProxySetup setup() {
        return ProxySetup.to(origin.url());
    }

    @BeforeAll
    void startProxy() throws Exception {
        running = variant.start(setup());
    }

    @AfterAll
    void stopProxy() {
        if (running != null) running.close();
        origin.close();
    }

    @BeforeEach
    void forget() {
        origin.forget();
    }

    RunningProxy proxy() {
        RunningProxy proxy = running;
        if (proxy == null) throw new IllegalStateException("proxy: not running");
        return proxy;
    }

    /** Sends one request on a connection of its own. */
    TestResponse send(ClientProtocol protocol, TestRequest request) throws IOException {
        try (TestClient client = protocol.connect(proxy())) {
            return client.send(request);
        }
    }

    /** What the origin says it received. */
    EchoReport echo(ClientProtocol protocol, TestRequest request) throws IOException {
        return send(protocol, request).echo();
    }

    /** A connection to the plain listener on which a test writes bytes. */
    RawClient raw() throws IOException {
        return RawClient.plain(proxy().httpPort());
    }

    /** Sends bytes to the plain listener and reads one response to a request with this method. */
    TestResponse raw(String method, String request) throws IOException {
        try (RawClient client = raw()) {
            return client.send(request).readResponse(method);
        }
    }

    /** Sends so much to a backend that has {@code /up}, and has it send as much. */
    void assertBodiesPassBothWays(ClientProtocol protocol, FaultyOrigin backend, int size) throws IOException {
        backend.on("/down", (request, exchange) -> {
            exchange.startLength(200, size);
            exchange.generate(size);
        });
        TestRequest upload = TestRequest.post("/up", "").body(BodySum.patternBytes(size));
        assertThat(send(protocol, upload).echo().body()).isEqualTo(BodySum.ofPattern(size));
        try (TestClient client = protocol.connect(proxy())) {
            assertThat(client.open(TestRequest.get("/down")).sumBody()).isEqualTo(BodySum.ofPattern(size));
        }
    }

    /** Sends a body of three bytes as soon as it is told to go on, and not before. The answer is that of an echo. */
    void assertUploadsWhenToldOnce(ClientProtocol protocol, Runnable whenTold) throws IOException {
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.upload("/", 3).field("expect", "100-continue"));
            assertThat(exchange.awaitInterim().status()).isEqualTo(100);
            whenTold.run();
            exchange.write(bytes("abc"));
            exchange.end(List.of());
            TestResponse response = exchange.finish();
            assertThat(response.interims()).extracting(TestHead::status).containsExactly(100);
            assertThat(response.echo().body().size()).isEqualTo(3);
        }
    }

    /** What is expected of one of several. */
    interface Check<T> {
        void run(T one) throws Exception;
    }

    /** Checks all of them at the same time: what takes its time takes it once. */
    static <T> void overEach(T[] all, Check<T> check) {
        ExecutorService threads = Executors.newFixedThreadPool(all.length);
        try {
            List<CompletableFuture<Void>> checks = Arrays.stream(all)
                    .map(one -> CompletableFuture.runAsync(() -> checked(one, check), threads))
                    .toList();
            checks.forEach(CompletableFuture::join);
        } finally {
            threads.shutdownNow();
        }
    }

    private static <T> void checked(T one, Check<T> check) {
        try {
            check.run(one);
        } catch (Exception | AssertionError e) {
            throw new AssertionError(one + ": " + e.getMessage(), e);
        }
    }

    /** Whether less time has passed than a proxy waits for a body before it says on its own that it may come. */
    static boolean sentBeforeAnybodyWouldTellItTo(long opened) {
        return System.nanoTime() - opened < 900_000_000L;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Names in lower case, in order. */
    static List<String> names(List<Field> fields) {
        return fields.stream().map(f -> f.name().toLowerCase(Locale.ROOT)).toList();
    }

    /** The fields whose names start so, with names in lower case: what HTTP/2 and HTTP/1.1 have in common. */
    static List<Field> startingWith(List<Field> fields, String prefix) {
        return fields.stream()
                .map(f -> Field.of(f.name().toLowerCase(Locale.ROOT), f.value()))
                .filter(f -> f.name().startsWith(prefix))
                .toList();
    }
}
