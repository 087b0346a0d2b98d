package dev.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.PoolConfig;
import dev.sluice.config.RetryConfig;
import dev.sluice.config.RetryConfig.Methods;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.OriginScript;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What a client sees of backends that fail, over real sockets, on both transports. Round robin begins with {@code a}. */
@ParameterizedClass
@EnumSource
@Once
class RetriesTest {
    private static final OriginScript RESETS = (request, exchange) -> {
        exchange.readBody();
        exchange.reset();
    };
    private static final RetryConfig USUAL = RetryConfig.defaults();

    @Parameter
    UpstreamConfig.Transport transport;

    private final FaultyOrigin a = FaultyOrigin.start("a");
    private final FaultyOrigin b = FaultyOrigin.start("b");

    RetriesTest() {
        a.otherwise((request, exchange) ->
                exchange.answer(200, "a" + new String(exchange.readBody(), StandardCharsets.UTF_8)));
        b.otherwise((request, exchange) ->
                exchange.answer(200, "b" + new String(exchange.readBody(), StandardCharsets.UTF_8)));
    }

    @AfterEach
    void close() {
        a.close();
        b.close();
    }

    private PoolConfig both() {
        return OnePool.of(a.url(), b.url());
    }

    private Sluice start(PoolConfig pool) throws Exception {
        return OnePool.start(pool, transport, Duration.ofSeconds(60));
    }

    private Sluice start(PoolConfig pool, Duration firstByte) throws Exception {
        return OnePool.start(pool, transport, firstByte);
    }

    private static RetryConfig rules(int tries, Methods methods, boolean timeouts, int percent, int burst) {
        return new RetryConfig(
                tries, methods, timeouts, USUAL.statuses(), percent, burst, USUAL.timeout(), USUAL.body());
    }

    private static TestResponse ask(Sluice sluice, String method, String... body) throws IOException {
        try (RawClient client = RawClient.plain(sluice.port("http"))) {
            send(client, method, body);
            return client.readResponse(method);
        }
    }

    private static void send(RawClient client, String method, String... body) throws IOException {
        int length = Stream.of(body).mapToInt(String::length).sum();
        String framing = body.length == 0 ? "" : "Content-Length: " + length + "\r\n";
        client.send(method + " /x HTTP/1.1\r\nHost: sluice.test\r\n" + framing + "\r\n");
        for (String part : body) client.send(part);
    }

    @Test
    void getWhoseBackendResetsIsServedByAnother() throws Exception {
        a.otherwise(RESETS);
        try (Sluice sluice = start(both())) {
            assertThat(ask(sluice, "GET").text()).isEqualTo("b");
            assertThat(a.requests()).hasSize(1);
        }
    }

