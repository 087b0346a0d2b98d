package dev.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.HealthConfig;
import dev.sluice.config.HealthConfig.StatusRange;
import dev.sluice.config.PoolConfig;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.RawClient;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Backends that say they are not well, over real sockets. */
class HealthTest {
    private final FaultyOrigin a = FaultyOrigin.start("a");
    private final FaultyOrigin b = FaultyOrigin.start("b");
    private final AtomicInteger statusOfB = new AtomicInteger(200);

    @BeforeEach
    void answerAlike() {
        a.on("/healthz", (request, exchange) -> exchange.answer(200, "well"));
        b.on("/healthz", (request, exchange) -> exchange.answer(statusOfB.get(), "well"));
        a.otherwise((request, exchange) -> exchange.answer(200, "a"));
        b.otherwise((request, exchange) -> exchange.answer(200, "b"));
    }

    @AfterEach
    void close() {
        a.close();
        b.close();
    }

    private static HealthConfig often(HealthConfig.Check check) {
        return new HealthConfig(check, null, Duration.ofMillis(50), Duration.ofSeconds(5), 2, 3);
    }

    private static HealthConfig http() {
        var check = new HealthConfig.Http("/healthz", List.of(new StatusRange(200, 299)), null, null, Map.of());
        return often(check);
    }

    private static PoolConfig pool(HealthConfig health, String... urls) {
        List<BackendConfig> backends = Stream.of(urls).map(BackendConfig::parse).toList();
        return PoolConfig.of("both", backends).withHealth(health);
    }

    private Sluice both(HealthConfig health) {
        return Sluice.builder()
                .listen("127.0.0.1:0")
                .fallback(pool(health, a.url(), b.url()))
                .build();
    }

