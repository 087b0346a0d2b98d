package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.UpstreamConfig.Transport;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.H2Client;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestRequest;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.BalancingPolicy;
import dev.sluice.upstream.balance.RoundRobin;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What nobody waits for any longer is not worked for, and what somebody waits for is not given up. */
@Once
class AbandonedExchangeTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration SECOND = Duration.ofSeconds(1);

    @ParameterizedTest
    @EnumSource
    void clientThatLeavesJustBeforeTheFirstAttemptIsNotWorkedFor(Transport transport) throws Exception {
        Gate reached = new Gate();
        Gate gate = new Gate();
        try (FaultyOrigin origin = FaultyOrigin.start().on("/x", (request, exchange) -> exchange.awaitAbort());
                ProxyRig rig = new ProxyRig(
                        List.of(ProxyRig.route("default", null, origin.url())),
                        ProxyRig.upstream(transport, 10, SECOND, SECOND),
                        LONG,
                        heldAt(1, reached, gate))) {
            leaveWhileHeld(rig, reached, gate);
            assertThat(origin.requests()).isEmpty();
        }
    }

    // Over connections of our own this happens on the thread that would have to notice the client, so it cannot.
    @ParameterizedTest
    @EnumSource(names = "HTTPCLIENT")
    void clientThatLeavesBetweenTwoAttemptsIsNotWorkedFor(Transport transport) throws Exception {
        Gate reached = new Gate();
        Gate gate = new Gate();
        String refusing = "http://127.0.0.1:" + FreePort.next();
        try (FaultyOrigin origin = FaultyOrigin.start().on("/x", (request, exchange) -> exchange.awaitAbort());
                ProxyRig rig = new ProxyRig(
                        List.of(ProxyRig.route("default", null, refusing, origin.url())),
                        ProxyRig.upstream(transport, 10, SECOND, SECOND),
                        LONG,
                        heldAt(2, reached, gate))) {
            leaveWhileHeld(rig, reached, gate);
            assertThat(origin.requests()).isEmpty();
        }
    }

    private static void leaveWhileHeld(ProxyRig rig, Gate reached, Gate gate) throws Exception {
        RawClient client = RawClient.plain(rig.port());
        client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
        reached.pass();
        client.reset();
        await().until(() -> rig.proxy.exchanges() == 0);
        gate.open();
        await().until(() -> rig.outstanding() == 0);
    }

    /** Stops each exchange before the n-th candidate until the gate lets it through. */
    private static Function<List<Backend>, BalancingPolicy> heldAt(int n, Gate reached, Gate gate) {
        return backends -> {
            RoundRobin plain = new RoundRobin(backends);
            AtomicInteger at = new AtomicInteger();
            return call -> {
                if (at.incrementAndGet() == n) {
                    reached.open();
                    gate.pass();
                }
                return plain.pick(call);
            };
        };
    }

    @ParameterizedTest
    @EnumSource
    void requestOfAnotherRouteToABusyBackendDoesNotWaitForEver(Transport transport) throws Exception {
        Gate gate = new Gate();
        try (FaultyOrigin origin = FaultyOrigin.start().on("/a/held", (request, exchange) -> {
                    gate.pass();
                    exchange.answer(200, "held");
                });
                ProxyRig rig = new ProxyRig(
                        List.of(ProxyRig.route("a", "/a", origin.url()), ProxyRig.route("b", "/b", origin.url())),
                        ProxyRig.upstream(transport, 1, Duration.ofSeconds(3), Duration.ofMillis(300)),
                        LONG,
                        RoundRobin::new);
                RawClient holds = RawClient.plain(rig.port());
                RawClient waits = RawClient.plain(rig.port())) {
            holds.send("GET /a/held HTTP/1.1\r\nHost: a\r\n\r\n");
            origin.awaitRequest("/a/held");
            waits.send("GET /b/x HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(waits.readResponse().status()).isEqualTo(503);
            gate.open();
        }
    }

    @ParameterizedTest
    @EnumSource
    void streamWhoseBackendIsSlowerThanTheIdleTimeoutIsAnswered(Transport transport) throws Exception {
        Gate gate = new Gate();
        try (FaultyOrigin origin = FaultyOrigin.start().on("/x", (request, exchange) -> {
                    gate.pass();
                    exchange.answer(200, "late");
                });
                ProxyRig rig = idleAfter(transport, Duration.ofMillis(1200), origin);
                H2Client client = H2Client.plain(rig.port())) {
            CompletableFuture.delayedExecutor(2, TimeUnit.SECONDS).execute(gate::open);
            assertThat(client.open(TestRequest.get("/x")).finish().text()).isEqualTo("late");
        }
    }

    @ParameterizedTest
    @EnumSource
    void streamThatIsResetAfterTheIdleTimeoutIsNoticed(Transport transport) throws Exception {
        try (FaultyOrigin origin = FaultyOrigin.start().on("/x", (request, exchange) -> exchange.awaitAbort());
                ProxyRig rig = idleAfter(transport, Duration.ofMillis(1200), origin);
                H2Client client = H2Client.plain(rig.port())) {
            var stream = client.open(TestRequest.get("/x"));
            origin.awaitRequest("/x");
            CompletableFuture<Void> later = new CompletableFuture<>();
            CompletableFuture.delayedExecutor(2, TimeUnit.SECONDS).execute(() -> later.complete(null));
            later.join();
            stream.abort();
            origin.awaitAborted("/x");
            await().until(() -> rig.proxy.exchanges() == 0 && rig.outstanding() == 0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void clientThatReadsNothingOfAStreamIsGivenUpAfterTheIdleTimeout(Transport transport) throws Exception {
        try (FaultyOrigin origin = FaultyOrigin.start().on("/big", (request, exchange) -> {
                    exchange.startLength(200, 50_000_000);
                    exchange.generate(50_000_000);
                });
                ProxyRig rig = idleAfter(transport, Duration.ofMillis(1200), origin);
                H2Client client = H2Client.plain(rig.port())) {
            client.open(TestRequest.get("/big")).awaitHead();
            await().until(() -> rig.proxy.exchanges() == 0 && rig.outstanding() == 0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void bodyThatNobodyWantsDoesNotHoldAStreamForEver(Transport transport) throws Exception {
        try (FaultyOrigin origin = FaultyOrigin.start();
                ProxyRig rig = new ProxyRig(
                        List.of(ProxyRig.route("a", "/a", origin.url())),
                        ProxyRig.upstream(transport, 10, SECOND, SECOND),
                        LONG,
                        RoundRobin::new);
                H2Client client = H2Client.plain(rig.port())) {
            var stream = client.open(TestRequest.upload("/none", 10));
            assertThat(stream.awaitHead().status()).isEqualTo(404);
            await().until(() -> stream.resetCode() >= 0);
            assertThat(origin.requests()).isEmpty();
        }
    }

    private static ProxyRig idleAfter(Transport transport, Duration idle, FaultyOrigin origin) throws Exception {
        return new ProxyRig(
                List.of(ProxyRig.route("default", null, origin.url())),
                ProxyRig.upstream(transport, 10, SECOND, SECOND),
                idle,
                RoundRobin::new);
    }
}
