package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.ConfigReader;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.ServerConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.routing.RouteTable;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.LoggedLines;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.balance.RoundRobin;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.core.ConditionFactory;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Requests that are sent to a second pool as well. Whatever becomes of those, their clients do not notice. */
@Timeout(60)
@Once
class MirrorTest {
    private static final Duration LONG = Duration.ofSeconds(10);
    /** To each backend; what comes beyond waits in the transport. */
    private static final int CONNECTIONS = 4;

    private static final String ROUTES = """
            pools:
              shadow: { backends: [ "%2$s" ] }
              few: { backends: [ "%2$s" ], limits: { backendRequests: 1 } }
              down: { backends: [ "http://127.0.0.1:1" ] }
            routes:
              - { path: /half, to: "%1$s", mirror: { pool: shadow, share: 50%% } }
              - { path: /few, to: "%1$s", mirror: { pool: few } }
              - { path: /down, to: "%1$s", mirror: { pool: down } }
              - { path: /slow, to: "%1$s", mirror: { pool: shadow }, timeouts: { firstByte: 1500ms } }
              - { path: /endless, to: "%1$s", mirror: { pool: shadow }, timeouts: { total: 1500ms } }
              - path: /v1
                to: "%1$s"
                mirror: { pool: shadow, share: 100%% }
                request: { stripPrefix: /v1, addPrefix: /v2, headers: { set: { X-Said: "{method}" } } }
              - { to: "%1$s", mirror: { pool: shadow } }
            """;

    private static final FaultyOrigin REAL = FaultyOrigin.start("real");
    private static final FaultyOrigin SHADOW = FaultyOrigin.start("shadow");
    private static final Map<UpstreamConfig.Transport, ProxyRig> RIGS = new EnumMap<>(UpstreamConfig.Transport.class);

    private final Gate gate = new Gate();

    @BeforeAll
    static void startProxies() throws Exception {
        for (UpstreamConfig.Transport transport : UpstreamConfig.Transport.values())
            RIGS.put(transport, start(transport));
    }

    private static ProxyRig start(UpstreamConfig.Transport transport) throws Exception {
        UpstreamConfig upstream = ProxyRig.upstream(transport, CONNECTIONS, LONG, LONG);
        return new ProxyRig(routes(ROUTES), upstream, LONG, RoundRobin::new);
    }

    private static List<RouteConfig> routes(String yaml) throws Exception {
        String text = yaml.formatted(REAL.url(), SHADOW.url());
        return ConfigReader.parse("mirror.yaml", text, Path.of(""), Map.of()).routes();
    }

    @AfterAll
    static void stopAll() throws Exception {
        for (ProxyRig rig : RIGS.values()) rig.close();
        REAL.close();
        SHADOW.close();
    }

    @AfterEach
    void nothingIsLeft() {
        gate.open(1_000);
        for (ProxyRig rig : RIGS.values()) {
            soon().untilAsserted(() -> assertThat(rig.proxy.copies()).isZero());
            soon().untilAsserted(() -> assertThat(rig.outstanding()).isZero());
        }
        REAL.forget();
        SHADOW.forget();
    }

