package dev.sluice.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.H2Wire;
import dev.sluice.testkit.Once;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A WebSocket in a stream of HTTP/2 (RFC 8441) leaves nothing of itself in its session, however it ends. What it left
 * once made a drain wait for its deadline.
 */
@Timeout(60)
@Once
class DrainStreamTunnelTest {
    private static final Duration FAR = Duration.ofSeconds(60);
    private static final Duration LINGER = Duration.ofMillis(50);
    private static final byte[] GOING_AWAY = {(byte) 0x88, 2, 3, (byte) 0xE9};
    private static final byte[] CLOSE = {(byte) 0x88, 2, 3, (byte) 0xE8};
    private static final byte[] MASKED_CLOSE = {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 3, (byte) 0xE8};
    private static final byte[] MASKED_GOING_AWAY = {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 3, (byte) 0xE9};

    private final FaultyOrigin origin = FaultyOrigin.start();
    private final Gate end = new Gate();
    private final Gate gone = new Gate();

    @AfterEach
    void closeOrigin() {
        origin.close();
    }

    private static H2Wire open(DrainingProxy proxy, boolean tls) throws Exception {
        H2Wire client = tls ? H2Wire.tls(proxy.tlsPort()) : H2Wire.plain(proxy.httpPort());
        client.openWebSocket(1, "/up");
        client.awaitHead(1);
        proxy.awaitLive(1);
        return client;
    }

    private static void assertSessionIsAtRest(DrainingProxy proxy) {
        proxy.awaitLive(0);
        proxy.stop();
        assertThat(proxy.awaitStopped()).isTrue();
        assertThat(proxy.summary().took()).isLessThan(FAR.dividedBy(4));
        assertThat(proxy.summary().closedIdle()).as("a session at rest").isEqualTo(1);
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void endOfTheClient(boolean tls) throws Exception {
        origin.on("/up", (request, exchange) -> {
            exchange.acceptWebSocket();
            exchange.readRaw(MASKED_CLOSE.length);
            exchange.raw(CLOSE);
            exchange.close();
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, FAR);
                H2Wire client = open(proxy, tls)) {
            client.data(1, true, MASKED_CLOSE);

            assertThat(client.awaitData(1)).isEqualTo(CLOSE);
            client.awaitEnd(1);
            assertSessionIsAtRest(proxy);
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void endOfTheBackend(boolean tls) throws Exception {
        origin.on("/up", (request, exchange) -> {
            exchange.acceptWebSocket();
            exchange.raw(CLOSE);
            exchange.readRaw(MASKED_CLOSE.length);
            exchange.close();
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, FAR);
                H2Wire client = open(proxy, tls)) {
            assertThat(client.awaitData(1)).isEqualTo(CLOSE);
            client.data(1, false, MASKED_CLOSE);
            client.awaitEnd(1);
            client.data(1, true);

            assertSessionIsAtRest(proxy);
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void backendThatBreaks(boolean tls) throws Exception {
        origin.on("/up", (request, exchange) -> {
            exchange.acceptWebSocket();
            end.pass();
            exchange.reset();
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, FAR);
                H2Wire client = open(proxy, tls)) {
            end.open();

            client.awaitReset(1);
            assertSessionIsAtRest(proxy);
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void backendThatBreaksAfterItsEnd(boolean tls) throws Exception {
        origin.on("/up", (request, exchange) -> {
            exchange.acceptWebSocket();
            exchange.halfClose();
            end.pass();
            exchange.reset();
            gone.open();
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, FAR);
                H2Wire client = open(proxy, tls)) {
            client.awaitEnd(1);
            end.open();
            gone.pass();
            client.data(1, false, MASKED_CLOSE); // What cannot be written any more.

            assertSessionIsAtRest(proxy);
        }
    }

    /** Its window is full, and the client reads no more of it. */
    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void backendThatBreaksWhileItsMessageWaitsForAWindow(boolean tls) throws Exception {
        origin.on("/up", (request, exchange) -> {
            exchange.acceptWebSocket();
            exchange.generate(65_535 + 100);
            end.pass();
            exchange.reset();
            gone.open();
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, FAR);
                H2Wire client = open(proxy, tls)) {
            for (int seen = 0; seen < 65_535; ) seen += client.awaitData(1).length;
            end.open();
            gone.pass();
            client.data(1, false, MASKED_CLOSE);

            client.awaitReset(1);
            assertSessionIsAtRest(proxy);
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void goodbyeOfADrain(boolean tls) throws Exception {
        origin.on("/up", (request, exchange) -> {
            exchange.acceptWebSocket();
            exchange.readRaw(8);
            exchange.raw(GOING_AWAY);
            exchange.close();
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, FAR);
                H2Wire client = open(proxy, tls)) {
            proxy.stop();

            assertThat(client.awaitData(1)).isEqualTo(GOING_AWAY);
            client.data(1, false, MASKED_GOING_AWAY);
            client.awaitEnd(1);
            client.data(1, true);
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().took()).isLessThan(FAR.dividedBy(4));
            assertThat(proxy.summary().cut()).isZero();
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void goodbyeThatIsNotAnswered(boolean tls) throws Exception {
        origin.on("/up", (request, exchange) -> {
            exchange.acceptWebSocket();
            exchange.awaitAbort();
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, FAR);
                H2Wire client = open(proxy, tls)) {
            proxy.stop();

            assertThat(client.awaitData(1)).isEqualTo(GOING_AWAY);
            client.awaitClosed();
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().took()).isLessThan(FAR.dividedBy(4));
        }
    }
}
