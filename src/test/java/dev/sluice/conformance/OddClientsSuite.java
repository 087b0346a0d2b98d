package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.BodySum;
import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.EchoReport;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that do what few do: old ones, hasty ones, patient ones, and those that send what is not expected of them. */
@Once
abstract class OddClientsSuite extends ConformanceSuite {
    private static final String HOST = "Host: sluice.test\r\n";
    private static final long LARGE = 100_000_000;

    OddClientsSuite(ProxyVariant variant) {
        super(variant);
    }

    // HTTP/1.0

    @Test
    void http10ConnectionEndsWithItsAnswer() throws IOException {
        try (RawClient client = raw()) {
            TestResponse response = client.send("GET /old HTTP/1.0\r\n\r\n").readResponse();
            assertThat(response.echo().target()).isEqualTo("/old");
            assertThat(response.values("connection")).allMatch(v -> v.equalsIgnoreCase("close"));
            client.awaitClosed();
        }
    }

    @Test
    void http10ConnectionThatAsksForItIsKept() throws IOException {
        try (RawClient client = raw()) {
            for (int i = 0; i < 3; i++) {
                client.send("POST /old" + i + " HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc");
                TestResponse response = client.readResponse("POST");
                assertThat(response.values("connection")).containsExactly("keep-alive");
                assertThat(response.echo().target()).isEqualTo("/old" + i);
                assertThat(response.echo().body().size()).isEqualTo(3);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Connection: keep-alive\r\n"})
    void answerOfUnknownLengthEndsWithTheConnectionOfAnHttp10Client(String keep) throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.startChunked(200);
            exchange.chunk("one");
            exchange.chunk("two");
            exchange.endChunks();
        });
        try (RawClient client = raw()) {
            String answer = client.send("GET / HTTP/1.0\r\n" + keep + "\r\n").readToEnd();
            assertThat(answer).endsWith("\r\n\r\nonetwo").doesNotContainIgnoringCase("keep-alive", "chunked");
        }
    }

