package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.EchoReport;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.TestHead;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How bodies are framed on either side, and that a broken one is never passed off as whole. */
abstract class BodiesSuite extends ConformanceSuite {
    BodiesSuite(ProxyVariant variant) {
        super(variant);
    }

    @ParameterizedTest
    @EnumSource
    void headHasTheLengthAndNoBody(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> exchange.startLength(200, 1234, Field.of("ETag", "\"e\"")));
        TestResponse response = send(protocol, TestRequest.of("HEAD", "/"));
        assertThat(response.values("content-length")).containsExactly("1234");
        assertThat(response.field("etag")).isEqualTo("\"e\"");
        assertThat(response.body()).isEmpty();
        assertThat(response.complete()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP11", "TLS"})
    void connectionGoesOnAfterResponsesWithoutBody(ClientProtocol protocol) throws IOException {
        origin.on("/head", (request, exchange) -> exchange.startChunked(200));
        origin.on("/204", (request, exchange) -> exchange.start(204));
        origin.on("/304", (request, exchange) -> exchange.startLength(304, 77));
        try (var client = protocol.connect(proxy())) {
            assertThat(client.send(TestRequest.of("HEAD", "/head")).status()).isEqualTo(200);
            assertThat(client.send(TestRequest.get("/204")).status()).isEqualTo(204);
            assertThat(client.send(TestRequest.get("/304")).status()).isEqualTo(304);
            assertThat(client.send(TestRequest.get("/")).status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @EnumSource
    void noContentHasNeitherLengthNorCoding(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> exchange.start(204));
        TestResponse response = send(protocol, TestRequest.get("/"));
        assertThat(response.status()).isEqualTo(204);
        assertThat(names(response.fields())).doesNotContain("content-length", "transfer-encoding");
        assertThat(response.complete()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void notModifiedKeepsItsFields(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> exchange.start(304, Field.of("ETag", "\"e\"")));
        TestResponse response = send(protocol, TestRequest.get("/").field("if-none-match", "\"e\""));
        assertThat(response.status()).isEqualTo(304);
        assertThat(response.field("etag")).isEqualTo("\"e\"");
        assertThat(response.body()).isEmpty();
        assertThat(response.complete()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void emptyBodyIsComplete(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> exchange.answer(200, ""));
        TestResponse response = send(protocol, TestRequest.get("/"));
        assertThat(response.values("content-length")).containsExactly("0");
        assertThat(response.complete()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void errorStatusAndBodyOfTheOriginPass(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> exchange.answer(503, "mine", Field.of("Retry-After", "7")));
        TestResponse response = send(protocol, TestRequest.get("/"));
        assertThat(response.status()).isEqualTo(503);
        assertThat(response.text()).isEqualTo("mine");
        assertThat(response.values("retry-after")).containsExactly("7");
    }

    @Test
    void http10ClientIsNeverSentChunks() throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.startChunked(200);
            exchange.chunk("one");
            exchange.chunk("two");
            exchange.endChunks();
        });
        TestResponse response = raw("GET", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        assertThat(names(response.fields())).doesNotContain("transfer-encoding");
        assertThat(response.text()).isEqualTo("onetwo");
        assertThat(response.complete()).isTrue();
    }

    @Test
    void http10ClientSeesABrokenBodyAsReset() throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.startChunked(200);
            exchange.chunk("part");
            exchange.close();
        });
        TestResponse response = raw("GET", "GET / HTTP/1.0\r\n\r\n");
        assertThat(response.complete()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void bodyThatEndsWithItsConnectionIsWhole(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.startUntilClose(200);
            exchange.content("until the end");
        });
        TestResponse response = send(protocol, TestRequest.get("/"));
        assertThat(response.text()).isEqualTo("until the end");
        assertThat(response.complete()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void http10OriginIsUnderstood(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> exchange.answerHttp10(200, "old"));
        TestResponse response = send(protocol, TestRequest.get("/"));
        assertThat(response.text()).isEqualTo("old");
        assertThat(response.complete()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void requestBodyOfUnknownLengthArrivesWhole(ClientProtocol protocol) throws IOException {
        EchoReport echo = echo(protocol, TestRequest.post("/", "no length").unsized());
        assertThat(echo.body().size()).isEqualTo(9);
        assertThat(names(echo.fields())).contains("transfer-encoding").doesNotContain("content-length");
        assertThat(origin.requests().get(0).body()).asString().isEqualTo("no length");
    }

    @ParameterizedTest
    @EnumSource
    void getWithABodyIsPassedOnWithIt(ClientProtocol protocol) throws IOException {
        EchoReport echo = echo(protocol, TestRequest.of("GET", "/").body(bytes("query")));
        assertThat(echo.body().size()).isEqualTo(5);
    }

    @ParameterizedTest
    @EnumSource
    void trailersOfARequestArrive(ClientProtocol protocol) throws IOException {
        EchoReport echo = echo(protocol, TestRequest.post("/", "body").trailer("x-sum", "abc"));
        assertThat(startingWith(echo.trailers(), "x-")).containsExactly(Field.of("x-sum", "abc"));
    }

    @ParameterizedTest
    @EnumSource
    void trailersOfAResponseArrive(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.startChunked(200, Field.of("Trailer", "X-Sum"));
            exchange.chunk("body");
            exchange.endChunks(Field.of("X-Sum", "abc"));
        });
        TestRequest request = TestRequest.get("/").field("te", "trailers");
        TestResponse response = send(protocol, protocol.http2() ? request : request.field("connection", "TE"));
        assertThat(response.text()).isEqualTo("body");
        assertThat(startingWith(response.trailers(), "x-")).containsExactly(Field.of("x-sum", "abc"));
        assertThat(Field.values(origin.requests().get(0).fields(), "te")).containsExactly("trailers");
    }

    @ParameterizedTest
    @EnumSource
    void earlyHintsAndProcessingAreRelayed(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.interim(102);
            exchange.interim(103, Field.of("Link", "</a.css>; rel=preload"));
            exchange.interim(103, Field.of("Link", "</b.css>; rel=preload"));
            exchange.answer(200, "x");
        });
        TestResponse response = send(protocol, TestRequest.get("/"));
        assertThat(response.interims()).extracting(TestHead::status).containsExactly(102, 103, 103);
        assertThat(response.interims().get(1).field("link")).isEqualTo("</a.css>; rel=preload");
        assertThat(names(response.fields())).doesNotContain("link");
        assertThat(response.text()).isEqualTo("x");
    }

