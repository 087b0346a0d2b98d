package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.EchoReport;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Header fields: what belongs to the message passes as it came, what belongs to the connection stays here. */
abstract class FieldsSuite extends ConformanceSuite {
    FieldsSuite(ProxyVariant variant) {
        super(variant);
    }

    @ParameterizedTest
    @EnumSource
    void requestFieldsKeepOrderAndValues(ClientProtocol protocol) throws IOException {
        EchoReport echo = echo(
                protocol,
                TestRequest.get("/")
                        .field("x-b", "Case Kept; q=\"A\\\"b\"")
                        .field("x-a", "1")
                        .field("x-b", "second, third")
                        .field("x-obs", "caf\u00e9 \u00ff")
                        .field("x-inner", "two  spaces\tand a tab"));
        assertThat(startingWith(echo.fields(), "x-").stream()
                        .filter(f -> !ADDED_TO_REQUESTS.contains(f.name()))
                        .toList())
                .containsExactly(
                        Field.of("x-b", "Case Kept; q=\"A\\\"b\""),
                        Field.of("x-a", "1"),
                        Field.of("x-b", "second, third"),
                        Field.of("x-obs", "caf\u00e9 \u00ff"),
                        Field.of("x-inner", "two  spaces\tand a tab"));
    }

    @ParameterizedTest
    @EnumSource
    void responseFieldsKeepOrderAndValues(ClientProtocol protocol) throws IOException {
        List<Field> sent = List.of(
                Field.of("x-b", "Case Kept"),
                Field.of("set-cookie", "a=1; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT"),
                Field.of("x-a", "caf\u00e9"),
                Field.of("set-cookie", "b=2"),
                Field.of("x-b", "again"),
                Field.of("set-cookie", "a=1; Path=/"));
        origin.on("/", (request, exchange) -> exchange.answer(200, "x", sent.toArray(Field[]::new)));
        TestResponse response = send(protocol, TestRequest.get("/"));
        assertThat(response.fields().stream()
                        .map(f -> Field.of(f.name().toLowerCase(Locale.ROOT), f.value()))
                        .filter(f -> f.name().startsWith("x-") || f.name().equals("set-cookie"))
                        .toList())
                .isEqualTo(sent);
    }

    @Test
    void fieldNamesKeepTheirCaseOverHttp11() throws IOException {
        origin.on("/", (request, exchange) -> exchange.answer(200, "x", Field.of("X-rEsP", "1")));
        TestResponse response = raw("GET", "GET / HTTP/1.1\r\nHost: sluice.test\r\nX-oDd: 1\r\naccept: */*\r\n\r\n");
        assertThat(origin.requests().get(0).headText()).contains("\r\nX-oDd: 1\r\n");
        assertThat(response.fields()).contains(Field.of("X-rEsP", "1"));
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsInventedForTheRequest(ClientProtocol protocol) throws IOException {
        EchoReport echo = echo(protocol, TestRequest.get("/"));
        assertThat(names(echo.fields()).stream()
                        .filter(n -> !ADDED_TO_REQUESTS.contains(n))
                        .toList())
                .containsExactly("host");
    }

    @ParameterizedTest
    @EnumSource
    void contentTypeIsNotInventedForABody(ClientProtocol protocol) throws IOException {
        EchoReport echo = echo(protocol, TestRequest.post("/", "a=b"));
        assertThat(names(echo.fields()))
                .contains("content-length")
                .doesNotContain("content-type", "user-agent", "accept-encoding", "accept", "expect", "connection");
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsInventedForTheResponse(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> exchange.answer(200, "x"));
        TestResponse response = send(protocol, TestRequest.get("/"));
        assertThat(names(response.fields())).doesNotContain("date", "server", "content-type", "content-encoding");
    }

    @ParameterizedTest
    @EnumSource
    void fieldsOfTheOriginAreNotDoubled(ClientProtocol protocol) throws IOException {
        origin.on(
                "/",
                (request, exchange) -> exchange.answer(
                        200,
                        "x",
                        Field.of("Date", "Tue, 15 Nov 1994 08:12:31 GMT"),
                        Field.of("Server", "scripted/1"),
                        Field.of("Content-Type", "text/html; CHARSET=\"latin-1\"")));
        TestResponse response = send(protocol, TestRequest.get("/").field("user-agent", "own/1"));
        assertThat(response.values("date")).containsExactly("Tue, 15 Nov 1994 08:12:31 GMT");
        assertThat(response.values("server")).containsExactly("scripted/1");
        assertThat(response.values("content-type")).containsExactly("text/html; CHARSET=\"latin-1\"");
        assertThat(response.values("content-length")).containsExactly("1");
        assertThat(origin.requests().get(0).values("user-agent")).containsExactly("own/1");
    }

    @ParameterizedTest
    @EnumSource
    void compressedBodyStaysAsItIs(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> exchange.answer(200, "notgzip", Field.of("Content-Encoding", "gzip")));
        TestResponse response = send(protocol, TestRequest.get("/").field("accept-encoding", "gzip;q=0.5"));
        assertThat(response.text()).isEqualTo("notgzip");
        assertThat(response.field("content-encoding")).isEqualTo("gzip");
        assertThat(origin.requests().get(0).values("accept-encoding")).containsExactly("gzip;q=0.5");
    }

