package dev.sluice.conformance;

import static dev.sluice.conformance.FailuresSuite.assertFailure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.UpstreamConfig;
import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One connection to the backend and one place in the queue for it. */
@Once
abstract class QueueSuite extends ConformanceSuite {
    private static final UpstreamConfig NARROW = new UpstreamConfig(
            Duration.ofSeconds(5),
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            null,
            Duration.ofSeconds(50),
            1,
            1,
            Duration.ofSeconds(4));

    QueueSuite(ProxyVariant variant) {
        super(variant);
    }

    @Override
    ProxySetup setup() {
        return ProxySetup.to(origin.url()).upstream(NARROW);
    }

    private void holdAt(String path, Gate gate) {
        origin.on(path, (request, exchange) -> {
            exchange.startChunked(200);
            exchange.chunk("held");
            gate.pass();
            exchange.endChunks();
        });
    }

    @ParameterizedTest
    @EnumSource
    void requestBeyondTheQueueIsToldToComeAgain(ClientProtocol protocol) throws Exception {
        Gate gate = new Gate();
        holdAt("/held", gate);
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange held = client.open(TestRequest.get("/held"));
            held.awaitBody(4);
            List<CompletableFuture<TestResponse>> others = Stream.of("/a", "/b", "/c")
                    .map(path -> CompletableFuture.supplyAsync(() -> sendUnchecked(protocol, path)))
                    .toList();
            await().atMost(Gate.TIMEOUT)
                    .until(() ->
                            others.stream().filter(CompletableFuture::isDone).count() == 2);
            gate.open();
            assertThat(held.finish().complete()).isTrue();
            List<TestResponse> answers =
                    others.stream().map(CompletableFuture::join).toList();
            assertThat(answers).extracting(TestResponse::status).containsExactlyInAnyOrder(200, 503, 503);
            for (TestResponse answer : answers) {
                if (answer.status() == 503) assertToldToComeAgain(answer);
            }
        }
    }

    /** Over two protocols only, because it takes its time. */
    @ParameterizedTest
    @EnumSource(names = {"TLS", "H2C"})
    void requestThatWaitedTooLongIsToldToComeAgain(ClientProtocol protocol) throws IOException {
        Gate gate = new Gate();
        holdAt("/held", gate);
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange held = client.open(TestRequest.get("/held"));
            held.awaitBody(4);
            assertToldToComeAgain(send(protocol, TestRequest.get("/late")));
            gate.open();
            assertThat(held.finish().complete()).isTrue();
        }
        assertThat(origin.requests("/late")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void clientThatLeavesTheQueueMakesRoom(ClientProtocol protocol) throws IOException {
        Gate gate = new Gate();
        holdAt("/held", gate);
        try (TestClient client = protocol.connect(proxy());
                TestClient leaving = protocol.connect(proxy())) {
            TestExchange held = client.open(TestRequest.get("/held"));
            held.awaitBody(4);
            leaving.open(TestRequest.get("/leaves")).abort();
            gate.open();
            assertThat(held.finish().complete()).isTrue();
            assertThat(send(protocol, TestRequest.get("/next")).status()).isEqualTo(200);
        }
    }

    private void assertToldToComeAgain(TestResponse response) {
        assertFailure(response, 503, origin);
        assertThat(response.values("retry-after")).singleElement().asString().matches("[1-9]\\d*");
    }

    private TestResponse sendUnchecked(ClientProtocol protocol, String path) {
        try {
            return send(protocol, TestRequest.get(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
