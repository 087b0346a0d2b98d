package dev.sluice.drain;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSockets and other tunnels in a drain. */
@Timeout(60)
class DrainTunnelTest {
    private static final Duration FAR = Duration.ofSeconds(60);
    private static final Duration LINGER = Duration.ofMillis(50);
    private static final byte[] GOING_AWAY = {(byte) 0x88, 2, 3, (byte) 0xE9};
    private static final byte[] MASKED_CLOSE = {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 3, (byte) 0xE9};

    private final FaultyOrigin origin = FaultyOrigin.start();
    private final AtomicReference<byte[]> seenByOrigin = new AtomicReference<>();

    @AfterEach
    void closeOrigin() {
        origin.close();
    }

    private static RawClient open(DrainingProxy proxy, boolean tls, String protocol) throws IOException {
        RawClient client = tls ? RawClient.tls(proxy.tlsPort()) : RawClient.plain(proxy.httpPort());
        client.send("GET /up HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: " + protocol + "\r\n\r\n");
        assertThat(client.readHead().status()).isEqualTo(101);
        return client;
    }

    private static Field[] switched(String protocol) {
        return new Field[] {Field.of("Connection", "Upgrade"), Field.of("Upgrade", protocol)};
    }

    private int statusSeenByOrigin() {
        // The drain does not wait for the thread on which the origin reads it.
        DrainingProxy.await("a Close at the origin", () -> seenByOrigin.get() != null);
        return status(seenByOrigin.get());
    }

    private static int status(byte[] maskedClose) {
        assertThat(maskedClose[0]).as("the frame's type").isEqualTo((byte) 0x88);
        assertThat(maskedClose[1]).as("masked, two bytes").isEqualTo((byte) 0x82);
        return ((maskedClose[6] ^ maskedClose[2]) & 0xFF) << 8 | ((maskedClose[7] ^ maskedClose[3]) & 0xFF);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void quietWebSocketIsToldOnBothSidesAndEndsTheDrain(boolean tls) throws Exception {
        origin.on("/up", (request, exchange) -> {
            exchange.start(101, switched("websocket"));
            seenByOrigin.set(exchange.readRaw(8));
            exchange.raw(GOING_AWAY);
            exchange.close();
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, FAR);
                RawClient client = open(proxy, tls, "websocket")) {
            proxy.awaitLive(1);

            proxy.stop();

            assertThat(client.readBytes(4)).isEqualTo(GOING_AWAY);
            client.send(MASKED_CLOSE);
            client.awaitClosed();
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(statusSeenByOrigin()).isEqualTo(1001);
            assertThat(proxy.summary().cut()).isZero();
            assertThat(proxy.summary().finished()).isEqualTo(1);
            assertThat(proxy.summary().took()).isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    void messageThatIsOnItsWayIsFinishedFirst() throws Exception {
        Gate rest = new Gate();
        origin.on("/up", (request, exchange) -> {
            exchange.start(101, switched("websocket"));
            exchange.raw(new byte[] {(byte) 0x81, 6, 'f', 'i', 'n'});
            rest.pass();
            exchange.raw(new byte[] {'i', 's', 'h', (byte) 0x81, 1, 'x'});
            seenByOrigin.set(exchange.readRaw(8));
            exchange.close();
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, FAR);
                RawClient client = open(proxy, false, "websocket")) {
            assertThat(client.readBytes(5)).isEqualTo(new byte[] {(byte) 0x81, 6, 'f', 'i', 'n'});

            proxy.stop();
            rest.open();

            assertThat(new String(client.readBytes(3), ISO_8859_1)).isEqualTo("ish");
            assertThat(client.readBytes(4)).isEqualTo(GOING_AWAY);
            client.send(MASKED_CLOSE);
            client.awaitClosed();
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(statusSeenByOrigin()).isEqualTo(1001);
        }
    }

    @Test
    void endsThatDoNotAnswerACloseAreNotWaitedForLong() throws Exception {
        origin.on("/up", (request, exchange) -> {
            exchange.start(101, switched("websocket"));
            seenByOrigin.set(exchange.readRaw(8));
            exchange.awaitAbort();
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, FAR);
                RawClient client = open(proxy, false, "websocket")) {
            proxy.awaitLive(1);

            proxy.stop();

            assertThat(client.readBytes(4)).isEqualTo(GOING_AWAY);
            assertThat(client.readToEnd()).isEmpty();
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().took()).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(20));
        }
    }

    @Test
    void tunnelOfAnotherProtocolHasUntilTheDeadlineAndIsNamed() throws Exception {
        origin.on("/up", (request, exchange) -> {
            exchange.start(101, switched("echo/1"));
            exchange.echoRaw();
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, Duration.ofSeconds(3));
                RawClient client = open(proxy, false, "echo/1")) {
            proxy.awaitLive(1);

            proxy.stop();
            client.send("still served");
            assertThat(new String(client.readBytes(12), ISO_8859_1)).isEqualTo("still served");

            client.awaitClosed();
            assertThat(proxy.awaitStopped()).isFalse();
            assertThat(proxy.summary().cut()).isEqualTo(1);
            assertThat(proxy.lines(": cut: "))
                    .singleElement()
                    .asString()
                    .contains("GET /up, route default, backend " + origin.url() + ", tunnelling, ")
                    .endsWith("received 12 bytes, sent 12 bytes");
        }
    }
}
