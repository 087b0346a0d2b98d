package dev.sluice.proxy;

import static dev.sluice.proxy.ProbedBackend.SHORT;
import static dev.sluice.proxy.ProbedBackend.http;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.HealthConfig.Grpc;
import dev.sluice.config.HealthConfig.Http;
import dev.sluice.config.HealthConfig.StatusRange;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.GrpcPeer;
import dev.sluice.testkit.H2Origin;
import dev.sluice.testkit.Once;
import dev.sluice.upstream.health.Probe.Finding;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.api.Session;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Checks of backends that speak HTTP/2 without TLS, gRPC among them. */
@Timeout(60)
@Once
class HealthProbeHttp2Test {
    private static final String METHOD = "/grpc.health.v1.Health/Check";
    private static final Field GRPC = Field.of("content-type", "application/grpc");

    private final ProbedBackend probed = new ProbedBackend();
    private final H2Origin origin = H2Origin.start();

    @BeforeEach
    void start() throws Exception {
        probed.start();
    }

    @AfterEach
    void stop() throws Exception {
        await().until(() -> origin.sessions().stream().allMatch(Session::isClosed));
        probed.close();
        origin.close();
        ProbedBackend.awaitNoThreads();
    }

    // Plain requests

    @Test
    void requestIsMadeWithPriorKnowledgeOnAConnectionOfItsOwn() throws Exception {
        Http check = new Http("/well?x=1", List.of(new StatusRange(200, 200)), null, "app.test", Map.of("X-Key", "1"));
        probed.passes(origin.url(), check);
        probed.passes(origin.url(), http("/well"));
        await().until(() ->
                origin.sessions().size() == 2 && origin.sessions().stream().allMatch(Session::isClosed));
        H2Origin.Exchange seen = origin.seen().get(0);
        assertThat(seen.request().getMethod()).isEqualTo("GET");
        assertThat(seen.path()).isEqualTo("/well?x=1");
        assertThat(seen.request().getHttpURI().getAuthority()).isEqualTo("app.test");
        HttpFields fields = seen.request().getHttpFields();
        assertThat(fields.getFieldNamesCollection().stream().map(String::toLowerCase))
                .containsExactlyInAnyOrder("user-agent", "x-key");
        assertThat("h2c://" + origin.seen().get(1).request().getHttpURI().getAuthority())
                .isEqualTo(origin.url());
    }

    @Test
    void statusAndBodyCount() throws Exception {
        origin.on("/no", exchange -> {
            exchange.answer(503, "");
            return new H2Origin.Rest();
        });
        origin.on("/text", exchange -> {
            exchange.answer(200, "all systems go");
            return new H2Origin.Rest();
        });
        probed.fails(origin.url(), http("/no"), "status 503 (expected 200-299)");
        probed.passes(origin.url(), http("/text", "systems"));
        probed.fails(origin.url(), http("/text", "out"), "body without \"out\"");
    }

    @Test
    void restOfALargeBodyIsReset() throws Exception {
        H2Origin.Rest rest = new H2Origin.Rest();
        origin.on("/", exchange -> {
            exchange.answer(200, "x".repeat(1 << 20));
            return rest;
        });
        probed.passes(origin.url(), http("/"));
    }

    @Test
    void resetSilenceAndAnotherProtocolAreFailures() throws Exception {
        origin.on("/reset", exchange -> {
            exchange.reset(ErrorCode.INTERNAL_ERROR);
            return new H2Origin.Rest();
        });
        origin.on("/half", exchange -> {
            exchange.head(200, false);
            return new H2Origin.Rest();
        });
        origin.on("/silent", exchange -> new H2Origin.Rest());
        assertThat(probed.ask(origin.url(), http("/reset")).passed()).isFalse();
        probed.failsWithin(SHORT, origin.url(), http("/silent"), "no answer within 1200ms");
        probed.failsWithin(SHORT, origin.url(), http("/half"), "answer not complete within 1200ms");
        try (FaultyOrigin other = FaultyOrigin.start()) {
            other.otherwise((request, exchange) -> exchange.answer(400, "what?"));
            Finding found = probed.ask("h2c://127.0.0.1:" + other.port(), http("/"));
            assertThat(found.passed()).isFalse();
            assertThat(found.reason()).isNotBlank().hasSizeLessThan(200);
            await().until(() -> other.openConnections() == 0);
        }
    }

    // gRPC, against the health service of grpc-java

