package dev.sluice.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.ProxyHeaders;
import dev.sluice.testkit.RawClient;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.eclipse.jetty.util.NanoTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What has arrived by the end of a linger is served, although the selector was too busy to read it. A close at that moment
 * would answer it with a reset.
 */
@Timeout(60)
@Once
class DrainLastMomentTest {
    private static final int STOPS = 3;
    private static final Duration SHORT = Duration.ofMillis(40);
    /** Between the end of a handshake and its request a connection is at rest. */
    private static final Duration LONG_ENOUGH = Duration.ofMillis(300);

    private static final Duration FAR = Duration.ofSeconds(60);
    private static final byte[] HEADER = ProxyHeaders.v1("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443");
    private static final int ALL = 1_000;

    private final FaultyOrigin origin = FaultyOrigin.start();

    @AfterEach
    void closeOrigin() {
        origin.close();
    }

    private DrainingProxy start(boolean announced, Duration linger) throws Exception {
        return announced ? DrainingProxy.startAnnounced(origin, linger, FAR) : DrainingProxy.start(origin, linger, FAR);
    }

    /** Something that a client does while no selector looks. */
    private interface Sending {
        void send() throws Exception;
    }

    private static void stopWhileSelectorsAreBusy(DrainingProxy proxy, Duration linger, Sending sending)
            throws Exception {
        DrainingProxy.await("the connection", () -> proxy.openConnections() == 1);
        Gate selectors = new Gate();
        proxy.holdSelectors(selectors);
        try {
            sending.send();
            proxy.beginStop();
            Awaitility.await("nothing to happen at the end of the linger")
                    .pollInterval(Duration.ofMillis(5))
                    .during(linger.multipliedBy(2))
                    .until(() -> proxy.openConnections() == 1);
        } finally {
            selectors.open(ALL);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void requestOnAPlainConnectionIsServed(boolean used) throws Exception {
        for (int stop = 0; stop < STOPS; stop++) {
            try (DrainingProxy proxy = start(false, SHORT);
                    RawClient client = proxy.connectRaw()) {
                if (used) client.send(DrainTest.get("/before")).readResponse();
                if (used) proxy.awaitRest();
                stopWhileSelectorsAreBusy(proxy, SHORT, () -> client.send(DrainTest.get("/late")));
                assertThat(client.readResponse().field("Connection")).isEqualTo("close");
                client.close();
                assertThat(proxy.awaitStopped()).isTrue();
                assertThat(proxy.summary().finished()).isEqualTo(1);
                // Its client may take longer than the linger to close what it was told to.
                assertThat(proxy.summary().closedIdle()).isLessThanOrEqualTo(1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void requestOverTlsIsServed(boolean used) throws Exception {
        for (int stop = 0; stop < STOPS; stop++) {
            try (DrainingProxy proxy = start(false, SHORT);
                    TlsWire client =
                            TlsWire.connect(proxy.tlsPort(), "http/1.1").shakeHands()) {
                if (used) client.send(DrainTest.get("/before")).readUntil("/before");
                if (used) proxy.awaitRest();
                stopWhileSelectorsAreBusy(proxy, SHORT, () -> client.send(DrainTest.get("/late")));
                assertThat(client.readUntil("/late")).contains("Connection: close");
                assertThat(client.awaitEnd()).isEqualTo(TlsWire.End.CLOSE_NOTIFY);
                client.close();
                assertThat(proxy.awaitStopped()).isTrue();
            }
        }
    }

    /** Of half a record of TLS nothing can be seen but its bytes. */
    @Test
    void requestOfWhichHalfARecordHasComeHasALingerOfItsOwn() throws Exception {
        try (DrainingProxy proxy = start(false, Duration.ofSeconds(1));
                TlsWire client = TlsWire.connect(proxy.tlsPort(), "http/1.1").shakeHands()) {
            client.send(DrainTest.get("/before")).readUntil("/before");
            byte[] record = client.record(DrainTest.get("/late"));

            long start = NanoTime.now();
            proxy.beginStop();
            awaitOpenUntil(start, 700, proxy);
            client.sendRaw(record, 0, 20);
            awaitOpenUntil(start, 1_300, proxy);
            client.sendRaw(record, 20, record.length - 20);

            assertThat(client.readUntil("/late")).contains("Connection: close");
            client.close();
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    private static void awaitOpenUntil(long start, long millis, DrainingProxy proxy) {
        DrainingProxy.await("a while of the linger", () -> {
            assertThat(proxy.openConnections()).isEqualTo(1);
            return NanoTime.millisSince(start) >= millis;
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void handshakeThatBeginsThenIsServed(boolean announced) throws Exception {
        for (int stop = 0; stop < STOPS; stop++) {
            try (DrainingProxy proxy = start(announced, LONG_ENOUGH);
                    TlsWire client = TlsWire.connect(proxy.tlsPort(), "http/1.1")) {
                byte[] hello = client.hello();
                stopWhileSelectorsAreBusy(proxy, LONG_ENOUGH, () -> {
                    if (announced) client.sendRaw(HEADER, 0, HEADER.length);
                    client.sendRaw(hello, 0, hello.length);
                });
                client.shakeHands().send(DrainTest.get("/late"));
                assertThat(client.readUntil("/late")).contains("Connection: close");
                client.close();
                assertThat(proxy.awaitStopped()).isTrue();
            }
        }
    }

    @Test
    void requestBehindAProxyHeaderThatComesThenIsServed() throws Exception {
        for (int stop = 0; stop < STOPS; stop++) {
            try (DrainingProxy proxy = start(true, SHORT);
                    RawClient client = proxy.connectRaw()) {
                stopWhileSelectorsAreBusy(
                        proxy, SHORT, () -> client.send(HEADER).send(DrainTest.get("/late")));
                assertThat(client.readResponse().field("Connection")).isEqualTo("close");
                client.close();
                assertThat(proxy.awaitStopped()).isTrue();
            }
        }
    }
}
