package dev.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.LimitsConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Requests that wait until their backend has room, over real sockets, on both transports. */
@ParameterizedClass
@EnumSource
@Once
class LimitsTest {
    @Parameter
    UpstreamConfig.Transport transport;

    private final FaultyOrigin a = FaultyOrigin.start("a");

    LimitsTest() {
        a.otherwise((request, exchange) ->
                exchange.answer(200, "a" + new String(exchange.readBody(), StandardCharsets.UTF_8)));
    }

    @AfterEach
    void close() {
        a.close();
    }

    private Sluice start(PoolConfig pool) throws Exception {
        return OnePool.start(pool, transport, Duration.ofSeconds(60));
    }

    private static TestResponse ask(Sluice sluice) throws IOException {
        try (RawClient client = RawClient.plain(sluice.port("http"))) {
            client.send("GET /x HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
            return client.readResponse();
        }
    }

    private static LimitsConfig oneAtATime(int queue, Duration queueTimeout) {
        return new LimitsConfig(1, 0, 0, 0, queue, queueTimeout, null);
    }

    @Test
    void requestWaitsUntilTheBackendHasRoom() throws Exception {
        Gate gate = new Gate();
        a.on("/held", (request, exchange) -> {
            gate.pass();
            exchange.answer(200, "held");
        });
        try (Sluice sluice = start(OnePool.of(a.url()).withLimits(oneAtATime(10, Duration.ofSeconds(30))));
                RawClient first = RawClient.plain(sluice.port("http"));
                RawClient second = RawClient.plain(sluice.port("http"))) {
            first.send("GET /held HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
            a.awaitRequest("/held");
            second.send("POST /x HTTP/1.1\r\nHost: sluice.test\r\nContent-Length: 5\r\n\r\nwaits");
            await().until(() -> sluice.pools().get(0).waiting() == 1);
            assertThat(a.requests()).hasSize(1);
            gate.open();
            assertThat(first.readResponse().text()).isEqualTo("held");
            assertThat(second.readResponse().text()).isEqualTo("awaits");
        }
    }

    @Test
    void requestThatWaitsTooLongIsAnsweredWith503() throws Exception {
        a.on("/held", (request, exchange) -> exchange.awaitAbort());
        try (Sluice sluice = start(OnePool.of(a.url()).withLimits(oneAtATime(10, Duration.ofMillis(200))));
                RawClient first = RawClient.plain(sluice.port("http"))) {
            first.send("GET /held HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
            a.awaitRequest("/held");
            TestResponse answer = ask(sluice);
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.values("Retry-After")).containsExactly("1");
            await().until(() -> sluice.pools().get(0).waiting() == 0);
        }
    }

    @Test
    void requestBeyondTheQueueIsAnsweredWith503AtOnce() throws Exception {
        a.on("/held", (request, exchange) -> exchange.awaitAbort());
        try (Sluice sluice = start(OnePool.of(a.url()).withLimits(oneAtATime(0, Duration.ofSeconds(60))));
                RawClient first = RawClient.plain(sluice.port("http"))) {
            first.send("GET /held HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
            a.awaitRequest("/held");
            assertThat(ask(sluice).status()).isEqualTo(503);
        }
    }

    @Test
    void clientThatLeavesTheQueueLeavesItsPlace() throws Exception {
        a.on("/held", (request, exchange) -> exchange.awaitAbort());
        try (Sluice sluice = start(OnePool.of(a.url()).withLimits(oneAtATime(1, Duration.ofSeconds(60))));
                RawClient first = RawClient.plain(sluice.port("http"));
                RawClient second = RawClient.plain(sluice.port("http"))) {
            first.send("GET /held HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
            a.awaitRequest("/held");
            second.send("GET /x HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
            await().until(() -> sluice.pools().get(0).waiting() == 1);
            second.reset();
            await().until(() -> sluice.pools().get(0).waiting() == 0);
        }
    }
}