    private static ConditionFactory soon() {
        return await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2));
    }

    private static ProxyRig rig(UpstreamConfig.Transport transport) {
        return Objects.requireNonNull(RIGS.get(transport));
    }

    private static Mirror.Counts counts(ProxyRig rig, String route) {
        return Objects.requireNonNull(rig.proxy.mirrored().get(route));
    }

    private static void get(RawClient client, String target) throws IOException {
        var response =
                client.send("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.echo().origin()).isEqualTo("real");
    }

    private static void post(RawClient client, String target, String body) throws IOException {
        var response = client.send("POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length()
                        + "\r\n\r\n" + body)
                .readResponse();
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.echo().body().size()).isEqualTo(body.length());
    }

    private void freezeShadow() {
        SHADOW.otherwise((request, exchange) -> {
            gate.pass();
            exchange.readBody();
            exchange.answer(200, "late");
        });
    }

    // What is sent

    @ParameterizedTest
    @EnumSource
    void copyIsWhatTheBackendGot(UpstreamConfig.Transport transport) throws Exception {
        try (RawClient client = RawClient.plain(rig(transport).port())) {
            get(client, "/v1/a%2Fb?q=%20x");
            post(client, "/v1/post", "some bytes");
            client.send("PUT /v1/chunks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\n\r\n"
                            + "3\r\nabc\r\n5\r\ndefgh\r\n0\r\nX-Sum: 8\r\n\r\n")
                    .readResponse();
        }
        try (RawClient client = RawClient.plain(rig(transport).port())) {
            client.send("POST /v1/asks HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nsent")
                    .readResponse();
        }
        // All of it is there: nobody would wait for the word.
        assertThat(SHADOW.awaitRequest("/v2/asks").headText()).doesNotContain("Expect");
        for (String path : List.of("/v2/a%2Fb", "/v2/post", "/v2/chunks")) {
            ReceivedRequest copy = SHADOW.awaitRequest(path);
            ReceivedRequest original = REAL.awaitRequest(path);
            SHADOW.awaitFinished(copy);
            assertThat(copy.headText()).isEqualTo(original.headText()).contains("X-Said: ");
            assertThat(copy.body()).isEqualTo(original.body());
            assertThat(copy.trailers()).isEqualTo(original.trailers());
        }
        assertThat(SHADOW.awaitRequest("/v2/a%2Fb").target()).isEqualTo("/v2/a%2Fb?q=%20x");
        assertThat(SHADOW.awaitRequest("/v2/post").body()).asString().isEqualTo("some bytes");
        assertThat(SHADOW.awaitRequest("/v2/chunks").trailers()).containsExactly(Field.of("X-Sum", "8"));
    }

    @ParameterizedTest
    @EnumSource
    void shareOfTheRequestsIsCopied(UpstreamConfig.Transport transport) throws Exception {
        try (RawClient client = RawClient.plain(rig(transport).port())) {
            for (int i = 0; i < 400; i++) get(client, "/half");
        }
        soon().until(() -> rig(transport).proxy.copies() == 0);
        // Eight standard deviations either way.
        assertThat(SHADOW.requests("/half")).hasSizeBetween(120, 280);
        soon().untilAsserted(() -> assertThat(counts(rig(transport), "/half").answered())
                .isEqualTo(SHADOW.requests("/half").size()));
    }

    @ParameterizedTest
    @EnumSource
    void bodyThatIsTooLongIsNotCopied(UpstreamConfig.Transport transport) throws Exception {
        Mirror.Counts before = counts(rig(transport), "default");
        String most = "x".repeat(Mirror.MOST_BODY);
        try (RawClient client = RawClient.plain(rig(transport).port())) {
            post(client, "/most", most);
            post(client, "/more", most + "y");
            String chunks = Integer.toHexString(most.length()) + "\r\n" + most + "\r\n1\r\ny\r\n0\r\n\r\n";
            var response = client.send("POST /more HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
                    .readResponse();
            assertThat(response.echo().body().size()).isEqualTo(most.length() + 1);
        }
        soon().until(() -> rig(transport).proxy.copies() == 0);
        assertThat(SHADOW.requests("/more")).isEmpty();
        assertThat(SHADOW.requests("/most")).hasSize(1);
        assertThat(SHADOW.requests("/most").get(0).bodySum())
                .isEqualTo(REAL.requests("/most").get(0).bodySum());
        soon().untilAsserted(() ->
                assertThat(counts(rig(transport), "default").leftOut()).isEqualTo(before.leftOut() + 2));
    }

    @ParameterizedTest
    @EnumSource
    void callsAndWhatAsksForAnotherProtocolAreNotCopied(UpstreamConfig.Transport transport) throws Exception {
        try (RawClient client = RawClient.plain(rig(transport).port())) {
            client.send("POST /call HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\n"
                            + "Content-Length: 2\r\n\r\nhi")
                    .readResponse();
            client.send("GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
                    .readResponse();
        }
        try (RawClient client = RawClient.plain(rig(transport).port())) {
            get(client, "/last");
        }
        SHADOW.awaitRequest("/last");
        assertThat(SHADOW.requests()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void requestThatNeverCameWholeIsNotCopied(UpstreamConfig.Transport transport) throws Exception {
        long before = counts(rig(transport), "default").leftOut();
        try (RawClient client = RawClient.plain(rig(transport).port())) {
            client.send("POST /half-way HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
            REAL.awaitRequest("/half-way");
            assertThat(rig(transport).proxy.copies()).isEqualTo(1);
        }
        soon().until(() -> rig(transport).proxy.copies() == 0);
        soon().untilAsserted(() ->
                assertThat(counts(rig(transport), "default").leftOut()).isEqualTo(before + 1));
        assertThat(SHADOW.requests()).isEmpty();
    }

    // What does not matter

    @ParameterizedTest
    @EnumSource
    void answersDoNotWaitForAShadowThatNeverAnswers(UpstreamConfig.Transport transport) throws Exception {
        freezeShadow();
        try (RawClient client = RawClient.plain(rig(transport).port())) {
            get(client, "/a");
            post(client, "/b", "hi");
            get(client, "/c");
        }
        SHADOW.awaitRequest("/c");
        assertThat(rig(transport).proxy.copies()).isEqualTo(3);
        soon().until(() -> rig(transport).outstanding() == 3);
        soon().until(() -> rig(transport).proxy.exchanges() == 0);
    }

    /** The server uses the objects of a connection's requests, and its buffers, for the next one. */
    @ParameterizedTest
    @EnumSource
    void copyThatWaitsIsStillThatOfItsRequestWhenItsClientHasGoneOn(UpstreamConfig.Transport transport)
            throws Exception {
        freezeShadow();
        int copies = 5 * CONNECTIONS;
        try (RawClient client = RawClient.plain(rig(transport).port())) {
            for (int i = 0; i < copies; i++) post(client, "/n/" + i, (char) ('a' + i) + "-body ".repeat(1_000 + i));
        }
        soon().until(() -> rig(transport).proxy.exchanges() == 0);
        assertThat(SHADOW.requests()).hasSizeLessThanOrEqualTo(CONNECTIONS);
        gate.open(copies);
        for (int i = 0; i < copies; i++) {
            ReceivedRequest copy = SHADOW.awaitRequest("/n/" + i);
            SHADOW.awaitFinished(copy);
            assertThat(copy.body()).asString().isEqualTo((char) ('a' + i) + "-body ".repeat(1_000 + i));
            assertThat(copy.headText()).isEqualTo(REAL.awaitRequest("/n/" + i).headText());
        }
    }

    @ParameterizedTest
    @EnumSource
    void shadowThatIsDownIsToldOfOnce(UpstreamConfig.Transport transport) throws Exception {
        try (LoggedLines log = new LoggedLines(Mirror.class.getName());
                RawClient client = RawClient.plain(rig(transport).port())) {
            for (int i = 0; i < 3; i++) get(client, "/down");
            soon().until(() -> counts(rig(transport), "/down").failed() == 3);
            // It is counted first.
            soon().untilAsserted(() -> assertThat(log.all())
                    .singleElement()
                    .asString()
                    .startsWith("WARN route /down: mirroring to pool down fails"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void longAnswerToACopyIsBrokenOff(UpstreamConfig.Transport transport) throws Exception {
        long before = counts(rig(transport), "default").answered();
        SHADOW.on("/huge", (request, exchange) -> {
            exchange.startLength(200, 1L << 30);
            exchange.generate(1L << 30);
        });
        try (RawClient client = RawClient.plain(rig(transport).port())) {
            get(client, "/huge");
            SHADOW.awaitAborted("/huge");
            soon().until(() -> counts(rig(transport), "default").answered() == before + 1);
        }
    }

    // Bounds

    @ParameterizedTest
    @EnumSource
    void copiesForWhichThePoolHasNoRoomAreLeftOut(UpstreamConfig.Transport transport) throws Exception {
        freezeShadow();
        try (RawClient client = RawClient.plain(rig(transport).port())) {
            for (int i = 0; i < 3; i++) get(client, "/few");
        }
        soon().untilAsserted(() ->
                assertThat(counts(rig(transport), "/few").leftOut()).isEqualTo(2));
        SHADOW.awaitRequest("/few");
        assertThat(SHADOW.requests()).hasSize(1);
    }

    @Test
    void noMoreThanAThousandAreUnderWay() {
        Mirrors mirrors = new Mirrors(new ScheduledExecutorScheduler(), Runnable::run);
        for (int i = 0; i < Mirrors.MOST; i++) assertThat(mirrors.enter()).isTrue();
        assertThat(mirrors.enter()).isFalse();
        mirrors.leave();
        assertThat(mirrors.enter()).isTrue();
        assertThat(mirrors.underWay()).isEqualTo(Mirrors.MOST);
    }

    @ParameterizedTest
    @EnumSource
    void copyWithoutAnAnswerInTimeHasFailed(UpstreamConfig.Transport transport) throws Exception {
        freezeShadow();
        try (RawClient client = RawClient.plain(rig(transport).port())) {
            get(client, "/slow");
        }
        soon().until(() -> counts(rig(transport), "/slow").failed() == 1);
        assertThat(rig(transport).backends()).anyMatch(b -> b.origin().equals(SHADOW.url()) && b.failed() == 1);
    }

    @ParameterizedTest
    @EnumSource
    void answerThatDoesNotEndIsBrokenOffAndNoFault(UpstreamConfig.Transport transport) throws Exception {
        SHADOW.otherwise((request, exchange) -> {
            exchange.startChunked(200);
            exchange.chunk("some");
            gate.pass();
        });
        try (RawClient client = RawClient.plain(rig(transport).port())) {
            get(client, "/endless");
        }
        soon().until(() -> counts(rig(transport), "/endless").answered() == 1);
        assertThat(counts(rig(transport), "/endless").failed()).isZero();
    }

    // Ends

    @ParameterizedTest
    @EnumSource
    void copyIsNotSentToAPoolThatHasLeft(UpstreamConfig.Transport transport) throws Exception {
        ProxyRig rig = rig(transport);
        List<RouteConfig> without = routes("routes: [ { to: \"%s\" } ]");
        List<Pool> pools =
                Pool.all(without.stream().flatMap(r -> r.pools().stream()).toList(), balance -> RoundRobin::new);
        var limits = new ServerConfig(200, 1000, 128, LONG, 16_384, 32_768, false, 128, 256);
        var options = ProxyOptions.of(UpstreamConfig.defaults(), List.of(), limits);
        try (RawClient client = RawClient.plain(rig.port())) {
            client.send("POST /across HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nha");
            REAL.awaitRequest("/across");
            rig.proxy
                    .successor(RouteTable.of(without), without, pools, pool -> rig.transport, options)
                    .inUse();
            assertThat(client.send("lf").readResponse().status()).isEqualTo(200);
            soon().until(() -> rig.proxy.copies() == 0);
        } finally {
            rig.proxy.inUse();
        }
        assertThat(SHADOW.requests()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void stopDoesNotWaitForCopies(UpstreamConfig.Transport transport) throws Exception {
        freezeShadow();
        try (LoggedLines log = new LoggedLines(Mirror.class.getName())) {
            ProxyRig rig = start(transport);
            try (RawClient client = RawClient.plain(rig.port())) {
                get(client, "/stop");
                SHADOW.awaitRequest("/stop");
            }
            rig.close();
            soon().until(() -> rig.proxy.copies() == 0);
            assertThat(rig.outstanding()).isZero();
            assertThat(log.all()).isEmpty();
        }
    }
}
