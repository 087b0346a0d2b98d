package dev.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.EjectionConfig;
import dev.sluice.config.HealthConfig.StatusRange;
import dev.sluice.config.LimitsConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.RetryConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.OriginScript;
import dev.sluice.testkit.RawClient;
import dev.sluice.upstream.Backend.Standing;
import dev.sluice.upstream.PoolSnapshot;
import java.io.IOException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Backends that serve badly and that nobody asks how they are, over real sockets. */
@Once
class EjectionTest {
    private static final OriginScript WELL_A = (request, exchange) -> exchange.answer(200, "a");
    private static final OriginScript WELL_B = (request, exchange) -> exchange.answer(200, "b");

    private final FaultyOrigin a = FaultyOrigin.start("a");
    private final FaultyOrigin b = FaultyOrigin.start("b");

    @BeforeEach
    void answerAlike() {
        a.otherwise(WELL_A);
        b.otherwise(WELL_B);
    }

    @AfterEach
    void close() {
        a.close();
        b.close();
    }

    private static EjectionConfig ejection(Duration time, StatusRange... statuses) {
        EjectionConfig usual = EjectionConfig.defaults();
        return new EjectionConfig(
                3,
                usual.failurePercent(),
                usual.requests(),
                usual.window(),
                List.of(statuses),
                time,
                usual.longest(),
                usual.mostPercent());
    }

    private PoolConfig both(EjectionConfig ejection) {
        return PoolConfig.of(
                        "both",
                        Stream.of(a.url(), b.url()).map(BackendConfig::parse).toList())
                .withEjection(ejection);
    }

    private static SluiceBuilder proxy(PoolConfig pool) {
        return Sluice.builder().listen("127.0.0.1:0").fallback(pool);
    }

    /** Who, or which failure, answered how many requests. POST: no request is sent to a second backend. */
    private static Map<String, Integer> shares(Sluice sluice, int requests) throws IOException {
        Map<String, Integer> shares = new TreeMap<>();
        try (RawClient client = RawClient.plain(sluice.port("http"))) {
            for (int i = 0; i < requests; i++) {
                client.send("POST /x HTTP/1.1\r\nHost: sluice.test\r\nContent-Length: 1\r\n\r\nx");
                var response = client.readResponse("POST");
                shares.merge(response.status() == 200 ? response.text() : "" + response.status(), 1, Integer::sum);
            }
        }
        return shares;
    }

    private static PoolSnapshot.Member second(Sluice sluice) {
        return sluice.pools().get(0).backends().get(1);
    }