    @Test
    void hopByHopFieldsOfARequestStayHere() throws IOException {
        EchoReport echo = raw(
                        "GET",
                        "GET / HTTP/1.1\r\nHost: sluice.test\r\nConnection: X-Named, keep-alive\r\nX-Named: 1\r\n"
                                + "Connection: x-OTHER\r\nX-Other: 2\r\nKeep-Alive: timeout=5\r\n"
                                + "Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic eA==\r\n"
                                + "TE: gzip\r\nX-Stays: 3\r\n\r\n")
                .echo();
        assertThat(names(echo.fields()))
                .contains("x-stays")
                .doesNotContain(
                        "x-named",
                        "x-other",
                        "keep-alive",
                        "proxy-connection",
                        "proxy-authorization",
                        "connection",
                        "te");
    }

    @Test
    void connectionCannotTakeHostOrLengthAway() throws IOException {
        TestResponse response = raw(
                "POST",
                "POST / HTTP/1.1\r\nHost: kept.test\r\nConnection: Host, Content-Length\r\nContent-Length: 3\r\n\r\nabc");
        EchoReport echo = response.echo();
        assertThat(Field.values(echo.fields(), "host")).containsExactly("kept.test");
        assertThat(Field.values(echo.fields(), "content-length")).containsExactly("3");
        assertThat(echo.body().size()).isEqualTo(3);
    }

    @Test
    void connectionCannotTakeForwardedFieldsAway() throws IOException {
        EchoReport echo = raw(
                        "GET",
                        "GET / HTTP/1.1\r\nHost: sluice.test\r\nConnection: X-Forwarded-For, Forwarded, Via\r\n\r\n")
                .echo();
        assertThat(names(echo.fields())).contains("x-forwarded-for", "forwarded", "via");
    }

    @ParameterizedTest
    @EnumSource
    void hopByHopFieldsOfAResponseStayHere(ClientProtocol protocol) throws IOException {
        origin.on(
                "/",
                (request, exchange) -> exchange.answer(
                        200,
                        "abc",
                        Field.of("Connection", "X-Named, Content-Length"),
                        Field.of("X-Named", "1"),
                        Field.of("Keep-Alive", "timeout=5"),
                        Field.of("Proxy-Authenticate", "Basic"),
                        Field.of("Upgrade", "h2c"),
                        Field.of("X-Stays", "2")));
        TestResponse response = send(protocol, TestRequest.get("/"));
        assertThat(response.text()).isEqualTo("abc");
        assertThat(response.values("content-length")).containsExactly("3");
        assertThat(names(response.fields()))
                .contains("x-stays")
                .doesNotContain("x-named", "keep-alive", "proxy-authenticate", "upgrade", "connection");
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "H2C"})
    void cookieThatHttp2HasSplitIsOneLineAgain(ClientProtocol protocol) throws IOException {
        EchoReport echo =
                echo(protocol, TestRequest.get("/").field("cookie", "a=1").field("cookie", "b=2"));
        assertThat(Field.values(echo.fields(), "cookie")).containsExactly("a=1; b=2");
    }
}
