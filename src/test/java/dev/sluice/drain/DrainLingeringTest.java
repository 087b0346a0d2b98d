package dev.sluice.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.RawClient;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections whose clients were answered before they had sent all of their request, in a drain. */
@Timeout(60)
class DrainLingeringTest {
    private static final Duration FAR = Duration.ofSeconds(30);
    private static final int SIZE = 8 << 20;

    private final FaultyOrigin origin =
            FaultyOrigin.start().on("/early", (request, exchange) -> exchange.answer(413, "too large"));

    @AfterEach
    void closeOrigin() {
        origin.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP11", "TLS"})
    void clientThatKeepsItsUploadOpenAfterItsAnswerDoesNotHoldUpADrain(ClientProtocol protocol) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, FAR, FAR);
                RawClient client = answeredEarly(proxy, protocol)) {
            proxy.awaitLive(0);

            long began = System.nanoTime();
            proxy.stop();

            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(FAR.dividedBy(2));
            assertThat(proxy.summary().cut()).isZero();
            assertThat(client.readResponse("POST").text()).isEqualTo("too large");
        }
    }

    private RawClient answeredEarly(DrainingProxy proxy, ClientProtocol protocol) throws IOException {
        int port = proxy.port(protocol);
        RawClient client = protocol.secure() ? RawClient.tls(port) : RawClient.plain(port);
        client.send("POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: " + SIZE + "\r\n\r\n");
        origin.awaitRequest("/early");
        proxy.awaitLive(0);
        return client;
    }
}