    /** Who answered how many of twenty requests. */
    private static Map<String, Integer> shares(int port) throws IOException {
        Map<String, Integer> shares = new TreeMap<>();
        try (RawClient client = RawClient.plain(port)) {
            for (int i = 0; i < 20; i++) {
                client.send("GET /x HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
                shares.merge(client.readResponse("GET").text(), 1, Integer::sum);
            }
        }
        return shares;
    }

    @Test
    void backendThatIsNotWellAtTheStartIsNeverUsed() throws Exception {
        statusOfB.set(503);
        try (Sluice sluice = both(http()).start()) {
            assertThat(shares(sluice.port("http"))).isEqualTo(Map.of("a", 20));
        }
    }

    @Test
    void backendThatFallsIsLeftAloneAndUsedAgainWhenItHasRisen() throws Exception {
        try (Sluice sluice = both(http()).start()) {
            int port = sluice.port("http");
            assertThat(shares(port)).isEqualTo(Map.of("a", 10, "b", 10));
            statusOfB.set(500);
            await().until(() -> shares(port).equals(Map.of("a", 20)));
            statusOfB.set(200);
            await().until(() -> shares(port).equals(Map.of("a", 10, "b", 10)));
        }
    }

    @Test
    void backendThatIsDownCostsNoRequestATry() throws Exception {
        int nobody = FreePort.next();
        PoolConfig pool = pool(often(new HealthConfig.Tcp()), a.url(), "http://127.0.0.1:" + nobody);
        try (Sluice sluice =
                Sluice.builder().listen("127.0.0.1:0").fallback(pool).build().start()) {
            assertThat(shares(sluice.port("http"))).isEqualTo(Map.of("a", 20));
        }
    }

    @Test
    void whenNoneIsWellAllAreTried() throws Exception {
        statusOfB.set(500);
        try (Sluice sluice = Sluice.builder()
                .listen("127.0.0.1:0")
                .fallback(pool(http(), b.url()))
                .build()
                .start()) {
            assertThat(shares(sluice.port("http"))).isEqualTo(Map.of("b", 20));
        }
    }

    @Test
    void twoRoutesShareOnePoolAndItsChecks() throws Exception {
        PoolConfig pool = pool(HealthConfig.of(http().check()), a.url(), b.url()); // so seldom that there is one each
        statusOfB.set(500);
        try (Sluice sluice = Sluice.builder()
                .listen("127.0.0.1:0")
                .route("/api", pool)
                .fallback(pool)
                .build()
                .start()) {
            assertThat(b.requests("/healthz")).hasSize(1);
            assertThat(shares(sluice.port("http"))).isEqualTo(Map.of("a", 20));
        }
    }

    @Test
    void noListenerIsOpenBeforeTheFirstAnswersAreIn() throws Exception {
        Gate gate = new Gate();
        a.on("/healthz", (request, exchange) -> {
            gate.pass();
            exchange.answer(200, "well");
        });
        int port = FreePort.next();
        Sluice sluice = Sluice.builder()
                .listen("127.0.0.1:" + port)
                .fallback(pool(http(), a.url()))
                .build();
        try {
            CompletableFuture<Void> started = CompletableFuture.runAsync(() -> start(sluice));
            a.awaitRequest("/healthz");
            assertThatThrownBy(() -> RawClient.plain(port)).isInstanceOf(ConnectException.class);
            gate.open();
            started.get(10, TimeUnit.SECONDS);
            assertThat(shares(port)).isEqualTo(Map.of("a", 20));
        } finally {
            gate.open();
            sluice.stop();
        }
    }

    /** With grpc-java at both ends; each server says of the service "me" which one it is. */
    @Test
    void grpcServerThatIsNotServingGetsNoCallsUntilItIs() throws Exception {
        HealthStatusManager one = grpcHealth(ServingStatus.SERVING, ServingStatus.SERVING);
        HealthStatusManager other = grpcHealth(ServingStatus.NOT_SERVING, ServingStatus.NOT_SERVING);
        Server first = grpcServer(one);
        Server second = grpcServer(other);
        PoolConfig pool = pool(
                often(new HealthConfig.Grpc("ready")),
                "h2c://127.0.0.1:" + first.getPort(),
                "h2c://127.0.0.1:" + second.getPort());
        try (Sluice sluice =
                Sluice.builder().listen("127.0.0.1:0").fallback(pool).build().start()) {
            ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", sluice.port("http"))
                    .usePlaintext()
                    .build();
            try {
                assertThat(answering(channel)).isEqualTo(Map.of("SERVING", 20));
                other.setStatus("ready", ServingStatus.SERVING);
                await().until(() -> answering(channel).equals(Map.of("NOT_SERVING", 10, "SERVING", 10)));
                other.enterTerminalState();
                await().until(() -> answering(channel).equals(Map.of("SERVING", 20)));
            } finally {
                channel.shutdownNow();
            }
            long began = System.nanoTime();
            sluice.stop();
            // Of the ten that a drain has, if something is still under way.
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
        } finally {
            first.shutdownNow();
            second.shutdownNow();
        }
    }

    private static HealthStatusManager grpcHealth(ServingStatus ready, ServingStatus me) {
        HealthStatusManager health = new HealthStatusManager();
        health.setStatus("ready", ready);
        health.setStatus("me", me);
        return health;
    }

    private static Server grpcServer(HealthStatusManager health) throws IOException {
        return NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .addService(health.getHealthService())
                .build()
                .start();
    }

    /** What twenty calls were answered. */
    private static Map<String, Integer> answering(ManagedChannel channel) {
        Map<String, Integer> answers = new TreeMap<>();
        HealthCheckRequest me = HealthCheckRequest.newBuilder().setService("me").build();
        for (int i = 0; i < 20; i++) {
            var status = HealthGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(10, TimeUnit.SECONDS)
                    .check(me)
                    .getStatus();
            answers.merge(status.name(), 1, Integer::sum);
        }
        return answers;
    }

    @Test
    void nobodyIsAskedAfterTheStop() throws Exception {
        Sluice sluice = both(http()).start();
        await().until(() -> a.requests("/healthz").size() > 2);
        sluice.stop();
        // A thread that was told to end may take a moment to.
        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("health")));
    }

    private static void start(Sluice sluice) {
        try {
            sluice.start();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
