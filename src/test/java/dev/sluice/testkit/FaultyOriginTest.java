package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FaultyOriginTest {
    private final FaultyOrigin origin = FaultyOrigin.start();

    @AfterEach
    void stop() {
        origin.close();
    }

    private RawClient connect() throws IOException {
        return RawClient.plain(origin.port());
    }

    @Test
    void echoReportsWhatWasReceivedByteForByte() throws IOException {
        try (RawClient client = connect()) {
            client.send(
                    "POST /a%2Fb//c?x=%zz HTTP/1.1\r\nHost: h\r\nX-Odd:  two\u00e9 \r\nTransfer-Encoding: chunked\r\n"
                            + "\r\n3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n");
            EchoReport echo = client.readResponse("POST").echo();
            assertThat(echo.target()).isEqualTo("/a%2Fb//c?x=%zz");
            assertThat(Field.first(echo.fields(), "x-odd")).isEqualTo("two\u00e9");
            assertThat(echo.body()).isEqualTo(BodySum.of("abcde".getBytes(StandardCharsets.ISO_8859_1)));
            assertThat(echo.trailers()).containsExactly(Field.of("T", "v"));
        }
        ReceivedRequest request = origin.requests().get(0);
        assertThat(request.headText())
                .startsWith("POST /a%2Fb//c?x=%zz HTTP/1.1\r\n")
                .endsWith("\r\n\r\n");
        assertThat(new String(request.rawBody(), StandardCharsets.ISO_8859_1))
                .isEqualTo("3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n");
        assertThat(request.complete()).isTrue();
    }

    @Test
    void requestsOnOneConnectionAreCounted() throws IOException {
        try (RawClient client = connect()) {
            client.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(client.readResponse().echo().target()).isEqualTo("/1");
            assertThat(client.readResponse().echo().target()).isEqualTo("/2");
        }
        assertThat(origin.requests("/2").get(0).number()).isEqualTo(2);
        origin.awaitClosed(1);
        assertThat(origin.openConnections()).isZero();
    }

    @Test
    void cutChunkIsSeenAsBroken() throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.startChunked(200);
            exchange.cutChunk(100, "abc");
            exchange.close();
        });
        TestResponse response = get("/");
        assertThat(response.complete()).isFalse();
        assertThat(response.text()).isEqualTo("abc");
    }

    @Test
    void shortContentLengthIsSeenAsBroken() throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.startLength(200, 10);
            exchange.content("abc");
            exchange.close();
        });
        assertThat(get("/").complete()).isFalse();
    }

    @Test
    void resetIsSeenAsBrokenEvenWhereCloseEndsTheBody() throws IOException {
        Gate gate = new Gate();
        origin.on("/", (request, exchange) -> {
            exchange.startUntilClose(200);
            exchange.content("abc");
            gate.pass();
            exchange.reset();
        });
        try (RawClient client = connect()) {
            client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            TestHead head = client.readHead();
            assertThat(client.readBytes(3)).asString().isEqualTo("abc");
            gate.open();
            TestResponse rest = client.readRest(head, client.body("GET", head), List.of(), new byte[0]);
            assertThat(rest.complete()).isFalse();
        }
    }

    @Test
    void closeEndsABodyWithoutLength() throws IOException {
        origin.on("/", (request, exchange) -> exchange.answerHttp10(200, "whole"));
        TestResponse response = get("/");
        assertThat(response.complete()).isTrue();
        assertThat(response.text()).isEqualTo("whole");
    }

    @Test
    void interimsComeBeforeTheFinalResponse() throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.interim(102);
            exchange.interim(103, Field.of("Link", "</a.css>"));
            exchange.startChunked(200);
            exchange.chunk("x");
            exchange.endChunks(Field.of("Sum", "1"));
        });
        TestResponse response = get("/");
        assertThat(response.interims()).extracting(TestHead::status).containsExactly(102, 103);
        assertThat(response.trailers()).containsExactly(Field.of("Sum", "1"));
    }

    @Test
    void pieceWaitsForItsGate() throws IOException {
        Gate gate = new Gate();
        origin.on("/", (request, exchange) -> {
            exchange.startChunked(200);
            exchange.pieces(gate, "1\r\na\r\n", "1\r\nb\r\n", "0\r\n\r\n");
        });
        try (RawClient client = connect()) {
            TestExchange exchange = new RawTestClient(client).open(TestRequest.get("/"));
            gate.open();
            assertThat(exchange.awaitBody(1)).asString().isEqualTo("a");
            gate.open(2);
            assertThat(exchange.finish().text()).isEqualTo("ab");
        }
    }

    @Test
    void peerThatGoesAwayIsNoted() throws IOException {
        origin.on("/wait", (request, exchange) -> exchange.awaitAbort());
        try (RawClient client = connect()) {
            client.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
            origin.awaitRequest("/wait");
            client.reset();
        }
        assertThat(origin.awaitAborted("/wait").phase()).isEqualTo(OriginExchange.Phase.WAITING);
    }

    @Test
    void staleConnectionEndsWhenTheNextRequestComes() throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.closeOnNextRequest();
            exchange.answer(200, "once");
        });
        try (RawClient client = connect()) {
            client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(client.readResponse().text()).isEqualTo("once");
            client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            client.awaitClosed();
        }
        assertThat(origin.requests()).hasSize(2);
    }

    @Test
    void finalAnswerMayComeBeforeTheBodyWasRead() throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.answer(413, "too much", Field.of("Connection", "close"));
            exchange.closeAfter();
        });
        try (RawClient client = connect()) {
            client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n");
            assertThat(client.readResponse("POST").status()).isEqualTo(413);
        }
        assertThat(origin.requests().get(0).complete()).isFalse();
    }

    @Test
    void largeBodiesAreSummedNotKept() throws IOException {
        long size = 64 << 20;
        origin.on("/", (request, exchange) -> {
            exchange.sumBody();
            exchange.startLength(200, size);
            exchange.generate(size);
        });
        try (RawClient client = connect()) {
            client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + size + "\r\n\r\n");
            BodySum sent = client.sendPattern(size);
            TestHead head = client.readHead();
            assertThat(client.body("POST", head).sumAll()).isEqualTo(sent);
            assertThat(origin.requests().get(0).bodySum()).isEqualTo(sent);
        }
    }

    private TestResponse get(String path) throws IOException {
        try (RawClient client = connect()) {
            return client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n").readResponse();
        }
    }
}
