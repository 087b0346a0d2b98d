package dev.sluice.drain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.H2Client;
import dev.sluice.testkit.H2Wire;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestRequest;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What HTTP/2 adds: a connection with many exchanges, and GOAWAY in the place of {@code Connection: close}. */
@Timeout(60)
@Once
class DrainHttp2Test {
    private static final Duration FAR = Duration.ofSeconds(60);
    private static final Duration SOON = Duration.ofMillis(300);
    private static final int ANY_STREAM = Integer.MAX_VALUE;

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

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void streamThatCrossesTheGoAwayIsServed(boolean tls) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                H2Wire client = connect(proxy, tls)) {
            client.get(1, "/slow");
            origin.awaitRequest("/slow");

            proxy.stop();
            // Within a second, in which no pong comes, and then it is over.
            client.get(3, "/late");
            assertThat(client.awaitGoAway().lastStream()).isEqualTo(ANY_STREAM);
            client.awaitEnd(3);
            gate.open();
            client.awaitEnd(1);

            assertThat(client.awaitGoAway().lastStream()).isEqualTo(3);
            client.close();
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().finished()).isEqualTo(2);
            assertThat(proxy.summary().toldToClose()).isEqualTo(1);
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void idleSessionIsToldAndCloses(boolean tls) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, FAR, FAR);
                H2Client client = tls ? H2Client.tls(proxy.tlsPort()) : H2Client.plain(proxy.httpPort())) {
            client.send(TestRequest.get("/"));

            proxy.stop();

            client.awaitGoAway();
            client.awaitClosed();
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().took()).isLessThan(FAR.dividedBy(4));
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void idleSessionThatIgnoresGoAwayIsClosedAfterTheLinger(boolean tls) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                H2Wire client = connect(proxy, tls)) {
            client.get(1, "/");
            client.awaitEnd(1);

            proxy.stop();

            client.awaitClosed();
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().closedIdle()).isEqualTo(1);
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void sessionThatIgnoresGoAwayIsClosedAfterItsLastStream(boolean tls) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                H2Wire client = connect(proxy, tls)) {
            client.get(1, "/slow");
            origin.awaitRequest("/slow");

            proxy.stop();
            client.awaitGoAway();
            gate.open();
            client.awaitEnd(1);

            client.awaitClosed();
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    /** Jetty's shutdownIdleTimeout once ended such a session after one second, with all its streams. */
    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void busySessionThatIsQuietForLongIsNotCut(boolean tls) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                H2Client client = tls ? H2Client.tls(proxy.tlsPort()) : H2Client.plain(proxy.httpPort())) {
            TestExchange slow = client.open(TestRequest.get("/slow"));
            origin.awaitRequest("/slow");

            proxy.stop();
            await().during(Duration.ofMillis(1_500)).until(() -> proxy.openConnections() == 1);
            gate.open();

            assertThat(slow.finish().text()).isEqualTo("slow");
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void sessionThatIgnoresEverythingDoesNotDelayACut(boolean tls) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, SOON, FAR);
                H2Wire client = connect(proxy, tls)) {
            client.get(1, "/slow");
            origin.awaitRequest("/slow");
            proxy.stop();

            proxy.sluice().cut();

            client.awaitClosed();
            assertThat(proxy.awaitStopped()).isFalse();
            assertThat(proxy.lines("not all of the server stopped")).isEmpty();
            assertThat(proxy.summary().took()).isLessThan(FAR.dividedBy(4));
        }
    }

    private static H2Wire connect(DrainingProxy proxy, boolean tls) throws IOException {
        return tls ? H2Wire.tls(proxy.port(ClientProtocol.H2)) : H2Wire.plain(proxy.port(ClientProtocol.H2C));
    }
}
