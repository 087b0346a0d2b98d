package dev.sluice.conformance;

import static dev.sluice.conformance.FailuresSuite.assertFailure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.EchoReport;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.OriginExchange;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestHead;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Backends that say too much, too little, or stop in the middle. A client gets a whole and right answer, a clear failure, or
 * one that it sees is cut; and the next exchange is as if nothing had been.
 */
@Once
abstract class OddBackendsSuite extends ConformanceSuite {
    private static final String OK = "HTTP/1.1 200 OK\r\n";
    private static final String CHUNKED = OK + "Transfer-Encoding: chunked\r\n\r\n";
    private static final String NOBODYS = "HTTP/1.1 200 OK\r\nX-For: nobody\r\nContent-Length: 6\r\n\r\nnobody";

    OddBackendsSuite(ProxyVariant variant) {
        super(variant);
    }

    private void assertNextIsRight(ClientProtocol protocol, ReceivedRequest after) throws IOException {
        origin.awaitClosed(after.connection());
        EchoReport echo = echo(protocol, TestRequest.get("/next"));
        assertThat(echo.target()).isEqualTo("/next");
    }

    // Status lines

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1",
                "HTTP/1.1 ",
                "HTTP/1.1 OK",
                "HTTP/1.1 000 Zero",
                "HTTP/1.1 099 Below",
                "HTTP/1.1 -20 Signed",
                "HTTP/1.1 +20 Signed",
                "HTTP/1.1 0x8 Hexadecimal",
                "HTTP/1.1 200OK",
                "HTTP/0.9 200 OK",
                "HTTP/3.0 200 OK",
                "HTTP/11 200 OK",
                "HTTP 200 OK",
                "ICY 200 OK",
                "200 OK",
                "GET / HTTP/1.1",
                "<html>"
            })
    void statusLineThatIsNoneIsABadGateway(String line) throws IOException {
        origin.on("/", (request, exchange) -> exchange.raw(line + "\r\nContent-Length: 0\r\n\r\n" + NOBODYS));
        assertFailure(send(ClientProtocol.HTTP11, TestRequest.get("/")), 502, origin);
        assertNextIsRight(ClientProtocol.HTTP11, origin.requests("/").get(0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 299",
                "HTTP/1.1 299 ",
                "HTTP/1.1 299 an \u00e4  one",
                "http/1.1 299 Small",
                "HTTP/1.1 599 High"
            })
    void unusualStatusLinesAreUnderstood(String line) throws IOException {
        origin.on("/", (request, exchange) -> exchange.raw(line + "\r\nContent-Length: 3\r\n\r\nabc"));
        TestResponse response = send(ClientProtocol.HTTP11, TestRequest.get("/"));
        assertThat(response.status()).isEqualTo(Integer.parseInt(line.substring(9, 12)));
        assertThat(response.text()).isEqualTo("abc");
    }

    // Bodies where none may be

    @ParameterizedTest
    @ValueSource(strings = {"HEAD 200", "GET 204", "GET 304"})
    void chunksWhereNoBodyMayBeAreNobodys(String methodAndStatus) throws IOException {
        String method = methodAndStatus.substring(0, methodAndStatus.indexOf(' '));
        String status = methodAndStatus.substring(method.length() + 1);
        origin.on(
                "/",
                (request, exchange) -> exchange.raw(
                        "HTTP/1.1 " + status + " X\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nnobody\r\n0\r\n\r\n"));
        TestResponse response = send(ClientProtocol.HTTP11, TestRequest.of(method, "/"));
        assertThat(response.status()).isIn(Integer.parseInt(status), 502);
        assertThat(response.text()).doesNotContain("nobody");
        assertNextIsRight(ClientProtocol.HTTP11, origin.requests("/").get(0));
    }

    @Test
    void bodyOfAnInterimAnswerIsNotTheAnswer() throws IOException {
        origin.on(
                "/",
                (request, exchange) -> exchange.raw("HTTP/1.1 103 Hints\r\nContent-Length: 6\r\n\r\nnobody" + NOBODYS));
        TestResponse response = send(ClientProtocol.HTTP11, TestRequest.get("/"));
        assertFailure(response, 502, origin);
        assertNextIsRight(ClientProtocol.HTTP11, origin.requests("/").get(0));
    }

    // Without end

    static Stream<Arguments> endless() {
        return Stream.of(
                Arguments.of("status line", "HTTP/1.1 200 ", "x"),
                Arguments.of("field name", OK + "X-", "x"),
                Arguments.of("field value", OK + "X-A: ", "x"),
                Arguments.of("fields", OK, "X-A: 1\r\n"),
                Arguments.of("empty lines", "", "\r\n"),
                Arguments.of("interim answers", "", "HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n"),
                Arguments.of("fields of an interim answer", "HTTP/1.1 103 Hints\r\n", "Link: </a>\r\n"),
                Arguments.of("continues", "", "HTTP/1.1 100 Continue\r\n\r\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("endless")
    void answerWhoseHeadNeverEndsIsABadGateway(String what, String beginning, String again) throws IOException {
        origin.on("/", (request, exchange) -> endlessly(exchange, beginning, again));
        for (ClientProtocol protocol : List.of(ClientProtocol.HTTP11, ClientProtocol.H2))
            assertFailure(send(protocol, TestRequest.get("/")), 502, origin);
        assertNextIsRight(ClientProtocol.HTTP11, origin.requests("/").get(0));
    }

    static Stream<Arguments> endlessInTheMiddle() {
        return Stream.of(
                Arguments.of("chunk extension", CHUNKED + "5\r\nfirst\r\n3;a=", "x"),
                Arguments.of("quoted chunk extension", CHUNKED + "5\r\nfirst\r\n3;a=\"", "x;"),
                Arguments.of("chunk size", CHUNKED + "5\r\nfirst\r\n", "0"),
                Arguments.of("extension of the last chunk", CHUNKED + "5\r\nfirst\r\n0;", "x"),
                Arguments.of("trailers", CHUNKED + "5\r\nfirst\r\n0\r\n", "X-T: 1\r\n"),
                Arguments.of("trailer", CHUNKED + "5\r\nfirst\r\n0\r\nX-T: ", "1"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("endlessInTheMiddle")
    void answerWhoseFramingNeverEndsIsBrokenOff(String what, String beginning, String again) throws IOException {
        origin.on("/", (request, exchange) -> endlessly(exchange, beginning, again));
        for (ClientProtocol protocol : List.of(ClientProtocol.HTTP11, ClientProtocol.H2)) {
            TestResponse response = send(protocol, TestRequest.get("/"));
            // What came before may not have been passed on yet when it was seen that the rest is none.
            if (response.status() == 502) continue;
            assertThat(response.complete()).as(what).isFalse();
            assertThat("first").startsWith(response.text());
        }
        assertNextIsRight(ClientProtocol.HTTP11, origin.requests("/").get(0));
    }

    /** Until the proxy has had enough. */
    private static void endlessly(OriginExchange exchange, String beginning, String again) throws IOException {
        exchange.raw(beginning);
        byte[] piece = bytes(again.repeat(8192 / again.length()));
        while (true) exchange.raw(piece);
    }

    @ParameterizedTest
    @EnumSource
    void fewExtensionsOfChunksAreReadAndDropped(ClientProtocol protocol) throws IOException {
        String extension = ";a=" + "x".repeat(5000);
        origin.on(
                "/",
                (request, exchange) ->
                        exchange.raw(CHUNKED + "3" + extension + "\r\nabc\r\n0" + extension + "\r\n\r\n"));
        TestResponse response = send(protocol, TestRequest.get("/"));
        assertThat(response.complete()).isTrue();
        assertThat(response.text()).isEqualTo("abc");
    }

    @ParameterizedTest
    @EnumSource
    void hundredsOfInterimAnswersAreNotAllPassedOnAndTheFinalOneIs(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> {
            for (int i = 0; i < 500; i++) exchange.interim(103, Field.of("X-Number", "" + i));
            exchange.answer(200, "final");
        });
        TestResponse response = send(protocol, TestRequest.get("/"));
        assertThat(response.text()).isEqualTo("final");
        assertThat(response.interims()).hasSizeBetween(1, 64);
        List<String> numbers = response.interims().stream()
                .map((TestHead h) -> h.field("x-number"))
                .toList();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < numbers.size(); i++) expected.add("" + i);
        assertThat(numbers).isEqualTo(expected);
    }

    // In the middle

    /** How an answer may look, and how much of it is there when it is whole. */
    enum Shape {
        LENGTH(OK + "X-A: 1\r\nContent-Length: 10\r\n\r\n0123456789"),
        CHUNKS(CHUNKED + "4\r\n0123\r\n6;x\r\n456789\r\n0\r\nX-T: 1\r\n\r\n"),
        INTERIM("HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n" + OK + "Content-Length: 10\r\n\r\n0123456789");

        final String wire;

        Shape(String wire) {
            this.wire = wire;
        }
    }

    static Stream<Arguments> sweeps() {
        return Stream.of(Shape.values())
                .flatMap(shape -> Stream.of(ClientProtocol.HTTP11, ClientProtocol.H2C)
                        .flatMap(
                                protocol -> Stream.of(true, false).map(reset -> Arguments.of(shape, protocol, reset))));
    }

    /** At every single byte, once with RST and once with FIN. */
    @ParameterizedTest(name = "{0} {1} reset {2}")
    @MethodSource("sweeps")
    void answerThatEndsAnywhereIsNeverAWrongWholeOne(Shape shape, ClientProtocol protocol, boolean reset)
            throws IOException {
        origin.on("/sweep", (request, exchange) -> {
            int n = Integer.parseInt(request.target().substring("/sweep?".length()));
            if (n > 0) exchange.raw(shape.wire.substring(0, n));
            if (reset) exchange.reset();
            else exchange.close();
        });
        for (int n = 0; n <= shape.wire.length(); n++) {
            TestResponse response = send(protocol, TestRequest.get("/sweep?" + n));
            String at = shape + " cut after " + n + ": " + response;
            if (response.status() == 502) {
                assertFailure(response, 502, origin);
            } else {
                assertThat(response.status()).as(at).isEqualTo(200);
                assertThat("0123456789").as(at).startsWith(response.text());
                if (response.complete()) assertThat(n).as(at).isEqualTo(shape.wire.length());
            }
            if (n == shape.wire.length() && !reset)
                assertThat(response.complete()).as(at).isTrue();
            assertThat(echo(protocol, TestRequest.get("/next?" + n)).target()).isEqualTo("/next?" + n);
        }
    }

    /** The gate stands for the clock: nothing more comes until the client has what came before. */
    @ParameterizedTest
    @EnumSource
    void answerThatComesByteByByteIsPassedOnByteByByte(ClientProtocol protocol) throws IOException {
        String head = "HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n" + OK + "Content-Length: 10\r\n\r\n";
        Gate gate = new Gate();
        origin.on("/", (request, exchange) -> {
            exchange.drip(opened(head.length()), head);
            exchange.drip(gate, "0123456789");
        });
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.get("/"));
            for (int i = 0; i < 10; i++) {
                gate.open();
                assertThat(exchange.awaitBody(1)).asString().isEqualTo("" + i);
            }
            TestResponse response = exchange.finish();
            assertThat(response.complete()).isTrue();
            assertThat(response.interims()).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void framingThatComesByteByByteIsUnderstood(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.drip(opened(Shape.CHUNKS.wire.length()), Shape.CHUNKS.wire);
        });
        TestResponse response = send(protocol, TestRequest.get("/"));
        assertThat(response.text()).isEqualTo("0123456789");
        assertThat(response.complete()).isTrue();
    }

    private static Gate opened(int times) {
        Gate gate = new Gate();
        gate.open(times);
        return gate;
    }
}