    @Test
    void http10ClientThatExpectsContinueIsSentNone() throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.interim(100);
            origin.echo(request, exchange);
        });
        TestResponse response = raw("POST", "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc");
        assertThat(response.interims()).isEmpty();
        assertThat(response.echo().body().size()).isEqualTo(3);
    }

    // Pipelining

    private RawClient connect(boolean tls) throws IOException {
        return tls ? RawClient.tls(proxy().tlsPort()) : raw();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void pipelinedAnswersStayInOrderWhenTheFirstIsTheSlower(boolean tls) throws IOException {
        Gate slow = new Gate();
        origin.on("/slow", (request, exchange) -> {
            exchange.sumBody();
            slow.pass();
            exchange.startChunked(200);
            exchange.chunk("slo");
            slow.pass();
            exchange.chunk("w");
            exchange.endChunks();
        });
        try (RawClient client = connect(tls)) {
            client.send("POST /slow HTTP/1.1\r\n" + HOST + "Content-Length: 5\r\n\r\nGET /"
                    + "POST /fast HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
                    + "HEAD /head HTTP/1.1\r\n" + HOST + "\r\n"
                    + "GET /last HTTP/1.1\r\n" + HOST + "\r\n");
            ReceivedRequest first = origin.awaitRequest("/slow");
            await().until(first::complete);
            slow.open(2);
            assertThat(client.readResponse("POST").text()).isEqualTo("slow");
            EchoReport fast = client.readResponse("POST").echo();
            assertThat(fast.target()).isEqualTo("/fast");
            assertThat(fast.body().size()).isEqualTo(3);
            assertThat(client.readResponse("HEAD").body()).isEmpty();
            assertThat(client.readResponse().echo().target()).isEqualTo("/last");
        }
    }

    @Test
    void pipelinedRequestBehindABrokenAnswerIsNotAnswered() throws IOException {
        origin.on("/broken", (request, exchange) -> {
            exchange.startLength(200, 10);
            exchange.content("part");
            exchange.close();
        });
        try (RawClient client = raw()) {
            client.send("GET /broken HTTP/1.1\r\n" + HOST + "\r\nGET /next HTTP/1.1\r\n" + HOST + "\r\n");
            assertThat(client.readToEnd()).endsWith("\r\n\r\npart");
        }
    }

    @Test
    void manyPipelinedRequestsAreAnsweredInOrder() throws Exception {
        int many = 500;
        try (RawClient client = raw()) {
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < many; i++)
                all.append("POST /").append(i).append(" HTTP/1.1\r\n" + HOST + "Content-Length: 2\r\n\r\nab");
            CompletableFuture<RawClient> sending = CompletableFuture.supplyAsync(() -> sendAll(client, all.toString()));
            for (int i = 0; i < many; i++)
                assertThat(client.readResponse("POST").echo().target()).isEqualTo("/" + i);
            sending.get(10, TimeUnit.SECONDS);
        }
    }

    private static RawClient sendAll(RawClient client, String text) {
        try {
            return client.send(text);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    // Expect: 100-continue

    /** The backend reads, and says nothing before it has read all; the client sends nothing before it is told to. */
    @ParameterizedTest
    @EnumSource
    void clientThatWaitsForContinueIsToldToGoOnWhenTheBackendNeverDoes(ClientProtocol protocol) throws IOException {
        assertUploadsWhenToldOnce(protocol, () -> {});
    }

    @ParameterizedTest
    @EnumSource
    void clientThatHasBegunToSendIsNotToldToGoOn(ClientProtocol protocol) throws IOException {
        Gate gate = new Gate();
        origin.on("/", (request, exchange) -> {
            exchange.readBody(1);
            gate.pass(Duration.ofMillis(1500));
            origin.echo(request, exchange);
        });
        try (TestClient client = protocol.connect(proxy())) {
            long opened = System.nanoTime();
            TestExchange exchange = client.open(TestRequest.upload("/", 3).field("expect", "100-continue"));
            exchange.write(bytes("a"));
            boolean prompt = sentBeforeAnybodyWouldTellItTo(opened);
            exchange.write(bytes("bc"));
            exchange.end(List.of());
            TestResponse response = exchange.finish();
            assertThat(response.echo().body().size()).isEqualTo(3);
            if (prompt) assertThat(response.interims()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void lateContinueOfTheBackendIsNotASecondOne(ClientProtocol protocol) throws IOException {
        Gate gate = new Gate();
        origin.on("/", (request, exchange) -> {
            gate.pass();
            exchange.interim(100);
            origin.echo(request, exchange);
        });
        assertUploadsWhenToldOnce(protocol, gate::open);
    }

    // Bodies

    @ParameterizedTest
    @CsvSource({"GET, true", "GET, false", "DELETE, true", "DELETE, false", "OPTIONS, true", "QUERY, false"})
    void bodyIsPassedOnWhateverTheMethod(String method, boolean sized) throws IOException {
        for (ClientProtocol protocol : ClientProtocol.values()) {
            TestRequest request = TestRequest.of(method, "/").body(bytes("query"));
            EchoReport echo = echo(protocol, sized ? request : request.unsized());
            assertThat(echo.method()).isEqualTo(method);
            assertThat(echo.body().size()).as(protocol + "").isEqualTo(5);
        }
    }

    @ParameterizedTest
    @EnumSource
    void emptyBodyOfADeleteStaysEmpty(ClientProtocol protocol) throws IOException {
        assertThat(echo(protocol, TestRequest.of("DELETE", "/").body(new byte[0]))
                        .body()
                        .size())
                .isZero();
        assertThat(send(protocol, TestRequest.get("/next")).echo().target()).isEqualTo("/next");
    }

    /** The backend has read enough, says so, and leaves the rest where it is. */
    @ParameterizedTest
    @EnumSource
    void refusalReachesAClientThatUploadsAHundredMegabytesAndItsConnectionIsNotUsedAgain(ClientProtocol protocol)
            throws Exception {
        Gate read = new Gate();
        origin.on("/large", (request, exchange) -> {
            exchange.readBody(100_000L);
            exchange.answer(413, "too much");
            read.pass(); // Neither reads nor closes.
        });
        try (TestClient client = protocol.connect(proxy())) {
            TestExchange exchange = client.open(TestRequest.upload("/large", LARGE));
            CompletableFuture<Boolean> writing = CompletableFuture.supplyAsync(() -> writeAll(exchange));
            TestResponse response = exchange.finish();
            assertThat(response.status()).isEqualTo(413);
            assertThat(response.text()).isEqualTo("too much");
            assertThat(writing.get(10, TimeUnit.SECONDS)).as("all was sent").isFalse();
            read.open();
        }
        ReceivedRequest refused = origin.requests("/large").get(0);
        assertThat(refused.complete()).isFalse();
        origin.awaitClosed(refused.connection());
        assertThat(echo(protocol, TestRequest.get("/next")).target()).isEqualTo("/next");
        assertThat(origin.requests("/next").get(0).connection()).isNotEqualTo(refused.connection());
    }

    /** Whether nobody stopped it. */
    private static boolean writeAll(TestExchange exchange) {
        byte[] piece = BodySum.patternBytes(100_000);
        try {
            for (long done = 0; done < LARGE; done += piece.length) exchange.write(piece);
            return true;
        } catch (IOException stopped) {
            return false;
        }
    }

    // Small packets

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void requestsThatComeByteByByteAreRequests(boolean tls) throws IOException {
        String post = "POST /slow?q HTTP/1.1\r\n" + HOST + "X-A:  b \r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3;x=y\r\nabc\r\n0a\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n";
        String get = "GET /next HTTP/1.1\r\n" + HOST + "\r\n";
        try (RawClient client = connect(tls)) {
            for (byte b : bytes(post)) client.send(new byte[] {b});
            EchoReport echo = client.readResponse("POST").echo();
            assertThat(echo.target()).isEqualTo("/slow?q");
            assertThat(echo.body().size()).isEqualTo(13);
            for (byte b : bytes(get)) client.send(new byte[] {b});
            assertThat(client.readResponse().echo().target()).isEqualTo("/next");
        }
        assertThat(origin.requests("/slow").get(0).values("x-a")).containsExactly("b");
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "H2C"})
    void framesThatComeByteByByteAreFrames(ClientProtocol protocol) throws IOException {
        try (RawH2Client client = RawH2Client.connect(protocol, proxy()).byteByByte()) {
            client.headers(
                    1, false, ":method", "POST", ":scheme", protocol.scheme(), ":path", "/slow", ":authority", "a");
            client.data(1, false, "abc").data(1, true, "d");
            assertThat(client.outcome(1)).isEqualTo("200");
        }
        assertThat(origin.requests("/slow").get(0).body()).asString().isEqualTo("abcd");
    }
}