    @Test
    void postThatABackendHadIsNotSentAgain() throws Exception {
        a.otherwise(RESETS);
        try (Sluice sluice = start(both())) {
            TestResponse answer = ask(sluice, "POST", "once");
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.values("Proxy-Status")).containsExactly("sluice; error=connection_terminated");
            assertThat(b.requests()).isEmpty();
        }
    }

    @Test
    void postThatABackendHadIsSentAgainWhereThatIsConfigured() throws Exception {
        a.otherwise(RESETS);
        try (Sluice sluice = start(both().withRetries(rules(3, Methods.ALL, false, 20, 100)))) {
            assertThat(ask(sluice, "POST", "twice").text()).isEqualTo("btwice");
        }
    }

    @Test
    void postIsServedByAnotherWhenItsBackendCannotBeReached() throws Exception {
        int nobody = FreePort.next();
        RetryConfig none = rules(1, Methods.NONE, false, 0, 0);
        try (Sluice sluice =
                start(OnePool.of("http://127.0.0.1:" + nobody, b.url()).withRetries(none))) {
            assertThat(ask(sluice, "POST", "whole").text()).isEqualTo("bwhole");
        }
    }

    @Test
    void bodyOfSeveralPiecesIsSentAgainWhole() throws Exception {
        Gate came = new Gate();
        a.otherwise((request, exchange) -> {
            exchange.readBody(20_000);
            came.open();
            exchange.readBody();
            exchange.reset();
        });
        String first = "1".repeat(20_000);
        String second = "2".repeat(30_000);
        try (Sluice sluice = start(both());
                RawClient client = RawClient.plain(sluice.port("http"))) {
            client.send("PUT /x HTTP/1.1\r\nHost: sluice.test\r\nContent-Length: 50000\r\n\r\n" + first);
            came.pass();
            client.send(second);
            assertThat(client.readResponse("PUT").text()).isEqualTo("b" + first + second);
        }
    }

    @Test
    void bodyTooLongToBeKeptIsSentOnce() throws Exception {
        a.otherwise(RESETS);
        String half = "x".repeat(60_000);
        try (Sluice sluice = start(both())) {
            assertThat(ask(sluice, "PUT", half, half).status()).isEqualTo(502);
            assertThat(b.requests()).isEmpty();
        }
    }

    @Test
    void answerThatABackendIsNotAvailableIsLeftForThatOfAnother() throws Exception {
        a.otherwise((request, exchange) -> exchange.answer(503, "not now"));
        try (Sluice sluice = start(both())) {
            for (int i = 0; i < 10; i++) assertThat(ask(sluice, "GET").text()).isEqualTo("b");
            // Its connection is used again. Not by the very next request each time: that may come before the answer
            // that nobody wanted has been read to its end.
            assertThat(a.requests()).hasSizeGreaterThanOrEqualTo(5);
            assertThat(a.acceptedConnections()).isLessThan(a.requests().size());
        }
    }

    @Test
    void answerToAPostIsPassedOnWhateverItsStatus() throws Exception {
        a.otherwise((request, exchange) -> exchange.answer(503, "not now"));
        try (Sluice sluice = start(both())) {
            TestResponse answer = ask(sluice, "POST", "once");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.text()).isEqualTo("not now");
            assertThat(b.requests()).isEmpty();
        }
    }

    @Test
    void whenNobodyIsAvailableTheLastAnswerIsPassedOn() throws Exception {
        a.otherwise((request, exchange) -> exchange.answer(503, "a is not"));
        b.otherwise((request, exchange) -> exchange.answer(502, "b is not"));
        try (Sluice sluice = start(both())) {
            TestResponse answer = ask(sluice, "GET");
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.text()).isEqualTo("b is not");
        }
    }

    @Test
    void onlySoManyBackendsAreTried() throws Exception {
        a.otherwise(RESETS);
        b.otherwise(RESETS);
        try (FaultyOrigin c = FaultyOrigin.start("c").otherwise(RESETS);
                FaultyOrigin d = FaultyOrigin.start("d");
                Sluice sluice = start(OnePool.of(a.url(), b.url(), c.url(), d.url()))) {
            assertThat(ask(sluice, "GET").status()).isEqualTo(502);
            assertThat(List.of(a, b, c, d)).extracting(o -> o.requests().size()).containsExactly(1, 1, 1, 0);
        }
    }

    @Test
    void withoutABudgetNothingIsTriedAgainThatABackendMayHaveHad() throws Exception {
        a.otherwise(RESETS);
        try (Sluice sluice = start(both().withRetries(rules(3, Methods.ALL, false, 0, 0)))) {
            assertThat(ask(sluice, "GET").status()).isEqualTo(502);
            assertThat(b.requests()).isEmpty();
        }
    }

    @Test
    void requestThatABackendDoesNotAnswerInTimeIsServedByAnotherWhereThatIsConfigured() throws Exception {
        a.otherwise((request, exchange) -> exchange.awaitAbort());
        RetryConfig timeouts = rules(3, Methods.IDEMPOTENT, true, 20, 100);
        try (Sluice sluice = start(both().withRetries(timeouts), Duration.ofMillis(1500))) {
            assertThat(ask(sluice, "GET").text()).isEqualTo("b");
        }
    }

    @Test
    void requestThatABackendDoesNotAnswerInTimeIsUsuallyNotRepeated() throws Exception {
        a.otherwise((request, exchange) -> exchange.awaitAbort());
        try (Sluice sluice = start(both(), Duration.ofMillis(300))) {
            assertThat(ask(sluice, "GET").status()).isEqualTo(504);
            assertThat(b.requests()).isEmpty();
        }
    }
}