    @Test
    void servicesOfARealServerAreWhatItSaysTheyAre() throws Exception {
        HealthStatusManager health = new HealthStatusManager();
        health.setStatus("shop.Orders", ServingStatus.SERVING);
        health.setStatus("shop.Bills", ServingStatus.NOT_SERVING);
        health.setStatus("shop.Odd", ServingStatus.UNKNOWN);
        health.setStatus("s".repeat(300), ServingStatus.SERVING);
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .addService(health.getHealthService())
                .build()
                .start();
        String url = "h2c://127.0.0.1:" + server.getPort();
        try {
            probed.passes(url, new Grpc(""));
            probed.passes(url, new Grpc("shop.Orders"));
            probed.passes(url, new Grpc("s".repeat(300)));
            probed.passes("http" + url.substring(3), new Grpc("shop.Orders"));
            probed.fails(url, new Grpc("shop.Bills"), "NOT_SERVING");
            probed.fails(url, new Grpc("shop.Odd"), "UNKNOWN");
            probed.fails(url, new Grpc("shop.None"), "NOT_FOUND: the health service does not know \"shop.None\"");
            health.enterTerminalState();
            probed.fails(url, new Grpc("shop.Orders"), "NOT_SERVING");
        } finally {
            server.shutdownNow();
            server.awaitTermination();
        }
        probed.fails(url, new Grpc("shop.Orders"), "connection refused");
    }

    @Test
    void serverWithoutAHealthServiceFails() throws Exception {
        try (GrpcPeer peer = GrpcPeer.start("test.Echo")) {
            probed.fails(peer.url(), new Grpc(""), "UNIMPLEMENTED: no health service");
        }
    }

    // gRPC, byte by byte

    @Test
    void callIsOneThatEveryServerUnderstands() throws Exception {
        H2Origin.Rest rest = new H2Origin.Rest();
        origin.on(METHOD, exchange -> rest);
        probed.failsWithin(SHORT, origin.url(), new Grpc("ab"), "no answer within 1200ms");
        HttpFields fields = origin.await(METHOD, 1).get(0).request().getHttpFields();
        assertThat(origin.seen().get(0).request().getMethod()).isEqualTo("POST");
        assertThat(fields.get("content-type")).isEqualTo("application/grpc");
        assertThat(fields.get("te")).isEqualTo("trailers");
        assertThat(fields.get("grpc-timeout")).isEqualTo("1200m");
        assertThat(fields.get("user-agent")).isEqualTo("sluice-health");
        rest.awaitBody(9);
        assertThat(rest.body()).isEqualTo("\0\0\0\0\4\12\2ab");
        assertThat(GrpcHealth.question("")).containsExactly(0, 0, 0, 0, 0);
    }

    private void grpc(String body, Field... trailers) {
        origin.on(METHOD, exchange -> new H2Origin.Rest() {
            @Override
            public void ended(org.eclipse.jetty.http2.api.Stream stream) {
                exchange.head(200, false, GRPC);
                exchange.data(body, false);
                exchange.trailers(trailers);
            }
        });
    }

    @Test
    void answerMustBeWholeAndOfTheRightKind() throws Exception {
        Field ok = Field.of("grpc-status", "0");
        grpc("\0\0\0\0\2\10\1", ok);
        probed.passes(origin.url(), new Grpc(""));
        grpc("\0\0\0\0\6\22\2xy\10\1", ok);
        probed.passes(origin.url(), new Grpc(""));
        grpc("\0\0\0\0\2\10\3", ok);
        probed.fails(origin.url(), new Grpc(""), "SERVICE_UNKNOWN");
        grpc("\0\0\0\0\2\10\11", ok);
        probed.fails(origin.url(), new Grpc(""), "status 9");
        grpc("\0\0\0\0\2\10", ok);
        probed.fails(origin.url(), new Grpc(""), "bad answer: no message of the health service");
        grpc("\0\0\0\0\2\10\1", Field.of("x", "y"));
        probed.fails(origin.url(), new Grpc(""), "bad answer: no grpc-status");
        grpc("\0\0\0\0\2\10\1", Field.of("grpc-status", "14"), Field.of("grpc-message", "warming up"));
        probed.fails(origin.url(), new Grpc(""), "UNAVAILABLE: warming up");
        grpc("x".repeat(70_000), ok);
        probed.fails(origin.url(), new Grpc(""), "bad answer: longer than 64 KiB");
    }

    @Test
    void answerOfAServerThatIsNoGrpcSaysSo() throws Exception {
        origin.on(METHOD, exchange -> {
            exchange.answer(200, "hello", Field.of("content-type", "text/html"));
            return new H2Origin.Rest();
        });
        probed.fails(origin.url(), new Grpc(""), "no gRPC: content-type text/html");
        origin.on(METHOD, exchange -> {
            exchange.answer(404, "");
            return new H2Origin.Rest();
        });
        probed.fails(origin.url(), new Grpc(""), "status 404 (expected 200)");
        origin.on(METHOD, exchange -> {
            exchange.head(200, true, GRPC, Field.of("grpc-status", "16"));
            return new H2Origin.Rest();
        });
        probed.fails(origin.url(), new Grpc(""), "UNAUTHENTICATED");
    }

    @Test
    void messageOfRandomBytesIsNeverMoreThanAnError() {
        var random = new java.util.Random(1);
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = new byte[5 + random.nextInt(12)];
            random.nextBytes(bytes);
            bytes[0] = 0;
            ByteBuffer.wrap(bytes).putInt(1, bytes.length - 5);
            String status = GrpcHealth.status(ByteBuffer.wrap(bytes));
            assertThat(status == null || !status.isEmpty()).isTrue();
        }
    }
}
