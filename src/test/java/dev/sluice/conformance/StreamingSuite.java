package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.OriginExchange.Phase;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Nothing waits for what comes later: pieces, interim answers, early answers, and the news that a peer is gone. */
abstract class StreamingSuite extends ConformanceSuite {
    StreamingSuite(ProxyVariant variant) {
        super(variant);
    }

    @ParameterizedTest
    @EnumSource
    void chunkArrivesBeforeTheNextIsSent(ClientProtocol protocol) throws IOException {
        Gate gate = new Gate();
        origin.on("/", (request, exchange) -> {
            exchange.startChunked(200, Field.of("Content-Type", "text/event-stream"));
            for (String event : List.of("data: 1\n\n", "data: 2\n\n", "data: 3\n\n")) {
                gate.pass();
                exchange.chunk(event);
            }
            exchange.endChunks();
        });
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.get("/"));
            assertThat(exchange.awaitHead().status()).isEqualTo(200);
            for (int i = 1; i <= 3; i++) {
                gate.open();
                assertThat(exchange.awaitBody(9)).asString().isEqualTo("data: " + i + "\n\n");
            }
            assertThat(exchange.finish().complete()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void pieceOfABodyWithLengthArrivesBeforeTheNextIsSent(ClientProtocol protocol) throws IOException {
        Gate gate = new Gate();
        origin.on("/", (request, exchange) -> {
            exchange.startLength(200, 6);
            exchange.content("one");
            gate.pass();
            exchange.content("two");
        });
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.get("/"));
            assertThat(exchange.awaitBody(3)).asString().isEqualTo("one");
            gate.open();
            assertThat(exchange.finish().text()).isEqualTo("onetwo");
        }
    }

    @ParameterizedTest
    @EnumSource
    void pieceOfAnUploadArrivesBeforeTheNextIsSent(ClientProtocol protocol) throws IOException {
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.upload("/", -1));
            exchange.write(bytes("one"));
            ReceivedRequest request = origin.awaitRequest("/");
            await().atMost(Gate.TIMEOUT).until(() -> request.bodySum().size() == 3);
            exchange.write(bytes("two"));
            await().atMost(Gate.TIMEOUT).until(() -> request.bodySum().size() == 6);
            exchange.end(List.of());
            assertThat(exchange.finish().echo().body().size()).isEqualTo(6);
        }
    }

    @ParameterizedTest
    @EnumSource
    void answerMayBeginWhileTheUploadRuns(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.startChunked(200);
            exchange.chunk("began");
            exchange.sumBody();
            exchange.chunk("ended");
            exchange.endChunks();
        });
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.upload("/", 6));
            exchange.write(bytes("one"));
            assertThat(exchange.awaitBody(5)).asString().isEqualTo("began");
            exchange.write(bytes("two"));
            exchange.end(List.of());
            assertThat(exchange.finish().text()).isEqualTo("beganended");
        }
        assertThat(origin.requests("/").get(0).bodySum().size()).isEqualTo(6);
    }

    @ParameterizedTest
    @EnumSource
    void finalAnswerReachesAClientThatIsStillUploading(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.answer(413, "too much", Field.of("Connection", "close"));
            exchange.halfClose();
        });
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.upload("/", 1_000_000));
            exchange.write(bytes("one"));
            TestResponse response = exchange.finish();
            assertThat(response.status()).isEqualTo(413);
            assertThat(response.text()).isEqualTo("too much");
        }
    }

    @ParameterizedTest
    @EnumSource
    void continueIsRelayed(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.interim(100);
            origin.echo(request, exchange);
        });
        assertUploadsWhenToldOnce(protocol, () -> {});
    }

    @ParameterizedTest
    @EnumSource
    void refusalInsteadOfContinueIsRelayedAndNothingInvented(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.answer(417, "no", Field.of("Connection", "close"));
            exchange.halfClose();
        });
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.upload("/", 3).field("expect", "100-continue"));
            TestResponse response = exchange.finish();
            assertThat(response.status()).isEqualTo(417);
            assertThat(response.interims()).isEmpty();
        }
        assertThat(origin.requests("/").get(0).values("expect")).containsExactly("100-continue");
        assertThat(origin.requests("/").get(0).body()).isEmpty();
    }

    /** An origin that knows nothing of 100-continue just reads; a client that will not wait just sends. */
    @ParameterizedTest
    @EnumSource
    void continueIsNotInvented(ClientProtocol protocol) throws IOException {
        try (TestClient client = protocol.connect(proxy())) {
            long opened = System.nanoTime();
            TestExchange exchange = client.open(TestRequest.upload("/", 3).field("expect", "100-continue"));
            origin.awaitRequest("/");
            exchange.write(bytes("abc"));
            boolean prompt = sentBeforeAnybodyWouldTellItTo(opened);
            exchange.end(List.of());
            TestResponse response = exchange.finish();
            assertThat(response.echo().body().size()).isEqualTo(3);
            if (prompt) assertThat(response.interims()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void interimArrivesBeforeTheFinalResponseIsSent(ClientProtocol protocol) throws IOException {
        Gate gate = new Gate();
        origin.on("/", (request, exchange) -> {
            exchange.interim(103, Field.of("Link", "</a.css>"));
            gate.pass();
            exchange.answer(200, "x");
        });
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.get("/"));
            assertThat(exchange.awaitInterim().status()).isEqualTo(103);
            gate.open();
            assertThat(exchange.finish().status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @EnumSource
    void clientGoneBeforeTheAnswerAbortsTheBackendRequest(ClientProtocol protocol) throws IOException {
        origin.on("/gone", (request, exchange) -> exchange.awaitAbort());
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.get("/gone"));
            origin.awaitRequest("/gone");
            exchange.abort();
            assertThat(origin.awaitAborted("/gone").phase()).isEqualTo(Phase.WAITING);
        }
    }

    @ParameterizedTest
    @EnumSource
    void clientThatClosesBeforeTheAnswerAbortsTheBackendRequest(ClientProtocol protocol) throws IOException {
        origin.on("/closed", (request, exchange) -> exchange.awaitAbort());
        try (TestClient client = protocol.connect(proxy())) {
            client.open(TestRequest.get("/closed"));
            origin.awaitRequest("/closed");
        }
        assertThat(origin.awaitAborted("/closed").phase()).isEqualTo(Phase.WAITING);
    }

    @ParameterizedTest
    @EnumSource
    void clientGoneAfterItsUploadAbortsTheBackendRequest(ClientProtocol protocol) throws IOException {
        origin.on("/sent", (request, exchange) -> {
            exchange.sumBody();
            exchange.awaitAbort();
        });
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.post("/sent", "all of it"));
            ReceivedRequest request = origin.awaitRequest("/sent");
            await().atMost(Gate.TIMEOUT).until(request::complete);
            exchange.abort();
            assertThat(origin.awaitAborted("/sent").phase()).isEqualTo(Phase.WAITING);
        }
    }

    @ParameterizedTest
    @EnumSource
    void clientGoneInTheMiddleOfAnAnswerAbortsTheBackendRequest(ClientProtocol protocol) throws IOException {
        origin.on("/stream", (request, exchange) -> {
            exchange.startChunked(200);
            exchange.chunk("first");
            exchange.awaitAbort();
        });
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.get("/stream"));
            exchange.awaitBody(5);
            exchange.abort();
            assertThat(origin.awaitAborted("/stream").phase()).isEqualTo(Phase.STREAMING);
        }
    }

    @ParameterizedTest
    @EnumSource
    void clientGoneInTheMiddleOfAnUploadAbortsTheBackendRequest(ClientProtocol protocol) throws IOException {
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.upload("/upload", 1000));
            exchange.write(bytes("part"));
            ReceivedRequest request = origin.awaitRequest("/upload");
            await().atMost(Gate.TIMEOUT).until(() -> request.bodySum().size() == 4);
            exchange.abort();
            assertThat(origin.awaitAborted("/upload").phase()).isEqualTo(Phase.READING);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "H2C"})
    void streamThatIsResetLeavesTheOthersAlone(ClientProtocol protocol) throws IOException {
        Gate gate = new Gate();
        origin.on("/reset", (request, exchange) -> exchange.awaitAbort());
        origin.on("/stays", (request, exchange) -> {
            gate.pass();
            exchange.answer(200, "stays");
        });
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange reset = client.open(TestRequest.get("/reset"));
            TestExchange stays = client.open(TestRequest.get("/stays"));
            origin.awaitRequest("/reset");
            origin.awaitRequest("/stays");
            reset.abort();
            origin.awaitAborted("/reset");
            gate.open();
            assertThat(stays.finish().text()).isEqualTo("stays");
        }
    }
}
