package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.UpstreamConfig;
import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.OriginExchange;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.TestRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Backend connections are kept, and found closed just when they are used. One at a time, so that it is known which. */
abstract class PooledConnectionsSuite extends ConformanceSuite {
    private static final UpstreamConfig ONE = new UpstreamConfig(
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            null,
            Duration.ofSeconds(50),
            1,
            1024,
            Duration.ofSeconds(5));

    PooledConnectionsSuite(ProxyVariant variant) {
        super(variant);
    }

    @Override
    ProxySetup setup() {
        return ProxySetup.to(origin.url()).upstream(ONE);
    }

    @ParameterizedTest
    @EnumSource
    void connectionIsUsedAgain(ClientProtocol protocol) throws IOException {
        send(protocol, TestRequest.get("/one"));
        send(protocol, TestRequest.post("/two", "body"));
        // An answer may reach the client a moment before the connection that brought it is free again.
        Awaitility.await().untilAsserted(() -> {
            send(protocol, TestRequest.get("/three"));
            List<Integer> used = new ArrayList<>(
                    origin.requests().stream().map(ReceivedRequest::connection).toList());
            Integer last = used.remove(used.size() - 1);
            assertThat(used).contains(last);
        });
    }

    @ParameterizedTest
    @EnumSource
    void requestOnAStaleConnectionIsSentOnceMore(ClientProtocol protocol) throws IOException {
        origin.on("/prime", (request, exchange) -> stale(exchange, false));
        assertThat(send(protocol, TestRequest.get("/prime")).status()).isEqualTo(200);
        assertThat(send(protocol, TestRequest.get("/next?q")).echo().target()).isEqualTo("/next?q");
        assertOnTwoConnections("/next");
    }

    @ParameterizedTest
    @EnumSource
    void requestOnAConnectionThatIsResetIsSentOnceMore(ClientProtocol protocol) throws IOException {
        origin.on("/prime", (request, exchange) -> stale(exchange, true));
        assertThat(send(protocol, TestRequest.get("/prime")).status()).isEqualTo(200);
        assertThat(send(protocol, TestRequest.get("/next")).status()).isEqualTo(200);
        assertOnTwoConnections("/next");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "OPTIONS", "DELETE"})
    void idempotentRequestIsSentOnceMore(String method) throws IOException {
        origin.on("/prime", (request, exchange) -> stale(exchange, false));
        send(ClientProtocol.HTTP11, TestRequest.get("/prime"));
        assertThat(send(ClientProtocol.HTTP11, TestRequest.of(method, "/next")).status())
                .isEqualTo(200);
        assertOnTwoConnections("/next");
    }

    @ParameterizedTest
    @EnumSource
    void postThatMayHaveBeenProcessedIsNotSentAgain(ClientProtocol protocol) throws IOException {
        origin.on("/prime", (request, exchange) -> stale(exchange, false));
        send(protocol, TestRequest.get("/prime"));
        assertThat(send(protocol, TestRequest.post("/post", "pay")).status()).isEqualTo(502);
        assertThat(origin.requests("/post")).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void requestIsNotSentAThirdTime(ClientProtocol protocol) throws IOException {
        origin.on("/prime", (request, exchange) -> stale(exchange, false));
        origin.on("/dead", (request, exchange) -> exchange.close());
        send(protocol, TestRequest.get("/prime"));
        assertThat(send(protocol, TestRequest.get("/dead")).status()).isEqualTo(502);
        assertThat(origin.requests("/dead")).hasSize(2);
    }

    @ParameterizedTest
    @EnumSource
    void requestOnAFreshConnectionIsNotSentAgain(ClientProtocol protocol) throws IOException {
        origin.on("/last", (request, exchange) -> {
            exchange.startUntilClose(200);
            exchange.content("bye");
        });
        origin.on("/dead", (request, exchange) -> exchange.close());
        send(protocol, TestRequest.get("/last"));
        assertThat(send(protocol, TestRequest.get("/dead")).status()).isEqualTo(502);
        assertThat(origin.requests("/dead")).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void answerThatBreaksOffIsNotAskedForAgain(ClientProtocol protocol) throws IOException {
        send(protocol, TestRequest.get("/prime"));
        origin.on("/cut", (request, exchange) -> {
            exchange.startLength(200, 100);
            exchange.content("part");
            exchange.close();
        });
        assertThat(send(protocol, TestRequest.get("/cut")).complete()).isFalse();
        assertThat(origin.requests("/cut")).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void connectionThatClosedWhileIdleCostsNothing(ClientProtocol protocol) throws IOException {
        origin.on("/prime", (request, exchange) -> {
            exchange.answer(200, "closing without a word");
            exchange.closeAfter();
        });
        send(protocol, TestRequest.get("/prime"));
        origin.awaitClosed(origin.requests("/prime").get(0).connection());
        assertThat(send(protocol, TestRequest.get("/next")).status()).isEqualTo(200);
    }

    private static void stale(OriginExchange exchange, boolean reset) throws IOException {
        if (reset) exchange.resetOnNextRequest();
        else exchange.closeOnNextRequest();
        exchange.answer(200, "once");
    }

    private void assertOnTwoConnections(String path) {
        assertThat(origin.requests(path)).hasSize(2);
        assertThat(origin.requests(path))
                .extracting(ReceivedRequest::connection)
                .doesNotHaveDuplicates();
    }
}
