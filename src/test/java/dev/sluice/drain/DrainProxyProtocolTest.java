package dev.sluice.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.ProxyHeaders;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestResponse;
import java.time.Duration;
import org.eclipse.jetty.util.NanoTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Drains of connections that began with a header of the PROXY protocol. */
@Timeout(60)
@Once
class DrainProxyProtocolTest {
    private static final byte[] LINE = ProxyHeaders.v1("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443");
    private static final Duration FAR = Duration.ofSeconds(60);

    private final FaultyOrigin origin = FaultyOrigin.start();

    @AfterEach
    void closeOrigin() {
        origin.close();
    }

    private DrainingProxy start(Duration linger, Duration deadline) throws Exception {
        return DrainingProxy.startAnnounced(origin, linger, deadline);
    }

    private static RawClient connect(DrainingProxy proxy, boolean tls) throws Exception {
        return tls
                ? RawClient.announced(proxy.tlsPort(), LINE, "http/1.1")
                : RawClient.announced(proxy.httpPort(), LINE);
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n";
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void requestInFlightIsFinished(boolean tls) throws Exception {
        Gate gate = new Gate();
        origin.on("/slow", (request, exchange) -> {
            gate.pass();
            exchange.answer(200, "worth waiting for");
        });
        try (DrainingProxy proxy = start(Duration.ofMillis(300), FAR);
                RawClient client = connect(proxy, tls)) {
            client.send(get("/slow"));
            origin.awaitRequest("/slow");
            proxy.stop();
            gate.open();
            TestResponse response = client.readResponse();
            assertThat(response.text()).isEqualTo("worth waiting for");
            assertThat(response.field("Connection")).isEqualTo("close");
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().finished()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void connectionAtRestIsServedWhileItLingersAndThenClosed(boolean tls) throws Exception {
        try (DrainingProxy proxy = start(Duration.ofMillis(2_500), FAR);
                RawClient used = connect(proxy, tls);
                RawClient idle = connect(proxy, tls)) {
            used.send(get("/before")).readResponse();
            idle.send(get("/before")).readResponse();
            proxy.stop();
            assertThat(used.send(get("/during")).readResponse().field("Connection"))
                    .isEqualTo("close");
            idle.awaitClosed();
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().closedIdle()).isGreaterThanOrEqualTo(1);
            assertThat(proxy.summary().cut()).isZero();
        }
    }

    @Test
    void connectionThatHasNotSentItsHeaderIsServedWhileItLingers() throws Exception {
        try (DrainingProxy proxy = start(FAR, FAR);
                RawClient client = RawClient.plain(proxy.httpPort())) {
            DrainingProxy.await("the connection", () -> proxy.openConnections() == 1);
            proxy.stop();
            client.send(LINE).send(get("/late"));
            assertThat(client.readResponse().field("Connection")).isEqualTo("close");
            client.awaitClosed();
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    @Test
    void connectionThatNeverSendsItsHeaderDoesNotOutlastTheLinger() throws Exception {
        try (DrainingProxy proxy = start(Duration.ofMillis(200), FAR);
                RawClient client = RawClient.plain(proxy.httpPort())) {
            DrainingProxy.await("the connection", () -> proxy.openConnections() == 1);
            long start = NanoTime.now();
            proxy.stop();
            client.awaitClosed();
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().closedIdle()).isEqualTo(1);
            assertThat(NanoTime.millisSince(start)).isLessThan(FAR.toMillis() / 4);
        }
    }

    @Test
    void ledgerNamesTheClientOfTheHeader() throws Exception {
        origin.on("/stuck", (request, exchange) -> exchange.awaitAbort());
        try (DrainingProxy proxy = start(Duration.ofMillis(100), Duration.ofMillis(300));
                RawClient client = connect(proxy, false)) {
            client.send(get("/stuck"));
            origin.awaitRequest("/stuck");
            proxy.stop();
            assertThat(proxy.awaitStopped()).isFalse();
            assertThat(proxy.lines("cut: client 192.0.2.7:56324, GET /stuck")).hasSize(1);
        }
    }
}
