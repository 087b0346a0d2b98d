package dev.sluice.drain;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.UpstreamConfig.Transport;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.RawH2Client;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What TLS adds to a drain: handshakes under way, and a close_notify at every end but that of a cut (RFC 8446 §6.1). */
@Timeout(60)
class DrainTlsTest {
    private static final Duration FAR = Duration.ofSeconds(60);
    private static final Duration SOON = Duration.ofMillis(300);
    /** Between the end of a handshake and its request a connection is at rest. */
    private static final Duration LONG_ENOUGH = Duration.ofSeconds(2);

    private static final String HTTP = "http/1.1";

    private final FaultyOrigin origin = FaultyOrigin.start();
    private final Gate gate = new Gate();

    @AfterEach
    void closeOrigin() {
        origin.close();
    }

    private static TlsWire connect(DrainingProxy proxy, String protocol) throws Exception {
        return TlsWire.connect(proxy.tlsPort(), protocol).shakeHands();
    }

    // The end

    @Test
    void connectionThatWasUsedEndsWithACloseNotify() throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                TlsWire client = connect(proxy, HTTP)) {
            client.send(DrainTest.get("/")).readUntil("/"); // Its echo.

            proxy.stop();

            assertThat(client.awaitEnd()).isEqualTo(TlsWire.End.CLOSE_NOTIFY);
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    @Test
    void connectionThatWasNotUsedEndsWithACloseNotify() throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                TlsWire client = connect(proxy, HTTP)) {
            DrainingProxy.await("the connection", () -> proxy.openConnections() == 1);

            proxy.stop();

            assertThat(client.awaitEnd()).isEqualTo(TlsWire.End.CLOSE_NOTIFY);
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().closedIdle()).isEqualTo(1);
        }
    }

    @Test
    void connectionThatWasToldToCloseEndsWithACloseNotify() throws Exception {
        origin.on("/slow", (request, exchange) -> {
            gate.pass();
            exchange.answer(200, "slow");
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                TlsWire client = connect(proxy, HTTP)) {
            client.send(DrainTest.get("/slow"));
            origin.awaitRequest("/slow");

            proxy.stop();
            gate.open();

            assertThat(client.readUntil("slow")).contains("Connection: close");
            assertThat(client.awaitEnd()).isEqualTo(TlsWire.End.CLOSE_NOTIFY);
            client.close();
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    @Test
    void sessionOfHttp2EndsWithACloseNotify() throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                TlsWire client = connect(proxy, "h2")) {
            client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            client.send(RawH2Client.encode(RawH2Client.SETTINGS, 0, 0));
            client.readUntil("\0\0\0\4\1"); // SETTINGS, acknowledged.

            proxy.stop();

            assertThat(client.awaitEnd()).isEqualTo(TlsWire.End.CLOSE_NOTIFY);
            assertThat(client.text()).contains("graceful").contains("drain");
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().closedIdle()).isEqualTo(1);
        }
    }

    @Test
    void webSocketEndsWithACloseNotify() throws Exception {
        origin.on("/up", (request, exchange) -> {
            exchange.start(101, Field.of("Connection", "Upgrade"), Field.of("Upgrade", "websocket"));
            exchange.readRaw(8);
            exchange.raw(new byte[] {(byte) 0x88, 2, 3, (byte) 0xE9});
            exchange.close();
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                TlsWire client = connect(proxy, HTTP)) {
            client.send("GET /up HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            client.readUntil("\r\n\r\n");

            proxy.stop();
            client.readUntil("\u0088\2\3\u00e9");
            client.send(new byte[] {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 3, (byte) 0xE9});

            assertThat(client.awaitEnd()).isEqualTo(TlsWire.End.CLOSE_NOTIFY);
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    @Test
    void eventStreamThatIsEndedEarlyEndsWithACloseNotify() throws Exception {
        origin.on("/events", (request, exchange) -> {
            exchange.startChunked(200, Field.of("Content-Type", "text/event-stream"));
            exchange.chunk("data: 1\n\n");
            exchange.awaitAbort();
        });
        try (DrainingProxy proxy = EarlyProxy.start(origin.url(), Transport.AUTO, SOON);
                TlsWire client = connect(proxy, HTTP)) {
            client.send(DrainTest.get("/events")).readUntil("data: 1\n\n");

            proxy.stop();

            assertThat(client.awaitEnd()).isEqualTo(TlsWire.End.CLOSE_NOTIFY);
            assertThat(client.text()).endsWith("\r\n0\r\n\r\n");
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    @Test
    void cutDoesNotWaitForACloseNotify() throws Exception {
        origin.on("/never", (request, exchange) -> exchange.awaitAbort());
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, Duration.ofMillis(500));
                TlsWire client = connect(proxy, HTTP)) {
            client.send(DrainTest.get("/never"));
            origin.awaitRequest("/never");

            proxy.stop();

            assertThat(client.awaitEnd()).isNotEqualTo(TlsWire.End.CLOSE_NOTIFY);
            assertThat(proxy.awaitStopped()).isFalse();
        }
    }

    // Handshakes

    @Test
    void handshakeThatWasHalfDoneIsFinishedAndItsRequestServed() throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, LONG_ENOUGH, FAR);
                RawClient idle = proxy.connectRaw();
                TlsWire client = TlsWire.connect(proxy.tlsPort(), HTTP)) {
            byte[] hello = client.hello();
            idle.send(DrainTest.get("/")).readResponse();
            long before = proxy.bytesIn();
            client.sendRaw(hello, 0, 40);
            DrainingProxy.await("both open", () -> proxy.openConnections() == 2);
            DrainingProxy.await("some of the handshake", () -> proxy.bytesIn() > before);

            proxy.stop();
            idle.awaitClosed();
            DrainingProxy.await("one open", () -> proxy.openConnections() == 1);
            client.sendRaw(hello, 40, hello.length - 40);
            client.shakeHands().send(DrainTest.get("/late"));

            assertThat(client.readUntil("/late")).startsWith("HTTP/1.1 200").contains("Connection: close");
            assertThat(client.awaitEnd()).isEqualTo(TlsWire.End.CLOSE_NOTIFY);
            client.close();
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    @Test
    void handshakeThatIsNeverFinishedIsNoExchange() throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, Duration.ofMillis(50), Duration.ofMillis(700));
                TlsWire client = TlsWire.connect(proxy.tlsPort(), HTTP)) {
            client.sendRaw(client.hello(), 0, 40);
            DrainingProxy.await("some of the handshake", () -> proxy.bytesIn() > 0);

            proxy.stop();

            assertThat(client.awaitEnd()).isNotEqualTo(TlsWire.End.CLOSE_NOTIFY);
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().unfinishedHeads()).isEqualTo(1);
        }
    }

    // Requests

    @Test
    void requestWhoseHeadWasHalfSentIsServed() throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, LONG_ENOUGH, FAR);
                RawClient idle = proxy.connectRaw();
                TlsWire client = connect(proxy, HTTP)) {
            long before = proxy.bytesIn();
            client.send("GET /half HTTP/1.1\r\nHost: slu");
            DrainingProxy.await("half of it", () -> proxy.bytesIn() > before);
            DrainingProxy.await("both open", () -> proxy.openConnections() == 2);

            proxy.stop();
            idle.awaitClosed();
            DrainingProxy.await("one open", () -> proxy.openConnections() == 1);
            client.send("ice.test\r\n\r\n");

            assertThat(client.readUntil("/half")).contains("Connection: close");
            client.close();
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    @Test
    void pipelinedRequestsAreAllServed() throws Exception {
        origin.on("/first", (request, exchange) -> {
            gate.pass();
            exchange.answer(200, "first");
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, FAR, FAR);
                RawClient client = RawClient.tls(proxy.tlsPort())) {
            client.send((DrainTest.get("/first") + DrainTest.get("/second")).getBytes(ISO_8859_1));
            origin.awaitRequest("/first");

            proxy.stop();
            gate.open();

            assertThat(client.readResponse().field("Connection")).isNull();
            assertThat(client.readResponse().field("Connection")).isEqualTo("close");
            client.close();
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().finished()).isEqualTo(2);
        }
    }
}
