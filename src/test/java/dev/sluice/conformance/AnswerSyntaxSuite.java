package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.EchoReport;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Answers of a backend that two parsers may read in two ways. No client is given one to judge for itself, and no other
 * request goes over a connection on which it is not sure where the next answer begins (RFC 9112 §6.3, §9.2, §11).
 */
abstract class AnswerSyntaxSuite extends ConformanceSuite {
    private static final String OK = "HTTP/1.1 200 OK\r\n";
    private static final String CHUNKED = OK + "Transfer-Encoding: chunked\r\n\r\n";
    /** Of which no client may ever see anything. */
    private static final String SPLIT = "HTTP/1.1 200 OK\r\nX-Split: 1\r\nContent-Length: 5\r\n\r\nsplit";

    AnswerSyntaxSuite(ProxyVariant variant) {
        super(variant);
    }

    static Stream<Arguments> broken() {
        return Stream.of(
                Arguments.of(
                        "length and coding", OK + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc"),
                Arguments.of(
                        "coding and length", OK + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\nabc"),
                Arguments.of("two equal lengths", OK + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
                Arguments.of("two lengths", OK + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"),
                Arguments.of("list of lengths", OK + "Content-Length: 3, 3\r\n\r\nabc"),
                Arguments.of("signed length", OK + "Content-Length: +3\r\n\r\nabc"),
                Arguments.of("negative length", OK + "Content-Length: -3\r\n\r\nabc"),
                Arguments.of("hexadecimal length", OK + "Content-Length: 0x3\r\n\r\nabc"),
                Arguments.of("empty length", OK + "Content-Length:\r\n\r\nabc"),
                Arguments.of("huge length", OK + "Content-Length: 99999999999999999999\r\n\r\nabc"),
                Arguments.of("space before a length's colon", OK + "Content-Length : 3\r\n\r\nabc"),
                Arguments.of("space before a coding's colon", OK + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of("unknown coding", OK + "Transfer-Encoding: x\r\n\r\nabc"),
                Arguments.of("identity coding", OK + "Transfer-Encoding: identity\r\n\r\nabc"),
                Arguments.of("coding before chunked", OK + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of("chunked not last", OK + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
                Arguments.of("chunked twice", OK + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of(
                        "chunked in two lines",
                        OK + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of("empty coding", OK + "Transfer-Encoding:\r\n\r\n0\r\n\r\n"),
                Arguments.of("coding in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of("coding with a vertical tab", OK + "Transfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n"),
                Arguments.of("folded field", OK + "X-A: 1\r\n X-Split: 1\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("space before the first field", OK + " X-Split: 1\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("bare CR in a value", OK + "X-A: 1\rX-Split: 1\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("NUL in a value", OK + "X-A: 1\0X-Split: 1\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("control in a value", OK + "X-A: 1\u0001X-Split: 1\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("NUL in a name", OK + "X\0A: 1\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("space in a name", OK + "X A: 1\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("field without a colon", OK + "X-Split\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("empty field name", OK + ": 1\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("NUL in the reason", "HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("status of two digits", "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("status of four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("status that is none", "HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("version that is none", "HTTP/1.x 200 OK\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("version of another protocol", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("no status line", "X-A: 1\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("bad first chunk size", CHUNKED + "x\r\nabc\r\n0\r\n\r\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("broken")
    void ambiguousAnswerIsABadGatewayAndItsConnectionIsNotUsedAgain(String what, String answer) throws IOException {
        origin.on("/", (request, exchange) -> exchange.raw(answer + SPLIT));
        TestResponse response = raw("GET", "GET / HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
        // A chunk is seen after the head has gone on: then the client must see that the body is broken.
        if (response.status() == 200) assertThat(response.complete()).as(what).isFalse();
        else assertThat(response.status()).as(what).isEqualTo(502);
        // The id is hexadecimal, and may say abc by itself.
        assertThat(response.text().replaceAll("id: [0-9a-f]+", "")).doesNotContain("abc", "split");
        assertNotUsedAgain("/");
    }

    static Stream<Arguments> brokenChunks() {
        return Stream.of(
                Arguments.of("size that is none", "zz\r\nabc\r\n0\r\n\r\n"),
                Arguments.of("signed size", "+3\r\nabc\r\n0\r\n\r\n"),
                Arguments.of("hexadecimal prefix", "0x3\r\nabc\r\n0\r\n\r\n"),
                Arguments.of("size with an underscore", "0_3\r\nabc\r\n0\r\n\r\n"),
                Arguments.of("huge size", "10000000000000003\r\nabc\r\n0\r\n\r\n"),
                Arguments.of("missing size", "\r\nabc\r\n0\r\n\r\n"),
                Arguments.of("space before the size", " 3\r\nabc\r\n0\r\n\r\n"),
                Arguments.of("bare LF after the size", "3\nabc\r\n0\r\n\r\n"),
                Arguments.of("bare LF in an extension", "3;a\nb\r\nabc\r\n0\r\n\r\n"),
                Arguments.of("bare LF after the content", "3\r\nabc\n0\r\n\r\n"),
                Arguments.of("chunk longer than its size", "3\r\nabcd\r\n0\r\n\r\n"),
                Arguments.of("bare LF after a trailer", "0\r\nX-Split: 1\n\r\n"),
                Arguments.of("folded trailer", "0\r\nX-A: 1\r\n X-Split: 1\r\n\r\n"),
                Arguments.of("NUL in a trailer", "0\r\nX-A: 1\0\r\n\r\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenChunks")
    void badChunkIsNeverPassedOffAsAWholeBody(String what, String chunks) throws IOException {
        origin.on("/", (request, exchange) -> exchange.raw(CHUNKED + "5\r\nfirst\r\n" + chunks + SPLIT));
        try (RawClient client = raw()) {
            String answer =
                    client.send("GET / HTTP/1.1\r\nHost: sluice.test\r\n\r\n").readToEnd();
            assertThat(answer).as(what).doesNotEndWith("0\r\n\r\n").doesNotContain("plit");
        }
        assertNotUsedAgain("/");
    }

    @ParameterizedTest
    @EnumSource
    void brokenBodyIsSeenAsBroken(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> exchange.raw(CHUNKED + "5\r\nfirst\r\nx" + SPLIT));
        assertThat(send(protocol, TestRequest.get("/")).complete()).isFalse();
        assertNotUsedAgain("/");
    }

    // What follows an answer.

    @ParameterizedTest
    @EnumSource
    void secondAnswerBehindTheFirstIsNobodys(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> exchange.raw(OK + "Content-Length: 3\r\n\r\nabc" + SPLIT));
        TestResponse response = send(protocol, TestRequest.get("/"));
        assertThat(response.text()).isEqualTo("abc");
        assertNotUsedAgain("/");
    }

    /** The part that comes at once must not be thrown away and the rest of it taken for the next answer. */
    @ParameterizedTest
    @ValueSource(strings = {"x", "\r\n", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nX-Split: 1\r\n", "garbage\r\n\r\n"})
    void anythingBehindAnAnswerEndsTheConnection(String surplus) throws IOException {
        origin.on("/", (request, exchange) -> exchange.raw(OK + "Content-Length: 3\r\n\r\nabc" + surplus));
        assertThat(send(ClientProtocol.HTTP11, TestRequest.get("/")).text()).isEqualTo("abc");
        assertNotUsedAgain("/");
    }

    @Test
    void anythingBehindTheLastChunkEndsTheConnection() throws IOException {
        origin.on("/", (request, exchange) -> exchange.raw(CHUNKED + "3\r\nabc\r\n0\r\n\r\nHTTP/1.1 20"));
        assertThat(send(ClientProtocol.HTTP11, TestRequest.get("/")).text()).isEqualTo("abc");
        assertNotUsedAgain("/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"H", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"})
    void bytesOnAnIdleConnectionEndIt(String unasked) throws IOException {
        Gate idle = new Gate();
        origin.on("/", (request, exchange) -> {
            exchange.answer(200, "abc");
            idle.pass();
            exchange.raw(unasked);
        });
        assertThat(send(ClientProtocol.HTTP11, TestRequest.get("/")).text()).isEqualTo("abc");
        // A little later: the proxy notices the end of an exchange after its client does.
        CompletableFuture.delayedExecutor(300, TimeUnit.MILLISECONDS).execute(idle::open);
        origin.awaitClosed(origin.requests("/").get(0).connection());
        assertNotUsedAgain("/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"HEAD 200", "GET 204", "GET 304"})
    void bodyWhereNoneMayBeIsNotTheNextAnswer(String methodAndStatus) throws IOException {
        String method = methodAndStatus.substring(0, methodAndStatus.indexOf(' '));
        String status = methodAndStatus.substring(method.length() + 1);
        origin.on(
                "/",
                (request, exchange) -> exchange.raw(
                        "HTTP/1.1 " + status + " X\r\nContent-Length: " + SPLIT.length() + "\r\n\r\n" + SPLIT));
        TestResponse response = send(ClientProtocol.HTTP11, TestRequest.of(method, "/"));
        assertThat(response.status()).isEqualTo(Integer.parseInt(status));
        assertThat(response.body()).isEmpty();
        assertNotUsedAgain("/");
    }

    @Test
    void codingOfAnAnswerThatHasNoBodyEndsTheConnection() throws IOException {
        origin.on("/", (request, exchange) -> exchange.raw("HTTP/1.1 204 X\r\nTransfer-Encoding: chunked\r\n\r\n"));
        TestResponse response = send(ClientProtocol.HTTP11, TestRequest.get("/"));
        assertThat(response.status()).isIn(204, 502);
        assertThat(names(response.fields())).doesNotContain("transfer-encoding");
        assertNotUsedAgain("/");
    }

    // What is passed on.

    @ParameterizedTest
    @EnumSource
    void answerWithoutContentHasNoLengthEither(ClientProtocol protocol) throws IOException {
        // RFC 9110 §8.6: not in a 204; a client that believes it waits for a body that never comes.
        origin.on("/", (request, exchange) -> exchange.raw("HTTP/1.1 204 X\r\nContent-Length: 5\r\n\r\n"));
        TestResponse response = send(protocol, TestRequest.get("/"));
        assertThat(response.status()).isEqualTo(204);
        assertThat(names(response.fields())).doesNotContain("content-length", "transfer-encoding");
    }

    @ParameterizedTest
    @EnumSource
    void interimAnswerHasNoLength(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.interim(103, Field.of("Content-Length", "5"), Field.of("Link", "</a>"));
            exchange.answer(200, "abc");
        });
        TestResponse response = send(protocol, TestRequest.get("/"));
        assertThat(response.text()).isEqualTo("abc");
        assertThat(response.interims()).hasSize(1);
        assertThat(names(response.interims().get(0).fields())).contains("link").doesNotContain("content-length");
    }

    /** A lone LF may end a line (RFC 9112 §2.2); the client gets proper ones, and nothing that the backend did not say. */
    @Test
    void linesThatEndInABareLfArePassedOnAsProperOnes() throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.raw("HTTP/1.1 200 OK\nX-A: 1\nContent-Length: 3\n\nabc");
            exchange.closeAfter();
        });
        try (RawClient client = raw()) {
            String answer = client.send("GET / HTTP/1.1\r\nHost: sluice.test\r\nConnection: close\r\n\r\n")
                    .readToEnd();
            assertThat(answer).contains("\r\nX-A: 1\r\n").endsWith("\r\n\r\nabc");
            assertThat(answer.replace("\r\n", "")).doesNotContain("\n", "\r");
        }
    }

    @ParameterizedTest
    @EnumSource
    void obsTextIsPassedOnAsItIsAndMakesNoLineEnd(ClientProtocol protocol) throws IOException {
        // As UTF-8 these would be U+010D and U+010A, whose low bytes are CR and LF.
        String value = "\u00c4\u008d\u00c4\u008aX-Split: 1 \u0085 \u00ff";
        origin.on("/", (request, exchange) -> exchange.answer(200, "abc", Field.of("X-A", value)));
        TestResponse response = send(protocol, TestRequest.get("/"));
        assertThat(response.values("x-a")).containsExactly(value);
        assertThat(names(response.fields())).doesNotContain("x-split");
    }

    @Test
    void trailersCannotFrameOrRoute() throws IOException {
        origin.on(
                "/",
                (request, exchange) -> exchange.raw(
                        CHUNKED
                                + "3\r\nabc\r\n0\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nX-T: 1\r\n\r\n"));
        TestResponse response = send(ClientProtocol.HTTP11, TestRequest.get("/"));
        assertThat(response.text()).isEqualTo("abc");
        assertThat(response.trailers()).containsExactly(Field.of("X-T", "1"));
    }

    /** The next request gets its own answer, over another connection. */
    private void assertNotUsedAgain(String path) throws IOException {
        for (int i = 0; i < 2; i++) {
            EchoReport echo = echo(ClientProtocol.HTTP11, TestRequest.get("/next" + i));
            assertThat(echo.target()).isEqualTo("/next" + i);
        }
        ReceivedRequest first = origin.requests(path).get(0);
        assertThat(origin.requests("/next0").get(0).connection()).isNotEqualTo(first.connection());
        origin.awaitClosed(first.connection());
    }
}
