package dev.sluice.drain;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.testkit.BodySum;
import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.Connector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What can be finished is, and clients are told in time. */
@Timeout(60)
class DrainTest {
    /** Longer than a test takes: what a test waits for must not be the deadline. */
    private static final Duration FAR = Duration.ofSeconds(60);

    private static final Duration SOON = Duration.ofMillis(300);

    private final FaultyOrigin origin = FaultyOrigin.start();

    @AfterEach
    void closeOrigin() {
        origin.close();
    }

    @ParameterizedTest
    @EnumSource(ClientProtocol.class)
    void slowRequestInFlightIsFinished(ClientProtocol protocol) throws Exception {
        Gate gate = new Gate();
        origin.on("/slow", (request, exchange) -> {
            gate.pass();
            exchange.answer(200, "worth waiting for");
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                TestClient client = proxy.connect(protocol)) {
            TestExchange slow = client.open(TestRequest.get("/slow"));
            origin.awaitRequest("/slow");

            proxy.stop();
            gate.open();

            TestResponse response = slow.finish();
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.text()).isEqualTo("worth waiting for");
            assertThat(response.field("Connection")).isEqualTo(protocol.http2() ? null : "close");
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().finished()).isEqualTo(1);
            assertThat(proxy.summary().cut()).isZero();
            assertThat(proxy.handler().live()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP11", "TLS"})
    void requestOnOpenConnectionIsServedWhileDraining(ClientProtocol protocol) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, FAR, FAR);
                TestClient client = proxy.connect(protocol)) {
            TestResponse before = client.send(TestRequest.get("/before"));
            assertThat(before.field("Connection")).isNull();

            proxy.stop();
            TestResponse during = client.send(TestRequest.get("/during"));

            assertThat(during.status()).isEqualTo(200);
            assertThat(during.field("Connection")).isEqualTo("close");
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().toldToClose()).isEqualTo(1);
        }
    }

    @Test
    void pipelinedRequestsAreAllServedAndTheLastIsToldToClose() throws Exception {
        Gate gate = new Gate();
        origin.on("/first", (request, exchange) -> {
            gate.pass();
            exchange.answer(200, "first");
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, FAR, FAR);
                RawClient client = proxy.connectRaw()) {
            client.send(get("/first") + get("/second") + get("/third"));
            origin.awaitRequest("/first");

            proxy.stop();
            gate.open();

            assertThat(client.readResponse().field("Connection")).isNull();
            assertThat(client.readResponse().field("Connection")).isNull();
            assertThat(client.readResponse().field("Connection")).isEqualTo("close");
            client.awaitClosed();
            client.close();
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().finished()).isEqualTo(3);
        }
    }

    @Test
    void requestWhoseHeadWasHalfSentIsServed() throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, Duration.ofMillis(50), FAR);
                RawClient idle = proxy.connectRaw();
                RawClient client = proxy.connectRaw()) {
            client.send("GET /half HTTP/1.1\r\nHost: slu");
            // Whatever comes on the other connection later was read later.
            idle.send(get("/")).readResponse();
            DrainingProxy.await("both open", () -> proxy.openConnections() == 2);

            proxy.stop();
            idle.awaitClosed();
            DrainingProxy.await("one open", () -> proxy.openConnections() == 1);
            client.send("ice.test\r\n\r\n");

            TestResponse response = client.readResponse();
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.field("Connection")).isEqualTo("close");
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    @Test
    void connectionWithoutARequestIsClosedAfterTheLinger() throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                RawClient plain = proxy.connectRaw();
                RawClient beforeHandshake = RawClient.plain(proxy.tlsPort())) {
            DrainingProxy.await("both open", () -> proxy.openConnections() == 2);

            proxy.stop();

            plain.awaitClosed();
            beforeHandshake.awaitClosed();
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().closedIdle()).isEqualTo(2);
            assertThat(proxy.summary().unfinishedHeads()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(ClientProtocol.class)
    void downloadInProgressIsFinished(ClientProtocol protocol) throws Exception {
        long size = 3 << 20;
        Gate gate = new Gate();
        origin.on("/download", (request, exchange) -> {
            exchange.startLength(200, size);
            gate.pass();
            exchange.generate(size);
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                TestClient client = proxy.connect(protocol)) {
            TestExchange download = client.open(TestRequest.get("/download"));
            assertThat(download.awaitHead().status()).isEqualTo(200);

            proxy.stop();
            gate.open();

            assertThat(download.sumBody()).isEqualTo(BodySum.ofPattern(size));
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(ClientProtocol.class)
    void uploadInProgressIsFinished(ClientProtocol protocol) throws Exception {
        origin.on("/upload", (request, exchange) -> {
            exchange.readBody(5);
            exchange.answer(200, new String(exchange.readBody(), ISO_8859_1));
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                TestClient client = proxy.connect(protocol)) {
            TestExchange upload = client.open(TestRequest.upload("/upload", -1));
            upload.write("first".getBytes(ISO_8859_1));
            origin.awaitRequest("/upload");

            proxy.stop();
            upload.write(" second".getBytes(ISO_8859_1));
            upload.end(List.of());

            TestResponse response = upload.finish();
            assertThat(response.text()).isEqualTo("first second");
            assertThat(response.field("Connection")).isEqualTo(protocol.http2() ? null : "close");
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    @Test
    void connectionWhoseResponseBeganBeforeTheDrainServesTheNextRequest() throws Exception {
        Gate gate = new Gate();
        origin.on("/download", (request, exchange) -> {
            exchange.startLength(200, 4);
            gate.pass();
            exchange.content("done");
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                RawClient idle = proxy.connectRaw();
                RawClient client = proxy.connectRaw()) {
            DrainingProxy.await("both open", () -> proxy.openConnections() == 2);
            client.send(get("/download"));
            var head = client.readHead();
            assertThat(head.field("Connection")).isNull();

            proxy.stop();
            idle.awaitClosed(); // The linger is over.
            gate.open();
            assertThat(client.readBytes(4)).isEqualTo("done".getBytes(ISO_8859_1));
            TestResponse next = client.send(get("/next")).readResponse();

            assertThat(next.status()).isEqualTo(200);
            assertThat(next.field("Connection")).isEqualTo("close");
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    @Test
    void clientThatIgnoresConnectionCloseDoesNotHoldTheDrain() throws Exception {
        // Long enough for a client on a busy machine; who has been told has a second at most.
        try (DrainingProxy proxy = DrainingProxy.start(origin, Duration.ofSeconds(5), FAR);
                RawClient client = proxy.connectRaw()) {
            client.send(get("/before")).readResponse();

            proxy.stop();
            assertThat(client.send(get("/during")).readResponse().field("Connection"))
                    .isEqualTo("close");

            // It never closes, and yet:
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    // Listeners

    @Test
    void noListenerAcceptsOnceTheDrainHasBegun() throws Exception {
        Gate gate = new Gate();
        origin.on("/slow", (request, exchange) -> {
            gate.pass();
            exchange.answer(200, "");
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                TestClient client = proxy.connect(ClientProtocol.HTTP11)) {
            TestExchange slow = client.open(TestRequest.get("/slow"));
            origin.awaitRequest("/slow");

            proxy.stop();

            // At the same time, whichever listener has something left.
            assertThatThrownBy(() -> RawClient.plain(proxy.httpPort())).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> RawClient.plain(proxy.tlsPort())).isInstanceOf(IOException.class);
            proxy.awaitLine("listener https 127.0.0.1:" + proxy.tlsPort() + " drained");
            assertThat(proxy.lines("listener http 127.0.0.1")).isEmpty();
            gate.open();
            assertThat(slow.finish().status()).isEqualTo(200);
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    @Test
    void connectionThatTheKernelHadQueuedIsServed() throws Exception {
        serveWhatTheKernelHadQueued();
    }

    @Test
    void connectionThatTheKernelHadQueuedForAnAcceptorThreadIsServed() throws Exception {
        System.setProperty("jetty.http.acceptors", "2");
        try {
            serveWhatTheKernelHadQueued();
        } finally {
            System.clearProperty("jetty.http.acceptors");
        }
    }

    private void serveWhatTheKernelHadQueued() throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, FAR, FAR)) {
            for (Connector connector : proxy.sluice().server().getConnectors()) {
                ((AbstractConnector) connector).setAccepting(false);
            }
            try (RawClient queued = proxy.connectRaw()) {
                queued.send(get("/queued"));

                proxy.stop();

                TestResponse response = queued.readResponse();
                assertThat(response.status()).isEqualTo(200);
                // Told to close or not yet: here the client does it.
            }
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    // The end

    @Test
    void idleServerStopsAtOnce() throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, FAR, FAR)) {
            proxy.stop();

            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().took()).isLessThan(FAR.dividedBy(4));
            assertThat(proxy.lines())
                    .containsSubsequence(
                            "draining: 0 exchanges under way, deadline in 60000 ms, begun by Sluice.stop()",
                            "listener http 127.0.0.1:" + proxy.httpPort() + " drained")
                    .contains("listener https 127.0.0.1:" + proxy.tlsPort() + " drained")
                    .endsWith("stopped");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP11", "TLS"})
    void idleConnectionIsClosedAfterTheLingerAndEndsTheDrain(ClientProtocol protocol) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                TestClient client = proxy.connect(protocol)) {
            client.send(TestRequest.get("/before"));

            proxy.stop();

            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().took()).isGreaterThanOrEqualTo(SOON).isLessThan(FAR.dividedBy(4));
            assertThat(proxy.summary().closedIdle()).isEqualTo(1);
        }
    }

    @Test
    void secondStopWaitsForTheFirst() throws Exception {
        Gate gate = new Gate();
        origin.on("/slow", (request, exchange) -> {
            gate.pass();
            exchange.answer(200, "");
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                TestClient client = proxy.connect(ClientProtocol.HTTP11)) {
            TestExchange slow = client.open(TestRequest.get("/slow"));
            origin.awaitRequest("/slow");
            CompletableFuture<Boolean> first = proxy.stop();

            CompletableFuture<Boolean> second = proxy.stop();

            proxy.awaitWaitingStops(2);
            gate.open();
            assertThat(slow.finish().status()).isEqualTo(200);
            assertThat(first).succeedsWithin(Gate.TIMEOUT).isEqualTo(true);
            assertThat(second).succeedsWithin(Gate.TIMEOUT).isEqualTo(true);
            assertThat(proxy.lines("draining: ")).hasSize(1);
            assertThat(proxy.lines("stopped")).hasSize(1);
        }
    }

    static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\n" + Field.of("Host", "sluice.test") + "\r\n\r\n";
    }
}