    @Test
    void http10ClientIsSentNoInterims() throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.interim(103, Field.of("Link", "</a.css>"));
            exchange.answer(200, "x");
        });
        assertThat(raw("GET", "GET / HTTP/1.0\r\n\r\n").interims()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void bodyShorterThanItsLengthIsSeenAsBroken(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.startLength(200, 100);
            exchange.content("part");
            exchange.close();
        });
        assertBroken(protocol);
    }

    @ParameterizedTest
    @EnumSource
    void bodyCutInAChunkIsSeenAsBroken(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.startChunked(200);
            exchange.cutChunk(100, "part");
            exchange.close();
        });
        assertBroken(protocol);
    }

    @ParameterizedTest
    @EnumSource
    void bodyCutBetweenChunksIsSeenAsBroken(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.startChunked(200);
            exchange.chunk("part");
            exchange.close();
        });
        assertBroken(protocol);
    }

    @ParameterizedTest
    @EnumSource
    void bodyThatBreaksTheProtocolIsSeenAsBroken(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.startChunked(200);
            exchange.chunk("part");
            exchange.content("not hexadecimal\r\n");
            exchange.closeAfter();
        });
        assertBroken(protocol);
    }

    private void assertBroken(ClientProtocol protocol) throws IOException {
        TestResponse response = send(protocol, TestRequest.get("/"));
        assertThat(response.complete()).isFalse();
        // What the origin sent before it broke may be lost with the connection, but nothing may be added to it.
        assertThat("part").startsWith(response.text());
    }

    @ParameterizedTest
    @EnumSource
    void uploadThatBreaksOffIsNotPassedOffAsWhole(ClientProtocol protocol) throws Exception {
        try (var client = protocol.connect(proxy())) {
            var exchange = client.open(TestRequest.upload("/cut", -1));
            exchange.write(bytes("part"));
            ReceivedRequest request = origin.awaitRequest("/cut");
            exchange.abort();
            origin.awaitAborted("/cut");
            assertThat(request.complete()).isFalse();
        }
    }
}
