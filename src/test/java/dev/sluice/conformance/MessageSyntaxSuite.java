package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.RawClient;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that two parsers may read in two ways: refused, and the connection closed (RFC 9112 §2.2, §5, §6). */
abstract class MessageSyntaxSuite extends ConformanceSuite {
    private static final String POST = "POST / HTTP/1.1\r\nHost: sluice.test\r\n";
    private static final String GET = "GET / HTTP/1.1\r\nHost: sluice.test\r\n";

    MessageSyntaxSuite(ProxyVariant variant) {
        super(variant);
    }

    static Stream<Arguments> ambiguous() {
        String chunks = "\r\n0\r\n\r\n";
        return Stream.of(
                Arguments.of(
                        "coding and length", POST + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" + chunks),
                Arguments.of(
                        "length and coding", POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" + chunks),
                Arguments.of("two lengths", POST + "Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde"),
                Arguments.of("list of lengths", POST + "Content-Length: 3, 5\r\n\r\nabcde"),
                Arguments.of("signed length", POST + "Content-Length: +3\r\n\r\nabc"),
                Arguments.of("negative length", POST + "Content-Length: -3\r\n\r\nabc"),
                Arguments.of("hexadecimal length", POST + "Content-Length: 0x3\r\n\r\nabc"),
                Arguments.of("empty length", POST + "Content-Length: \r\n\r\n"),
                Arguments.of("length with a space", POST + "Content-Length: 3 0\r\n\r\nabc"),
                Arguments.of("huge length", POST + "Content-Length: 99999999999999999999\r\n\r\nabc"),
                Arguments.of("unknown coding", POST + "Transfer-Encoding: xchunked\r\n" + chunks),
                Arguments.of("chunked not last", POST + "Transfer-Encoding: chunked, identity\r\n" + chunks),
                Arguments.of("chunked twice", POST + "Transfer-Encoding: chunked, chunked\r\n" + chunks),
                Arguments.of("two codings", POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n" + chunks),
                Arguments.of("coding with a tab", POST + "Transfer-Encoding:\u000bchunked\r\n" + chunks),
                Arguments.of("space before the colon", POST + "Transfer-Encoding : chunked\r\n" + chunks),
                Arguments.of("space before a length's colon", POST + "Content-Length : 3\r\n\r\nabc"),
                Arguments.of("folded field", GET + "X-A: 1\r\n folded\r\n\r\n"),
                Arguments.of("space before the first field", "GET / HTTP/1.1\r\n Host: sluice.test\r\n\r\n"),
                Arguments.of("bare CR in a value", GET + "X-A: 1\rX-B: 2\r\n\r\n"),
                Arguments.of("bare LF after a field", GET + "X-A: 1\nX-B: 2\r\n\r\n"),
                Arguments.of("bare LF after the request line", "GET / HTTP/1.1\nHost: sluice.test\r\n\r\n"),
                Arguments.of("NUL in a value", GET + "X-A: 1\u0000\r\n\r\n"),
                Arguments.of("field without a colon", GET + "X-A\r\n\r\n"),
                Arguments.of("empty field name", GET + ": x\r\n\r\n"),
                Arguments.of("odd field name", GET + "X{}A: x\r\n\r\n"),
                Arguments.of("no host", "GET / HTTP/1.1\r\n\r\n"),
                Arguments.of("two hosts", GET + "Host: other.test\r\n\r\n"),
                Arguments.of("host that is none", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
                Arguments.of("space in the target", "GET /a b HTTP/1.1\r\nHost: sluice.test\r\n\r\n"),
                Arguments.of("method that is none", "G(T / HTTP/1.1\r\nHost: sluice.test\r\n\r\n"),
                Arguments.of("version that is none", "GET / HTTP/1.x\r\nHost: sluice.test\r\n\r\n"),
                Arguments.of("coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" + chunks));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ambiguous")
    void ambiguousRequestIsRefusedAndTheConnectionClosed(String what, String request) throws IOException {
        try (RawClient client = raw()) {
            // The second request must not be answered: whatever follows an ambiguous message has no sure beginning.
            client.send(request + "GET /smuggled HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
            assertThat(client.readResponse("GET").status()).as(what).isIn(400, 501, 505);
            client.awaitClosed();
        }
        assertThat(origin.requests()).as(what).isEmpty();
    }

    static Stream<Arguments> badChunks() {
        String head = POST + "Transfer-Encoding: chunked\r\n\r\n";
        return Stream.of(
                Arguments.of("size that is none", head + "zz\r\nabc\r\n0\r\n\r\n"),
                Arguments.of("signed size", head + "+3\r\nabc\r\n0\r\n\r\n"),
                Arguments.of("hexadecimal prefix", head + "0x3\r\nabc\r\n0\r\n\r\n"),
                Arguments.of("huge size", head + "fffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
                Arguments.of("chunk longer than its size", head + "3\r\nabcd\r\n0\r\n\r\n"),
                Arguments.of("bare LF after a size", head + "3\nabc\r\n0\r\n\r\n"),
                Arguments.of("bare LF in an extension", head + "3;a\nb\r\nabc\r\n0\r\n\r\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badChunks")
    void badChunkIsNeverPassedOffAsAWholeBody(String what, String request) throws IOException {
        try (RawClient client = raw()) {
            client.send(request + "GET /smuggled HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
            String answers = client.readToEnd();
            assertThat(answers)
                    .as(what)
                    .satisfiesAnyOf(
                            a -> assertThat(a).isEmpty(), a -> assertThat(a).startsWith("HTTP/1.1 400 "));
        }
        assertThat(origin.requests("/smuggled")).as(what).isEmpty();
        assertThat(origin.requests("/")).as(what).noneMatch(r -> r.complete());
    }

    @Test
    void headThatIsTooLargeIsRefused() throws IOException {
        String field = "X-Large: " + "x".repeat(40_000) + "\r\n";
        assertThat(raw("GET", GET + field + "\r\n").status()).isEqualTo(431);
        assertThat(raw("GET", "GET /" + "x".repeat(40_000) + " HTTP/1.1\r\nHost: a\r\n\r\n")
                        .status())
                .isIn(414, 431);
        assertThat(origin.requests()).isEmpty();
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws IOException {
        try (RawClient client = raw()) {
            client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
                    + "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
            for (int i = 1; i <= 3; i++)
                assertThat(client.readResponse().echo().target()).isEqualTo("/" + i);
        }
    }
}
