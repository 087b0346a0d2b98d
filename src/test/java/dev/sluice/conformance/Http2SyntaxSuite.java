package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.TestRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * HTTP/2 frames strings where HTTP/1.1 frames lines, so a request that is one request there can become two, or one of
 * another length, when it is written to a backend (RFC 9113 §8.2.1, §8.2.2, §8.3.1, §10.3).
 */
abstract class Http2SyntaxSuite extends ConformanceSuite {
    /** What would be a request of its own, or a field, behind a line end that got through. */
    private static final String REST = " HTTP/1.1\r\nx-smuggled: 1\r\n\r\n";

    Http2SyntaxSuite(ProxyVariant variant) {
        super(variant);
    }

    static Stream<Arguments> malformed() {
        return Stream.of(
                // Line ends and what some readers take for one.
                with("line end in a value", "x-a", "1\r\nx-smuggled: 1"),
                with("LF in a value", "x-a", "1\nx-smuggled: 1"),
                with("CR in a value", "x-a", "1\rx-smuggled: 1"),
                with("NUL in a value", "x-a", "1\0x-smuggled: 1"),
                with("line end at the end of a value", "x-a", "1\r\n"),
                with("line end in a cookie", "cookie", "a=1\r\nx-smuggled: 1"),
                with("line end in a name", "x-a: 1\r\nx-smuggled", "1"),
                with("LF in a name", "x-a\nx-smuggled", "1"),
                with("NUL in a name", "x\0a", "1"),
                with("colon in a name", "x-smuggled: 1;x", "1"),
                with("space in a name", "x a", "1"),
                with("space behind a name", "content-length ", "7"),
                with("upper case name", "X-Upper", "1"),
                with("upper case length", "Content-Length", "7"),
                with("empty name", "", "1"),
                with("name outside ASCII", "x-\u00e9", "1"),
                // What belongs to a connection of HTTP/1.1.
                with("coding", "transfer-encoding", "chunked"),
                with("unknown coding", "transfer-encoding", "x"),
                with("connection", "connection", "close"),
                with("connection that names TE", "connection", "te"),
                with("keep-alive", "keep-alive", "timeout=5"),
                with("proxy-connection", "proxy-connection", "keep-alive"),
                with("upgrade", "upgrade", "websocket"),
                with("TE other than trailers", "te", "gzip"),
                with("TE with more than trailers", "te", "trailers, chunked"),
                // Length.
                with("two lengths", "content-length", "0", "content-length", "7"),
                with("two equal lengths", "content-length", "0", "content-length", "0"),
                with("list of lengths", "content-length", "0, 0"),
                with("signed length", "content-length", "+0"),
                with("negative length", "content-length", "-1"),
                with("length that is none", "content-length", "x"),
                with("hexadecimal length", "content-length", "0x0"),
                with("empty length", "content-length", ""),
                with("huge length", "content-length", "99999999999999999999"),
                with("length without a body", "content-length", "7"),
                with("length by another name", "content_length", "7"),
                with("coding by another name", "transfer_encoding", "chunked"),
                // Whom it is for.
                with("host that is another", "host", "other.test"),
                with("two hosts", "host", "sluice.test", "host", "sluice.test"),
                with("line end in the host", "host", "sluice.test\r\nx-smuggled: 1"),
                // Pseudo fields.
                with("pseudo field behind a field", "x-a", "1", ":path", "/other"),
                with("second path", ":path", "/other"),
                with("second method", ":method", "POST"),
                with("second authority", ":authority", "other.test"),
                with("unknown pseudo field", ":x", "1"),
                with("status in a request", ":status", "200"),
                of("line end in the method", "GET /smuggled" + REST, "/", "sluice.test"),
                of("space in the method", "GET /smuggled", "/", "sluice.test"),
                of("NUL in the method", "GE\0T", "/", "sluice.test"),
                of("empty method", "", "/", "sluice.test"),
                of("line end in the path", "GET", "/" + REST, "sluice.test"),
                of("LF in the path", "GET", "/a\nb", "sluice.test"),
                of("line end in the query", "GET", "/?" + REST, "sluice.test"),
                of("space in the path", "GET", "/a b", "sluice.test"),
                of("space in the query", "GET", "/?a b", "sluice.test"),
                of("tab in the path", "GET", "/a\tb", "sluice.test"),
                of("NUL in the path", "GET", "/a\0b", "sluice.test"),
                of("control in the path", "GET", "/a\u0001b", "sluice.test"),
                of("delete in the path", "GET", "/a\u007fb", "sluice.test"),
                of("delete in the query", "GET", "/?\u007f", "sluice.test"),
                of("fragment in the path", "GET", "/a#b", "sluice.test"),
                of("empty path", "GET", "", "sluice.test"),
                of("path without a slash", "GET", "a", "sluice.test"),
                of("asterisk for a GET", "GET", "*", "sluice.test"),
                of("absolute path", "GET", "http://other.test/", "sluice.test"),
                of("user in the authority", "GET", "/", "user@sluice.test"),
                of("line end in the authority", "GET", "/", "sluice.test\r\nx-smuggled: 1"),
                of("space in the authority", "GET", "/", "sluice test"),
                of("slash in the authority", "GET", "/", "sluice.test/x"),
                of("NUL in the authority", "GET", "/", "sluice\0.test"),
                of("port that is none", "GET", "/", "sluice.test:80x"),
                of("empty authority", "GET", "/", ""),
                Arguments.of("line end in the scheme", request("GET", "http\r\nx-smuggled: 1", "/", "sluice.test")),
                Arguments.of("scheme that is none", request("GET", "x", "/", "sluice.test")),
                Arguments.of("no method", List.of(":scheme", "http", ":path", "/", ":authority", "sluice.test")),
                Arguments.of("no scheme", List.of(":method", "GET", ":path", "/", ":authority", "sluice.test")),
                Arguments.of("no path", List.of(":method", "GET", ":scheme", "http", ":authority", "sluice.test")),
                Arguments.of("no authority", List.of(":method", "GET", ":scheme", "http", ":path", "/")));
    }