    /** Sends to both until the second one is left alone. */
    private static void ejected(Sluice sluice) {
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            shares(sluice, 2);
            return second(sluice).standing() == Standing.EJECTED;
        });
    }

    enum Fault {
        RESET((request, exchange) -> exchange.reset(), "broken off"),
        CLOSES((request, exchange) -> exchange.close(), "broken off"),
        HANGS((request, exchange) -> exchange.awaitAbort(), "no answer in time"),
        NONSENSE((request, exchange) -> exchange.raw("what?\r\n\r\n"), "bad answer"),
        STATUS((request, exchange) -> exchange.answer(500, "oops"), "status 500");

        private final OriginScript script;
        private final String reason;

        Fault(OriginScript script, String reason) {
            this.script = script;
            this.reason = reason;
        }
    }

    @ParameterizedTest
    @EnumSource
    void backendThatFailsIsLeftAloneAndComesBack(Fault fault) throws Exception {
        UpstreamConfig usual = UpstreamConfig.defaults();
        UpstreamConfig upstream = fault == Fault.HANGS ? quick(usual) : usual;
        var pool = both(ejection(Duration.ofSeconds(2), new StatusRange(500, 500)));
        try (Sluice sluice = proxy(pool).upstream(upstream).build().start()) {
            assertThat(shares(sluice, 10)).isEqualTo(Map.of("a", 5, "b", 5));
            b.otherwise(fault.script);
            ejected(sluice);
            assertThat(second(sluice).reason()).contains(fault.reason);
            b.otherwise(WELL_B);
            assertLeftAlone(sluice, 20);
            await().until(() -> second(sluice).standing() == Standing.USED);
            assertThat(shares(sluice, 10)).isEqualTo(Map.of("a", 5, "b", 5));
        }
    }

    /** Unless the time for which it is left alone ends while they are sent. */
    private static void assertLeftAlone(Sluice sluice, int requests) throws IOException {
        Map<String, Integer> meanwhile = shares(sluice, requests);
        if (second(sluice).standing() == Standing.EJECTED) assertThat(meanwhile).isEqualTo(Map.of("a", requests));
    }

    private static UpstreamConfig quick(UpstreamConfig usual) {
        return new UpstreamConfig(
                usual.connectTimeout(),
                Duration.ofMillis(1500),
                usual.idleTimeout(),
                usual.totalTimeout(),
                usual.keepAlive(),
                usual.maxConnections(),
                usual.maxQueued(),
                usual.queueTimeout(),
                usual.transport(),
                usual.tunnelIdleTimeout(),
                usual.streamIdleTimeout());
    }

    @Test
    void backendThatIsNotThereIsLeftAlone() throws Exception {
        try (Sluice sluice =
                proxy(both(ejection(Duration.ofSeconds(30)))).build().start()) {
            b.close();
            ejected(sluice);
            assertThat(second(sluice).reason()).contains("no connection");
            assertThat(shares(sluice, 20)).isEqualTo(Map.of("a", 20));
        }
    }

    @Test
    void reloadOfRetriesAndOfTheQueueLeavesItAloneAsBefore() throws Exception {
        PoolConfig pool = both(ejection(Duration.ofSeconds(30)));
        try (Sluice sluice = proxy(pool).build().start()) {
            b.otherwise(Fault.RESET.script);
            ejected(sluice);
            b.otherwise(WELL_B);
            long failed = second(sluice).failed();
            LimitsConfig limits = new LimitsConfig(0, 0, 0, 0, 7, Duration.ofSeconds(2), null);
            PoolConfig next = pool.withRetries(RetryConfig.off()).withLimits(limits);
            assertThat(sluice.reload(proxy(next).build().config())).isNotEmpty();
            assertThat(second(sluice).standing()).isEqualTo(Standing.EJECTED);
            assertThat(second(sluice).failed()).isEqualTo(failed);
            assertThat(shares(sluice, 10)).isEqualTo(Map.of("a", 10));
        }
    }

    @Test
    void backendThatWasLeftAloneWhenItsPoolHadOthersIsUsedAgainWhenNobodyCountsTheTime() throws Exception {
        PoolConfig pool = both(ejection(Duration.ofSeconds(30)));
        try (Sluice sluice = proxy(pool).build().start()) {
            b.otherwise(Fault.RESET.script);
            ejected(sluice);
            b.otherwise(WELL_B);
            PoolConfig alone = pool.withBackends(pool.backends().subList(1, 2));
            sluice.reload(proxy(alone).build().config());
            sluice.reload(proxy(pool).build().config());
            assertThat(shares(sluice, 10)).isEqualTo(Map.of("a", 5, "b", 5));
        }
    }

    @Test
    void whenBothFailBothAreTried() throws Exception {
        try (Sluice sluice =
                proxy(both(ejection(Duration.ofSeconds(30)))).build().start()) {
            b.otherwise(Fault.RESET.script);
            ejected(sluice);
            a.otherwise(Fault.RESET.script);
            shares(sluice, 20);
            assertThat(sluice.pools().get(0).backends().get(0).standing()).isEqualTo(Standing.USED);
            a.otherwise(WELL_A);
            assertThat(shares(sluice, 10)).isEqualTo(Map.of("a", 10));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void backendThatSaysItHasTooMuchToDoIsLeftAloneAsLongAsItSays(boolean date) throws Exception {
        try (Sluice sluice =
                proxy(both(ejection(Duration.ofSeconds(30)))).build().start()) {
            ZonedDateTime then = ZonedDateTime.now(ZoneOffset.UTC);
            List<Field> fields = new ArrayList<>();
            DateTimeFormatter form = DateTimeFormatter.RFC_1123_DATE_TIME;
            if (date) fields.add(new Field("Date", form.format(then)));
            fields.add(new Field("Retry-After", date ? form.format(then.plusSeconds(3)) : "3"));
            b.otherwise((request, exchange) -> exchange.answer(503, "busy", fields.toArray(Field[]::new)));
            shares(sluice, 2);
            await().until(() -> second(sluice).standing() == Standing.EJECTED);
            assertThat(second(sluice).reason()).contains("503");
            assertThat(second(sluice).left()).isLessThanOrEqualTo(Duration.ofSeconds(3));
            b.otherwise(WELL_B);
            assertLeftAlone(sluice, 10);
            await().until(() -> second(sluice).standing() == Standing.USED);
            assertThat(shares(sluice, 10)).isEqualTo(Map.of("a", 5, "b", 5));
        }
    }

    /** What asks it not to is for its clients: they may know somebody else to ask, the proxy does not. */
    @Test
    void backendThatSaysItHasTooMuchToDoIsAskedWhileThereIsNoOther() throws Exception {
        a.otherwise((request, exchange) -> exchange.answer(503, "busy", new Field("Retry-After", "30")));
        PoolConfig one = PoolConfig.of("one", List.of(BackendConfig.parse(a.url())));
        try (Sluice sluice = proxy(one).build().start();
                RawClient client = RawClient.plain(sluice.port("http"))) {
            var busy = client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").readResponse();
            assertThat(busy.status()).isEqualTo(503);
            assertThat(busy.values("Retry-After")).containsExactly("30");
            assertThat(sluice.pools().get(0).backends().get(0).standing()).isEqualTo(Standing.USED);
            a.otherwise(WELL_A);
            assertThat(shares(sluice, 5)).isEqualTo(Map.of("a", 5));
        }
    }

    @Test
    void lastBackendThatIsUsedIsAskedAlthoughItSaysItHasTooMuchToDo() throws Exception {
        try (Sluice sluice =
                proxy(both(ejection(Duration.ofSeconds(30)))).build().start()) {
            b.otherwise(Fault.RESET.script);
            ejected(sluice);
            a.otherwise((request, exchange) -> exchange.answer(503, "busy", new Field("Retry-After", "30")));
            assertThat(shares(sluice, 5)).isEqualTo(Map.of("503", 5));
            a.otherwise(WELL_A);
            assertThat(shares(sluice, 5)).isEqualTo(Map.of("a", 5));
        }
    }

    @Test
    void tooManyRequestsIsForTheClientAlone() throws Exception {
        try (Sluice sluice =
                proxy(both(ejection(Duration.ofSeconds(30)))).build().start()) {
            b.otherwise((request, exchange) -> exchange.answer(429, "slowly", new Field("Retry-After", "3")));
            assertThat(shares(sluice, 20)).isEqualTo(Map.of("429", 10, "a", 10));
        }
    }

    @Test
    void streamsDoNotCountAgainstAnAdaptiveLimit() throws Exception {
        PoolConfig pool = PoolConfig.of("one", List.of(BackendConfig.parse(a.url())))
                .withLimits(new LimitsConfig(0, 0, 0, 0, 0, Duration.ofSeconds(5), new LimitsConfig.Adaptive(1, 1, 1)));
        a.on("/stream", (request, exchange) -> {
            exchange.startChunked(200, new Field("Content-Type", "text/event-stream"));
            exchange.chunk("data: 1\n\n");
            exchange.awaitAbort();
        });
        try (Sluice sluice = proxy(pool)
                        .drainDeadline(Duration.ofMillis(100))
                        .build()
                        .start();
                RawClient one = RawClient.plain(sluice.port("http"));
                RawClient two = RawClient.plain(sluice.port("http"))) {
            for (RawClient client : List.of(one, two)) {
                client.send("GET /stream HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
                client.readHead();
            }
            assertThat(shares(sluice, 5)).isEqualTo(Map.of("a", 5));
            assertThat(sluice.pools().get(0).backends().get(0).outstanding()).isEqualTo(2);
            assertThat(sluice.pools().get(0).backends().get(0).limit()).isEqualTo(1);
        }
    }
}
