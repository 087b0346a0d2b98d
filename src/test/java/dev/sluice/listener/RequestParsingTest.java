package dev.sluice.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a listener refuses before any handler sees it, and what it lets through unchanged. Raw bytes, real sockets. */
class RequestParsingTest {
    private static final String CRLF = "\r\n";
    /** Behind each refused request: an answer to it would mean that two requests were seen. */
    private static final String SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.prepare(TestServer.plain("http")).start();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                // Length of the body.
                arguments(
                        "transferEncodingWithContentLength",
                        post("Content-Length: 5", "Transfer-Encoding: chunked") + "0\r\n\r\n"),
                arguments(
                        "contentLengthAfterTransferEncoding",
                        post("Transfer-Encoding: chunked", "Content-Length: 5") + "0\r\n\r\n"),
                arguments("twoContentLengths", post("Content-Length: 3", "Content-Length: 5") + "abcde"),
                arguments("twoEqualContentLengths", post("Content-Length: 3", "Content-Length: 3") + "abc"),
                arguments("contentLengthAsList", post("Content-Length: 3, 3") + "abc"),
                arguments("contentLengthWithPlus", post("Content-Length: +3") + "abc"),
                arguments("contentLengthWithMinus", post("Content-Length: -3") + "abc"),
                arguments("contentLengthInHex", post("Content-Length: 0x3") + "abc"),
                arguments("contentLengthEmpty", post("Content-Length:")),
                arguments("contentLengthBlank", post("Content-Length:  ")),
                arguments("contentLengthWithSpaceInside", post("Content-Length: 1 3") + "abc"),
                arguments("contentLengthWithUnderscore", post("Content-Length: 1_3") + "abc"),
                arguments("contentLengthWithFraction", post("Content-Length: 3.0") + "abc"),
                arguments("contentLengthOverflow", post("Content-Length: 9223372036854775808")),
                arguments("unknownCoding", post("Transfer-Encoding: gzip, chunked") + "0\r\n\r\n"),
                arguments(
                        "unknownCodingInTwoLines",
                        post("Transfer-Encoding: gzip", "Transfer-Encoding: chunked") + "0\r\n\r\n"),
                arguments("onlyUnknownCoding", post("Transfer-Encoding: foo") + "0\r\n\r\n"),
                arguments("identityCoding", post("Transfer-Encoding: identity") + "0\r\n\r\n"),
                arguments("codingWithTrailingComma", post("Transfer-Encoding: chunked,") + "0\r\n\r\n"),
                arguments("codingWithLeadingComma", post("Transfer-Encoding: ,chunked") + "0\r\n\r\n"),
                arguments("codingWithParameter", post("Transfer-Encoding: chunked;q=1") + "0\r\n\r\n"),
                arguments("codingQuoted", post("Transfer-Encoding: \"chunked\"") + "0\r\n\r\n"),
                arguments("codingWithVerticalTab", post("Transfer-Encoding: \u000bchunked") + "0\r\n\r\n"),
                arguments("codingWithLetterOutsideAscii", post("Transfer-Encoding: chun\u00e5ed") + "0\r\n\r\n"),
                arguments("codingEmpty", post("Transfer-Encoding:") + "0\r\n\r\n"),
                arguments("chunkedNotLast", post("Transfer-Encoding: chunked, gzip") + "0\r\n\r\n"),
                arguments("chunkedTwice", post("Transfer-Encoding: chunked, chunked") + "0\r\n\r\n"),
                arguments(
                        "chunkedInTwoLines",
                        post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + "0\r\n\r\n"),
                arguments(
                        "chunkedInHttp10", "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                // Chunks.
                arguments("chunkSizeWithPlus", chunked("+3\r\nabc\r\n0\r\n\r\n")),
                arguments("chunkSizeWithMinus", chunked("-3\r\nabc\r\n0\r\n\r\n")),
                arguments("chunkSizeWithHexPrefix", chunked("0x3\r\nabc\r\n0\r\n\r\n")),
                arguments("chunkSizeOverflow", chunked("10000000000000003\r\nabc\r\n0\r\n\r\n")),
                arguments("chunkSizeOverflowSigned", chunked("FFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n")),
                arguments("chunkSizeMissing", chunked("\r\nabc\r\n0\r\n\r\n")),
                arguments("chunkSizeWithUnderscore", chunked("0_3\r\nabc\r\n0\r\n\r\n")),
                arguments("chunkSizeAfterSpace", chunked(" 3\r\nabc\r\n0\r\n\r\n")),
                arguments("chunkSizeBeforeSpace", chunked("3 \r\nabc\r\n0\r\n\r\n")),
                arguments("chunkSizeEndsWithLf", chunked("3\nabc\r\n0\r\n\r\n")),
                arguments("chunkSizeEndsWithCr", chunked("3\rabc\r\n0\r\n\r\n")),
                arguments("chunkDataEndsWithLf", chunked("3\r\nabc\n0\r\n\r\n")),
                arguments("chunkDataEndsWithNothing", chunked("3\r\nabc0\r\n\r\n")),
                arguments("chunkDataLongerThanSize", chunked("3\r\nabcd\r\n0\r\n\r\n")),
                arguments("crInChunkExtension", chunked("3;a=\rb\r\nabc\r\n0\r\n\r\n")),
                arguments("lfInChunkExtension", chunked("3;a\nabc\r\n0\r\n\r\n")),
                arguments("nulInChunkExtension", chunked("3;a\0b\r\nabc\r\n0\r\n\r\n")),
                arguments("lfEndsTrailers", chunked("0\r\nX: y\n\r\n")),
                arguments("lfEndsBody", chunked("0\r\n\n")),
                // Lines and fields.
                arguments("lfEndsRequestLine", "GET / HTTP/1.1\nHost: h\r\n\r\n"),
                arguments("lfEndsField", "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n"),
                arguments("lfEndsCachedField", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\n\r\n"),
                arguments("lfEndsFields", "GET / HTTP/1.1\r\nHost: h\r\n\n"),
                arguments("crInField", "GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n"),
                arguments("crEndsField", "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n"),
                arguments("twoCrsEndField", "GET / HTTP/1.1\r\nHost: h\r\r\nX: y\r\n\r\n"),
                arguments("foldedField", "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n"),
                arguments("foldedFieldWithTab", "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n\tb\r\n\r\n"),
                arguments("spaceBeforeColon", "GET / HTTP/1.1\r\nHost: h\r\nX : y\r\n\r\n"),
                arguments("tabBeforeColon", "GET / HTTP/1.1\r\nHost: h\r\nX\t: y\r\n\r\n"),
                arguments("spaceBeforeFirstField", "GET / HTTP/1.1\r\n Host: h\r\nHost: h\r\n\r\n"),
                arguments("lineWithoutColon", "GET / HTTP/1.1\r\nHost: h\r\nfoo\r\n\r\n"),
                arguments("fieldWithoutName", "GET / HTTP/1.1\r\nHost: h\r\n: y\r\n\r\n"),
                arguments("spaceInName", "GET / HTTP/1.1\r\nHost: h\r\nX Y: z\r\n\r\n"),
                arguments("nulInName", "GET / HTTP/1.1\r\nHost: h\r\nX\0: y\r\n\r\n"),
                arguments("slashInName", "GET / HTTP/1.1\r\nHost: h\r\nX/Y: z\r\n\r\n"),
                arguments("obsTextInName", "GET / HTTP/1.1\r\nHost: h\r\nX\u00e9: y\r\n\r\n"),
                arguments("nulInValue", "GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n"),
                arguments("controlInValue", "GET / HTTP/1.1\r\nHost: h\r\nX: a\u0001b\r\n\r\n"),
                arguments("deleteInValue", "GET / HTTP/1.1\r\nHost: h\r\nX: a\u007fb\r\n\r\n"),
                // Host.
                arguments("hostMissing", "GET / HTTP/1.1\r\nX: y\r\n\r\n"),
                arguments("hostEmpty", "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
                arguments("hostTwice", "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n"),
                arguments("hostTwiceDifferent", "GET / HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n"),
                arguments("hostTwiceWithAbsoluteTarget", "GET http://h/ HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n"),
                arguments("hostAsList", "GET / HTTP/1.1\r\nHost: h, i\r\n\r\n"),
                arguments("hostWithUser", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n"),
                arguments("hostWithSlash", "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n"),
                arguments("hostWithSpace", "GET / HTTP/1.1\r\nHost: h i\r\n\r\n"),
                arguments("hostWithBadPort", "GET / HTTP/1.1\r\nHost: h:80x\r\n\r\n"),
                arguments("hostTwiceInHttp10", "GET / HTTP/1.0\r\nHost: h\r\nHost: i\r\n\r\n"),
                // The request line.
                arguments("http09", "GET /\r\n"),
                arguments("version110", "GET / HTTP/1.10\r\nHost: h\r\n\r\n"),
                arguments("version12", "GET / HTTP/1.2\r\nHost: h\r\n\r\n"),
                arguments("versionOne", "GET / HTTP/1\r\nHost: h\r\n\r\n"),
                arguments("versionWithSpaceBehind", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n"),
                arguments("versionTwo", "GET / HTTP/2.0\r\nHost: h\r\n\r\n"),
                arguments("spaceBeforeMethod", " GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
                arguments("methodStartsWithDelimiter", "{GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
                arguments("methodWithDelimiter", "GE(T / HTTP/1.1\r\nHost: h\r\n\r\n"),
                arguments("tabInRequestLine", "GET\t/\tHTTP/1.1\r\nHost: h\r\n\r\n"),
                arguments("spaceInTarget", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"),
                arguments("controlInTarget", "GET /a\u0001b HTTP/1.1\r\nHost: h\r\n\r\n"),
                arguments("targetWithoutSlash", "GET foo HTTP/1.1\r\nHost: h\r\n\r\n"),
                arguments("optionsOfTargetWithoutSlash", "OPTIONS foo HTTP/1.1\r\nHost: h\r\n\r\n"),
                arguments("asteriskWithGet", "GET * HTTP/1.1\r\nHost: h\r\n\r\n"),
                arguments("fragmentInTarget", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n"),
                arguments("userInTarget", "GET http://u:p@h/ HTTP/1.1\r\nHost: h\r\n\r\n"),
                arguments("nulEncodedInPath", "GET /a%00b HTTP/1.1\r\nHost: h\r\n\r\n"),
                arguments("brokenEncodingInPath", "GET /a%zzb HTTP/1.1\r\nHost: h\r\n\r\n"),
                arguments("encodingOfUtf16InPath", "GET /a%u002fb HTTP/1.1\r\nHost: h\r\n\r\n"),
                arguments("pathAboveTheRoot", "GET /../a HTTP/1.1\r\nHost: h\r\n\r\n"),
                arguments("bytesThatAreNoUtf8InPath", "GET /caf\u00e9 HTTP/1.1\r\nHost: h\r\n\r\n"),
                arguments("bytesThatAreNoUtf8InQuery", "GET /?caf\u00e9 HTTP/1.1\r\nHost: h\r\n\r\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void ambiguousRequestIsRefusedAndTheConnectionClosed(String name, String request) throws Exception {
        String answer = RawClient.send(server.port("http"), request + SMUGGLED);

        // 505 and 426 instead of 400: RFC 9110 §15.6.6 and §15.5.22 name them for these.
        assertThat(answer).matches("(?s)HTTP/1\\.[01] (400|426|505) .*");
        assertThat(answer.split("HTTP/1\\.[01] ", -1)).as("one answer only").hasSize(2);
        assertThat(answer)
                .contains("Connection: close\r\n", "Date: ")
                .doesNotContain("smuggled", "Server:", "<html", "jetty");
        assertThat(answer.substring(answer.indexOf("\r\n\r\n") + 4)).matches("\\d{3} [A-Za-z ]+\n");
    }

    static Stream<Arguments> passed() {
        return Stream.of(
                        "/a%2Fb",
                        "/a%5Cb",
                        "/a//b",
                        "//a/b",
                        "/a/../b",
                        "/a/%2e%2e/b",
                        "/a/./b",
                        "/;x=1",
                        "/a;x=1/b",
                        "/a/..;/b",
                        "/a|b",
                        "/{a}",
                        "/a\"b",
                        "/a<b>",
                        "/a\\b",
                        "/a^b`",
                        "/%2525",
                        "/%ff",
                        "/%c3%28",
                        "/?a=%zz",
                        "/?%",
                        "/?",
                        "/?a|b{}",
                        "/??a?b",
                        "/a+b",
                        "/%7e",
                        "/%7Ea",
                        "/[a]",
                        "/:a@b",
                        "/$&'()*,=!")
                .map(Arguments::arguments);
    }

    @ParameterizedTest
    @MethodSource("passed")
    void targetReachesTheHandlerByteForByte(String target) throws Exception {
        String answer = RawClient.send(
                server.port("http"), "GET " + target + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").contains("\r\n\r\nGET " + target + " HTTP/1.1\n");
    }

    @Test
    void utf8InTargetReachesTheHandlerAsTheCharactersItStandsFor() throws Exception {
        // The echo is UTF-8 again, so that the same bytes come back.
        String utf8 = "/caf\u00c3\u00a9/\u00e2\u0082\u00ac?q=\u00c3\u00bc";

        String answer = RawClient.send(
                server.port("http"), "GET " + utf8 + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").contains("GET " + utf8 + " HTTP/1.1\n");
    }

    @Test
    void obsTextInValueGoesInAndOutAsTheSameBytes() throws Exception {
        StringBuilder all = new StringBuilder("a");
        for (char c = 0x80; c <= 0xff; c++) all.append(c);
        all.append('z');

        String answer = RawClient.send(server.port("http"), get("X-Echo: " + all));

        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").contains("\r\nX-Echo: " + all + "\r\n");
    }

    @Test
    void valuesKeepTheirCaseAndSpacing() throws Exception {
        String answer = RawClient.send(
                server.port("http"),
                get(
                        "Content-Type: Text/HTML;Charset=UTF-8",
                        "Accept-Encoding: GZIP",
                        "X-A: a  b\tc",
                        "X-A: 2",
                        "Cookie: a=\"b"));

        assertThat(answer)
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains(
                        "Content-Type: Text/HTML;Charset=UTF-8\n",
                        "Accept-Encoding: GZIP\n",
                        "X-A: a  b\tc\nX-A: 2\nCookie: a=\"b\n");
    }

    @Test
    void nothingIsInventedInAResponse() throws Exception {
        assertThat(RawClient.send(server.port("http"), get("X: y")))
                .startsWith("HTTP/1.1 200 OK\r\n")
                .doesNotContain("Date:", "Server:", "X-Powered-By:");
    }

    static Stream<Arguments> authorities() {
        return Stream.of(
                arguments("GET http://target/x HTTP/1.1", "Host: other", "Host: target"),
                arguments("GET http://target:8080/x HTTP/1.1", "Host: target", "Host: target:8080"),
                arguments("GET http://target/x HTTP/1.1", "Host:", "Host: target"),
                arguments("GET http://target/x HTTP/1.0", "X: y", "Host: target"),
                // Equal but for case or the usual port: passed as it came.
                arguments("GET http://target/x HTTP/1.1", "Host: TARGET", "Host: TARGET"),
                arguments("GET http://target/x HTTP/1.1", "Host: target:80", "Host: target:80"),
                arguments("GET /x HTTP/1.1", "Host: TARGET:80", "Host: TARGET:80"),
                arguments("GET /x HTTP/1.1", "Host: [::1]:8080", "Host: [::1]:8080"));
    }

    @ParameterizedTest(name = "{0} with {1}")
    @MethodSource("authorities")
    void authorityOfAnAbsoluteTargetReplacesHost(String line, String sent, String seen) throws Exception {
        String answer = RawClient.send(server.port("http"), line + CRLF + sent + CRLF + "Connection: close\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").contains("\r\n\r\nGET /x HTTP/1.", "\n" + seen + "\n");
        assertThat(answer.split("\nHost:", -1)).as("one Host").hasSize(2);
    }

    @Test
    void chunkedBodyWithExtensionsAndTrailersIsRead() throws Exception {
        String answer = RawClient.send(
                server.port("http"),
                "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: Chunked\r\n\r\n"
                        + "3;a=b;c=\"d e\"\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\n\nabcde");
    }

    @Test
    void errorIsJsonWhereTheClientAsksForIt() throws Exception {
        String answer =
                RawClient.send(server.port("http"), "GET /#f HTTP/1.1\r\nHost: h\r\nAccept: application/json\r\n\r\n");

        assertThat(answer)
                .startsWith("HTTP/1.1 400 ")
                .contains("Content-Type: application/json\r\n")
                .endsWith("\r\n\r\n{\"status\":400,\"error\":\"Bad Request\"}\n");
    }

    @Test
    void fieldsBeyondTheLimitAre431AndAnUriBeyondItIs414() throws Exception {
        assertThat(RawClient.send(server.port("http"), get("X: " + "x".repeat(16_384))))
                .startsWith("HTTP/1.1 431 ");
        assertThat(RawClient.send(server.port("http"), "GET /" + "x".repeat(16_384) + " HTTP/1.1\r\nHost: h\r\n\r\n"))
                .startsWith("HTTP/1.1 414 ");
        assertThat(RawClient.send(server.port("http"), get("X: " + "x".repeat(16_000))))
                .startsWith("HTTP/1.1 200 ");
    }

    /** Jetty's parser is lenient here, and nothing of it is left to see; what goes to a backend is a new request line. */
    @ParameterizedTest
    @ValueSource(strings = {"GET / http/1.1", "GET  /   HTTP/1.1", "\r\n\r\nGET / HTTP/1.1"})
    void leniencyInTheRequestLineLeavesNoTrace(String line) throws Exception {
        String answer = RawClient.send(server.port("http"), line + "\r\nHost: h\r\nConnection: close\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").contains("\r\n\r\nGET / HTTP/1.1\n");
    }

    @Test
    void http2UpgradeIsNotTriedWithABody() throws Exception {
        String answer = RawClient.send(
                server.port("http"),
                "POST / HTTP/1.1\r\nHost: h\r\nConnection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\n\nabc");
    }

    private static String get(String... fields) {
        return "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + String.join(CRLF, fields) + "\r\n\r\n";
    }

    private static String post(String... fields) {
        return "POST / HTTP/1.1\r\nHost: h\r\n" + String.join(CRLF, fields) + "\r\n\r\n";
    }

    private static String chunked(String body) {
        return post("Transfer-Encoding: chunked") + body;
    }
}
