package dev.sluice.drain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.H2Wire;
import dev.sluice.testkit.Once;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.util.NanoTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The two GOAWAYs with which an HTTP/2 session ends in a drain (RFC 9113 §6.8), frame by frame. */
@Timeout(60)
@Once
class DrainGoAwayTest {
    private static final Duration FAR = Duration.ofSeconds(60);
    private static final Duration SOON = Duration.ofMillis(300);
    private static final int ANY_STREAM = Integer.MAX_VALUE;
    private static final int NO_ERROR = 0;

    private final FaultyOrigin origin = FaultyOrigin.start();
    private final Gate gate = new Gate();

    @BeforeEach
    void holdSlowOnes() {
        origin.on("/slow", (request, exchange) -> {
            gate.pass(Duration.ofSeconds(30));
            exchange.answer(200, "slow");
        });
    }

    @AfterEach
    void closeOrigin() {
        origin.close();
    }

    private static H2Wire connect(DrainingProxy proxy, boolean tls) throws IOException {
        return tls ? H2Wire.tls(proxy.tlsPort()) : H2Wire.plain(proxy.httpPort());
    }

    private static void assertGoAway(H2Wire.Frame goAway, int lastStream) {
        assertThat(goAway.lastStream()).isEqualTo(lastStream);
        assertThat(goAway.error()).isEqualTo(NO_ERROR);
    }

    /** Jetty tells a session without streams twice at once: a request that is on its way meanwhile is thrown away. */
    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void idleSessionIsToldTwiceARoundTripApartAndServesWhatComesInBetween(boolean tls) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, FAR, FAR);
                H2Wire client = connect(proxy, tls)) {
            client.get(1, "/before");
            client.awaitEnd(1);

            proxy.stop();
            // First of all: without a pong the second one comes after a second.
            client.get(3, "/between");
            assertGoAway(client.awaitGoAway(), ANY_STREAM);
            H2Wire.Frame ping = client.awaitPing();
            client.awaitEnd(3);
            client.pong(ping);

            assertGoAway(client.awaitGoAway(), 3);
            client.close();
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().toldToClose()).isEqualTo(1);
            assertThat(proxy.summary().cut()).isZero();
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void busySessionIsToldItsLastStreamBeforeItHasEnded(boolean tls) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                H2Wire client = connect(proxy, tls)) {
            client.get(1, "/slow");
            origin.awaitRequest("/slow");

            proxy.stop();
            assertGoAway(client.awaitGoAway(), ANY_STREAM);
            client.pong(client.awaitPing());

            assertGoAway(client.awaitGoAway(), 1);
            gate.open();
            client.awaitEnd(1);
            client.awaitClosed();
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().finished()).isEqualTo(1);
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void streamBeyondTheLastIsNotServedAndHurtsNoOther(boolean tls) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                H2Wire client = connect(proxy, tls)) {
            client.get(1, "/slow");
            origin.awaitRequest("/slow");
            proxy.stop();
            client.awaitGoAway();
            client.pong(client.awaitPing());
            assertGoAway(client.awaitGoAway(), 1);

            client.get(3, "/beyond");
            client.post(5, "/beyond");
            client.data(5, true, new byte[1000]);
            gate.open();
            client.awaitEnd(1);

            List<H2Wire.Frame> rest = client.readAll();
            assertThat(rest).noneMatch(frame -> frame.stream() > 1);
            assertThat(origin.requests("/beyond")).isEmpty();
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().finished()).isEqualTo(1);
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void clientThatDoesNotAnswerThePingIsToldAfterASecond(boolean tls) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                H2Wire client = connect(proxy, tls)) {
            client.get(1, "/slow");
            origin.awaitRequest("/slow");

            long begun = NanoTime.now();
            proxy.stop();
            client.get(3, "/between");
            assertGoAway(client.awaitGoAway(), ANY_STREAM);
            client.awaitEnd(3);

            assertGoAway(client.awaitGoAway(), 3);
            assertThat(NanoTime.millisSince(begun)).isBetween(900L, 5_000L);
            gate.open();
            client.awaitEnd(1);
            client.awaitClosed();
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void exactlyTwoGoAwaysAreSent(boolean tls) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                H2Wire client = connect(proxy, tls)) {
            client.get(1, "/");
            client.awaitEnd(1);

            proxy.stop();
            H2Wire.Frame ping = client.awaitPing();
            client.pong(ping);

            assertThat(client.readAll().stream().filter(frame -> frame.type() == H2Wire.GOAWAY))
                    .extracting(H2Wire.Frame::lastStream)
                    .containsExactly(ANY_STREAM, 1);
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    /** The server's first frame is SETTINGS (RFC 9113 §3.4), also for who comes to say hello after the drain has begun. */
    @Test
    void sessionThatBeginsInADrainIsServedAndTold() throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, FAR, FAR)) {
            for (Connector connector : proxy.sluice().server().getConnectors())
                ((AbstractConnector) connector).setAccepting(false);
            try (H2Wire client = H2Wire.silent(proxy.httpPort())) {
                proxy.stop();
                client.greet();
                client.get(1, "/late");

                assertThat(client.next().type()).isEqualTo(H2Wire.SETTINGS);
                assertGoAway(client.awaitGoAway(), ANY_STREAM);
                client.awaitEnd(1);
                client.pong(client.awaitPing());
                assertGoAway(client.awaitGoAway(), 1);
            }
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().finished()).isEqualTo(1);
        }
    }

    /** Of a session that has said GOAWAY Jetty fails all streams when it is quiet for the idle timeout. */
    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void streamThatIsQuietForLongerThanTheIdleTimeoutSurvivesBothGoAways(boolean tls) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR)) {
            for (Connector connector : proxy.sluice().server().getConnectors())
                ((AbstractConnector) connector).setIdleTimeout(1_500);
            try (H2Wire client = connect(proxy, tls)) {
                client.get(1, "/slow");
                origin.awaitRequest("/slow");
                proxy.stop();
                client.awaitGoAway();
                client.pong(client.awaitPing());
                client.awaitGoAway();

                await().during(Duration.ofMillis(3_500)).until(() -> proxy.openConnections() == 1);
                gate.open();

                client.awaitEnd(1);
                assertThat(proxy.awaitStopped()).isTrue();
                assertThat(proxy.summary().finished()).isEqualTo(1);
            }
        }
    }
}
