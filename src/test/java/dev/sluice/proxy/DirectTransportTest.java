package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.UpstreamConfig;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestHead;
import dev.sluice.testkit.TestResponse;
import dev.sluice.upstream.balance.RoundRobin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What connections of our own promise beyond what every transport does. */
@Timeout(60)
class DirectTransportTest {
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final String GET = "GET %s HTTP/1.1\r\nHost: a\r\n\r\n";

    private final FaultyOrigin origin = FaultyOrigin.start();

    @AfterEach
    void closeOrigin() {
        origin.close();
    }

    private ProxyRig rig(int connections, int queued) throws Exception {
        UpstreamConfig upstream =
                new UpstreamConfig(LONG, LONG, LONG, null, Duration.ofSeconds(50), connections, queued, LONG);
        return new ProxyRig(List.of(ProxyRig.route("default", null, origin.url())), upstream, LONG, RoundRobin::new);
    }

    private static TestResponse get(RawClient client, String path) throws IOException {
        return client.send(GET.formatted(path)).readResponse();
    }

    // Answers and the end of their connection

    /** The backend's RST meets a proxy that is still writing: the refusal is there all the same, to be read first. */
    @Test
    void refusalOfAnUploadByABackendThatClosesAtOnceReachesTheClientEveryTime() throws Exception {
        int times = 50;
        int size = 1 << 20;
        origin.on("/up", (request, exchange) -> {
            exchange.readBody(1);
            exchange.answer(413, "too much", Field.of("Connection", "close"));
            exchange.close();
        });
        List<String> outcomes = new ArrayList<>();
        try (ProxyRig rig = rig(10, 10)) {
            for (int i = 0; i < times; i++) {
                try (RawClient client = RawClient.plain(rig.port())) {
                    CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> upload(client, size));
                    TestResponse response = client.readResponse("POST");
                    outcomes.add(response.status() + " " + response.text() + " " + response.complete());
                    sending.join();
                }
            }
            assertThat(outcomes).hasSize(times).containsOnly("413 too much true");
            await().until(() -> rig.proxy.exchanges() == 0 && rig.outstanding() == 0);
        }
    }

    private static void upload(RawClient client, int size) {
        try {
            client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: " + size + "\r\n\r\n");
            client.sendPattern(size);
        } catch (IOException e) {
            // The proxy may close as soon as it has answered; what counts is the answer.
            assertThat(e).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void answerThatOnlyTheEndDelimitsIsNotTakenForWholeWhenTheEndIsAReset() throws Exception {
        Gate gate = new Gate();
        origin.on("/cut", (request, exchange) -> {
            exchange.startUntilClose(200);
            exchange.content("part");
            gate.pass();
            exchange.reset();
        });
        try (ProxyRig rig = rig(10, 10);
                RawClient client = RawClient.plain(rig.port())) {
            TestHead head = client.send(GET.formatted("/cut")).readHead();
            assertThat(head.field("Transfer-Encoding")).isEqualTo("chunked");
            assertThat(new String(client.readBytes(7), StandardCharsets.ISO_8859_1))
                    .isEqualTo("4\r\npart");
            gate.open();
            assertThat(client.readToEnd()).as("no last chunk").doesNotContain("0");
        }
    }

    // One limit for all selectors

    @Test
    void connectionThatIsIdleOnAnotherSelectorIsBorrowedWhenNoMoreMayBeOpened() throws Exception {
        try (ProxyRig rig = rig(1, 10);
                RawClient here = RawClient.plain(rig.port());
                RawClient there = RawClient.plain(rig.otherPort())) {
            for (int i = 0; i < 20; i++) {
                assertThat(get(here, "/here").status()).isEqualTo(200);
                assertThat(get(there, "/there").status()).isEqualTo(200);
            }
            assertThat(origin.acceptedConnections()).isEqualTo(1);
        }
    }

    /** A client may have its answer a moment before. */
    private static void awaitGivenBack(ProxyRig rig) {
        await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).until(() -> rig.outstanding() == 0);
    }

    @Test
    void selectorHasConnectionsOfItsOwnAsLongAsTheLimitAllows() throws Exception {
        try (ProxyRig rig = rig(2, 10);
                RawClient here = RawClient.plain(rig.port());
                RawClient there = RawClient.plain(rig.otherPort())) {
            for (int i = 0; i < 5; i++) {
                assertThat(get(here, "/here").status()).isEqualTo(200);
                awaitGivenBack(rig);
                assertThat(get(there, "/there").status()).isEqualTo(200);
                awaitGivenBack(rig);
            }
            assertThat(origin.requests("/here")).extracting(r -> r.connection()).containsOnly(1);
            assertThat(origin.requests("/there"))
                    .extracting(r -> r.connection())
                    .containsOnly(2);
        }
    }

    @Test
    void requestThatWaitsIsServedByTheConnectionThatAnotherSelectorGivesBack() throws Exception {
        Gate gate = new Gate();
        origin.on("/held", (request, exchange) -> {
            gate.pass();
            exchange.answer(200, "held");
        });
        try (ProxyRig rig = rig(1, 10);
                RawClient here = RawClient.plain(rig.port());
                RawClient there = RawClient.plain(rig.otherPort())) {
            here.send(GET.formatted("/held"));
            origin.awaitRequest("/held");
            there.send(GET.formatted("/waits"));
            await().until(() -> rig.outstanding() == 2);
            gate.open();
            assertThat(here.readResponse().text()).isEqualTo("held");
            assertThat(there.readResponse().status()).isEqualTo(200);
            assertThat(origin.acceptedConnections()).isEqualTo(1);
        }
    }

    @Test
    void queueIsOneForAllSelectors() throws Exception {
        Gate gate = new Gate();
        origin.on("/held", (request, exchange) -> {
            gate.pass();
            exchange.answer(200, "held");
        });
        try (ProxyRig rig = rig(1, 1);
                RawClient holds = RawClient.plain(rig.port());
                RawClient waits = RawClient.plain(rig.otherPort());
                RawClient here = RawClient.plain(rig.port());
                RawClient there = RawClient.plain(rig.otherPort())) {
            holds.send(GET.formatted("/held"));
            origin.awaitRequest("/held");
            waits.send(GET.formatted("/waits"));
            await().until(() -> rig.outstanding() == 2);
            assertThat(get(here, "/full").status()).isEqualTo(503);
            assertThat(get(there, "/full").status()).isEqualTo(503);
            gate.open();
            assertThat(holds.readResponse().status()).isEqualTo(200);
            assertThat(waits.readResponse().status()).isEqualTo(200);
            assertThat(origin.requests("/full")).isEmpty();
        }
    }

    /** Clients of two selectors at three connections, of which every other one is closed by the backend. */
    @Test
    void limitHoldsForTwoSelectorsWhileConnectionsComeAndGo() throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger count = new AtomicInteger();
        origin.otherwise((request, exchange) -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            // Long enough for others to come; counted out before the answer, with which the connection is free again.
            new Gate().pass(Duration.ofMillis(1));
            now.decrementAndGet();
            boolean last = count.incrementAndGet() % 2 == 0;
            if (last) exchange.answer(200, "last", Field.of("Connection", "close"));
            else exchange.answer(200, "next");
            if (last) exchange.closeAfter();
        });
        try (ProxyRig rig = rig(3, 100)) {
            List<CompletableFuture<Void>> clients = IntStream.range(0, 16)
                    .mapToObj(i -> CompletableFuture.runAsync(() -> requests(rig, i, 50), task -> {
                        Thread thread = new Thread(task, "client-" + i);
                        thread.setDaemon(true);
                        thread.start();
                    }))
                    .toList();
            clients.forEach(CompletableFuture::join);
            assertThat(most.get()).isEqualTo(3);
            await().until(() -> rig.proxy.exchanges() == 0 && rig.outstanding() == 0);
            await().until(() -> origin.openConnections() <= 3);
        }
    }

    private static void requests(ProxyRig rig, int client, int count) {
        try (RawClient raw = RawClient.plain(client % 2 == 0 ? rig.port() : rig.otherPort())) {
            for (int i = 0; i < count; i++) {
                assertThat(get(raw, "/x").status()).isEqualTo(200);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // The end of connections

    @Test
    void idleConnectionsAreClosedByTheStop() throws Exception {
        try (ProxyRig rig = rig(10, 10);
                RawClient here = RawClient.plain(rig.port());
                RawClient there = RawClient.plain(rig.otherPort())) {
            get(here, "/");
            get(there, "/");
            assertThat(origin.openConnections()).isEqualTo(2);
            rig.close();
            await().until(() -> origin.openConnections() == 0);
        }
    }

    /** The end of a connection that was used before is a reason to try again: on one that nobody would close. */
    @RepeatedTest(20)
    void connectionInUseIsClosedByTheStopAndNoneIsOpenedInItsPlace() throws Exception {
        origin.on("/held", (request, exchange) -> exchange.awaitAbort());
        try (ProxyRig rig = rig(10, 10);
                RawClient client = RawClient.plain(rig.port())) {
            get(client, "/");
            client.send(GET.formatted("/held"));
            origin.awaitRequest("/held");
            rig.close();
            await().until(() -> origin.openConnections() == 0);
        }
    }
}
