package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.UpstreamConfig;
import dev.sluice.testkit.BodySum;
import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.JarProxy;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestHead;
import dev.sluice.testkit.TestRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Bodies far larger than the heap, and far more stalled peers than threads, through the jar with 64 MB of heap, over either
 * transport.
 */
@ParameterizedClass
@EnumSource
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@Once
class LargeBodiesIT {
    /** Twice the heap, and more than twice what all buffers hold. */
    private static final long LARGE = 128L << 20;
    /** What all buffers on one side may hold while the other does not read: the kernel's, and a few of the proxy's. */
    private static final long BUFFERED = 48L << 20;

    /** More than there are threads, which are 200. */
    private static final int STALLED = 300;
    /** For what takes a while on a busy machine: hundreds of connections, or a large body. */
    private static final Duration LONG = Duration.ofSeconds(60);

    private static final int SMALL_BUFFER = 16 << 10;

    private final UpstreamConfig.Transport transport;
    private final List<FaultyOrigin> origins = List.of(start(1));

    private final FaultyOrigin others = FaultyOrigin.start("others");
    private @TempDir Path directory = Path.of("");
    private @Nullable JarProxy proxy;

    LargeBodiesIT(UpstreamConfig.Transport transport) {
        this.transport = transport;
    }

    private static FaultyOrigin start(int number) {
        return FaultyOrigin.start("large-" + number, SMALL_BUFFER);
    }

    private JarProxy proxy() {
        JarProxy started = proxy;
        if (started == null) throw new IllegalStateException("proxy: not started");
        return started;
    }

    @BeforeEach
    void startProxy() throws IOException {
        String[] urls = origins.stream().map(FaultyOrigin::url).toArray(String[]::new);
        ProxySetup setup = ProxySetup.none()
                .route("/others", others.url())
                .route(null, urls)
                .transport(transport);
        proxy = JarProxy.start(setup, directory, "-Xmx64m", "-XX:+ExitOnOutOfMemoryError");
    }

    @AfterEach
    void stopProxy() {
        if (proxy != null) proxy.close();
        origins.forEach(FaultyOrigin::close);
        others.close();
        assertThat(proxy().log()).doesNotContain("OutOfMemory");
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP11", "H2"})
    void largeBodyReachesAReaderThatStalledFirst(ClientProtocol protocol) throws IOException {
        AtomicLong sent = new AtomicLong();
        origins.forEach(o -> o.otherwise((request, exchange) -> {
            exchange.startLength(200, LARGE);
            exchange.generate(LARGE, sent::set);
        }));
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.get("/down"));
            assertThat(exchange.awaitHead().status()).isEqualTo(200);
            awaitStall(sent::get);
            assertThat(sent.get()).as("taken from the origin while nobody read").isLessThan(BUFFERED);
            assertThat(exchange.sumBody()).isEqualTo(BodySum.ofPattern(LARGE));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP11", "H2"})
    void largeBodyReachesAnOriginThatStalledFirst(ClientProtocol protocol) throws Exception {
        Gate gate = new Gate();
        origins.forEach(o -> o.otherwise((request, exchange) -> {
            gate.pass(Duration.ofSeconds(60));
            o.echo(request, exchange);
        }));
        AtomicLong sent = new AtomicLong();
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.upload("/up", LARGE));
            CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> write(exchange, sent));
            awaitStall(sent::get);
            assertThat(sent.get()).as("taken from the client while nobody read").isLessThan(BUFFERED);
            gate.open();
            writing.get(LONG.toSeconds(), TimeUnit.SECONDS);
            assertThat(exchange.finish().echo().body()).isEqualTo(BodySum.ofPattern(LARGE));
        }
    }

    private static void write(TestExchange exchange, AtomicLong sent) {
        byte[] piece = BodySum.patternBytes(65_521);
        try {
            for (long done = 0; done < LARGE; done = sent.addAndGet(piece.length)) {
                if (LARGE - done < piece.length) piece = BodySum.patternBytes((int) (LARGE - done));
                exchange.write(piece);
            }
            exchange.end(List.of());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Until the count has moved, and then not for a second. */
    private static void awaitStall(LongSupplier count) {
        await().atMost(Gate.TIMEOUT).until(() -> count.getAsLong() > 0);
        AtomicLong last = new AtomicLong(-1);
        await().atMost(Gate.TIMEOUT)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> last.getAndSet(count.getAsLong()) == count.getAsLong());
    }

    @Test
    void othersAreServedWhileHundredsOfReadersStall() throws IOException {
        long size = 8 << 20;
        origins.forEach(o -> o.otherwise((request, exchange) -> {
            exchange.startLength(200, size);
            exchange.generate(size);
        }));
        List<RawClient> stalled = new ArrayList<>();
        try {
            for (int i = 0; i < STALLED; i++) {
                RawClient client = RawClient.plain(proxy().httpPort(), SMALL_BUFFER);
                stalled.add(client);
                client.send("GET /stall HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
            }
            awaitRequests("/stall");
            assertOthersAreServed();
            RawClient woken = stalled.get(STALLED / 2);
            TestHead head = woken.readHead();
            assertThat(head.status()).isEqualTo(200);
            assertThat(woken.body("GET", head).sumAll()).isEqualTo(BodySum.ofPattern(size));
        } finally {
            for (RawClient client : stalled) client.reset();
        }
        assertOthersAreServed();
    }

    @Test
    void othersAreServedWhileHundredsOfUploadersStall() throws IOException {
        int half = 100_000;
        List<RawClient> stalled = new ArrayList<>();
        try {
            for (int i = 0; i < STALLED; i++) {
                RawClient client = RawClient.plain(proxy().httpPort());
                stalled.add(client);
                client.send("POST /stall HTTP/1.1\r\nHost: sluice.test\r\nContent-Length: " + 2 * half + "\r\n\r\n");
                client.sendPattern(half);
            }
            awaitRequests("/stall");
            assertOthersAreServed();
            RawClient woken = stalled.get(STALLED / 2);
            woken.sendPattern(half);
            assertThat(woken.readResponse("POST").echo().body().size()).isEqualTo(2 * half);
        } finally {
            for (RawClient client : stalled) client.reset();
        }
        assertOthersAreServed();
    }

    private void awaitRequests(String path) {
        await().atMost(LONG)
                .until(() ->
                        origins.stream().mapToInt(o -> o.requests(path).size()).sum() == STALLED);
    }

    /** Requests over every protocol, none of which waits for a stalled one. */
    private void assertOthersAreServed() throws IOException {
        long start = System.nanoTime();
        for (ClientProtocol protocol : ClientProtocol.values()) {
            try (TestClient client = protocol.connect(proxy())) {
                for (int i = 0; i < 20; i++) {
                    assertThat(client.send(TestRequest.post("/others", "small")).status())
                            .isEqualTo(200);
                }
            }
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
    }
}