    private static Arguments with(String what, String... more) {
        List<String> fields = new ArrayList<>(request("GET", "http", "/", "sluice.test"));
        fields.addAll(List.of(more));
        return Arguments.of(what, fields);
    }

    private static Arguments of(String what, String method, String path, String authority) {
        return Arguments.of(what, request(method, "http", path, authority));
    }

    private static List<String> request(String method, String scheme, String path, String authority) {
        return List.of(":method", method, ":scheme", scheme, ":path", path, ":authority", authority);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void malformedRequestReachesNoBackend(String what, List<String> fields) throws IOException {
        try (RawH2Client client = RawH2Client.connect(ClientProtocol.H2C, proxy())) {
            client.headers(1, true, fields.toArray(String[]::new));
            assertThat(client.outcome(1)).as(what).isIn("400", "reset 1", "closed");
        }
        assertThat(origin.requests()).as(what).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "H2C"})
    void wellFormedRequestPasses(ClientProtocol protocol) throws IOException {
        try (RawH2Client client = RawH2Client.connect(protocol, proxy())) {
            client.headers(1, true, fields(protocol, "GET", "te", "trailers", "content-length", "0"));
            assertThat(client.outcome(1)).isEqualTo("200");
        }
        assertThat(origin.requests()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "H2C"})
    void bodyShorterThanItsLengthIsNeverPassedOffAsWhole(ClientProtocol protocol) throws IOException {
        try (RawH2Client client = RawH2Client.connect(protocol, proxy())) {
            client.headers(1, false, fields(protocol, "POST", "content-length", "7"))
                    .data(1, true, "abc");
            assertThat(client.outcome(1)).isIn("400", "reset 1", "closed");
        }
        assertThat(origin.requests("/")).noneMatch(ReceivedRequest::complete);
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "H2C"})
    void bodyCutByTrailersIsNeverPassedOffAsWhole(ClientProtocol protocol) throws IOException {
        try (RawH2Client client = RawH2Client.connect(protocol, proxy())) {
            client.headers(1, false, fields(protocol, "POST", "content-length", "7"))
                    .data(1, false, "abc");
            client.headers(1, true, "x-a", "1");
            assertThat(client.outcome(1)).isIn("400", "reset 1", "reset 8", "closed");
        }
        assertThat(origin.requests("/")).noneMatch(ReceivedRequest::complete);
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "H2C"})
    void bodyLongerThanItsLengthBecomesNoRequest(ClientProtocol protocol) throws IOException {
        try (RawH2Client client = RawH2Client.connect(protocol, proxy())) {
            client.headers(1, false, fields(protocol, "POST", "content-length", "3"))
                    .data(1, true, "abcGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(client.outcome(1)).isIn("400", "reset 1", "closed");
        }
        assertThat(origin.requests("/")).noneMatch(ReceivedRequest::complete);
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "H2C"})
    void bodyThatGoesOnBehindItsLengthBecomesNoRequest(ClientProtocol protocol) throws IOException {
        try (RawH2Client client = RawH2Client.connect(protocol, proxy())) {
            client.headers(1, false, fields(protocol, "POST", "content-length", "3"));
            client.data(1, false, "abc");
            origin.awaitRequest("/");
            client.data(1, true, "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
            // The answer may have come before the surplus did.
            assertThat(client.outcome(1)).isIn("200", "400", "reset 1", "closed");
        }
    }

    static Stream<Arguments> malformedTrailers() {
        return Stream.of(
                Arguments.of("line end in a value", List.of("x-a", "1\r\n\r\nGET /smuggled" + REST)),
                Arguments.of("line end in a name", List.of("x-a: 1\r\nx-smuggled", "1")),
                Arguments.of("pseudo field", List.of(":path", "/smuggled")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformedTrailers")
    void malformedTrailersAreNotPassedOn(String what, List<String> trailers) throws IOException {
        try (RawH2Client client = RawH2Client.connect(ClientProtocol.H2C, proxy())) {
            client.headers(1, false, fields(ClientProtocol.H2C, "POST")).data(1, false, "abc");
            client.headers(1, true, trailers.toArray(String[]::new));
            // How it ends depends on how far the exchange had come; not well in any case.
            assertThat(client.outcome(1)).as(what).isNotEqualTo("200");
        }
        assertThat(origin.requests("/")).as(what).noneMatch(ReceivedRequest::complete);
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "H2C"})
    void framingInTrailersStaysHere(ClientProtocol protocol) throws IOException {
        try (RawH2Client client = RawH2Client.connect(protocol, proxy())) {
            client.headers(1, false, fields(protocol, "POST")).data(1, false, "abc");
            client.headers(1, true, "content-length", "7", "transfer-encoding", "chunked", "host", "h", "x-a", "1");
            assertThat(client.outcome(1)).isIn("200", "400", "reset 1", "closed");
        }
        for (ReceivedRequest request : origin.requests("/"))
            assertThat(names(request.trailers())).doesNotContain("content-length", "transfer-encoding", "host");
    }

    /** Whatever a test sent, the next one on the same backend connections gets its own answer. */
    @AfterEach
    void nextRequestGetsItsOwnAnswer() throws IOException {
        assertThat(origin.requests("/smuggled")).isEmpty();
        assertThat(origin.requests()).noneMatch(r -> r.headText().contains("smuggled"));
        assertThat(echo(ClientProtocol.HTTP11, TestRequest.get("/next")).target())
                .isEqualTo("/next");
    }

    private static String[] fields(ClientProtocol protocol, String method, String... more) {
        List<String> fields = new ArrayList<>(request(method, protocol.scheme(), "/", "sluice.test"));
        fields.addAll(List.of(more));
        return fields.toArray(String[]::new);
    }
}
