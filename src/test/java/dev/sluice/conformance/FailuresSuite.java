package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a client is told when its backend fails, and what it is not told. */
abstract class FailuresSuite extends ConformanceSuite {
    /** A port that nobody is given by chance. */
    private static final String REFUSING = "http://127.0.0.1:1";

    FailuresSuite(ProxyVariant variant) {
        super(variant);
    }

    @Override
    ProxySetup setup() {
        return ProxySetup.to(origin.url()).route("/refused", REFUSING);
    }

    @ParameterizedTest
    @EnumSource
    void backendThatRefusesConnectionsIsABadGateway(ClientProtocol protocol) throws IOException {
        assertFailure(send(protocol, TestRequest.get("/refused")), 502);
        assertFailure(send(protocol, TestRequest.post("/refused", "body")), 502);
    }

    @ParameterizedTest
    @EnumSource
    void backendThatClosesBeforeItsAnswerIsABadGateway(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> exchange.close());
        assertFailure(send(protocol, TestRequest.post("/", "body")), 502);
    }

    @ParameterizedTest
    @EnumSource
    void backendThatResetsBeforeItsAnswerIsABadGateway(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.sumBody();
            exchange.reset();
        });
        assertFailure(send(protocol, TestRequest.post("/", "body")), 502);
    }

    @ParameterizedTest
    @EnumSource
    void backendThatDoesNotSpeakHttpIsABadGateway(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.raw("SSH-2.0-scripted\r\n\r\n");
            exchange.close();
        });
        assertFailure(send(protocol, TestRequest.get("/")), 502);
    }

    @ParameterizedTest
    @EnumSource
    void answerWithTwoLengthsIsABadGateway(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde");
            exchange.closeAfter();
        });
        assertFailure(send(protocol, TestRequest.get("/")), 502);
    }

    @ParameterizedTest
    @EnumSource
    void answerCutInItsHeadIsABadGateway(ClientProtocol protocol) throws IOException {
        origin.on("/", (request, exchange) -> {
            exchange.raw("HTTP/1.1 200 OK\r\nContent-Le");
            exchange.close();
        });
        assertFailure(send(protocol, TestRequest.get("/")), 502);
    }

    @ParameterizedTest
    @EnumSource
    void errorIsJsonWhereTheClientAsksForIt(ClientProtocol protocol) throws IOException {
        TestResponse response = send(protocol, TestRequest.get("/refused").field("accept", "application/json"));
        assertFailure(response, 502);
        assertThat(response.field("content-type")).startsWith("application/json");
        assertThat(response.text()).startsWith("{").contains("502", "\"id\"");
    }

    @ParameterizedTest
    @EnumSource
    void errorIsPlainTextOtherwise(ClientProtocol protocol) throws IOException {
        TestResponse response = send(protocol, TestRequest.get("/refused").field("accept", "text/html, */*;q=0.1"));
        assertFailure(response, 502);
        assertThat(response.field("content-type")).startsWith("text/plain");
        assertThat(response.text()).contains("502").doesNotContain("<");
    }

    @ParameterizedTest
    @EnumSource
    void errorToHeadHasNoBody(ClientProtocol protocol) throws IOException {
        TestResponse response = send(protocol, TestRequest.of("HEAD", "/refused"));
        assertThat(response.status()).isEqualTo(502);
        assertThat(response.body()).isEmpty();
        assertThat(response.complete()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "H2C"})
    void http2ConnectionOutlivesAFailure(ClientProtocol protocol) throws IOException {
        try (TestClient client = protocol.connect(proxy())) {
            assertFailure(client.send(TestRequest.get("/refused")), 502);
            assertThat(client.send(TestRequest.get("/")).status()).isEqualTo(200);
        }
    }

    private void assertFailure(TestResponse response, int status) {
        assertFailure(response, status, origin);
        assertThat(response.text()).doesNotContainPattern(":1\\b"); // The port of who refuses.
    }

    /** A small whole body in the proxy's own words: no address, no port, no class, no path. */
    static void assertFailure(TestResponse response, int status, FaultyOrigin... origins) {
        assertThat(response.status()).as(response.toString()).isEqualTo(status);
        assertThat(response.complete()).isTrue();
        assertThat(response.body()).hasSizeBetween(1, 512);
        String text = response.text().toLowerCase(Locale.ROOT);
        assertThat(text).doesNotContain("127.0.0.1", "exception", "jetty", "dev.sluice", "java", "\tat ");
        for (FaultyOrigin origin : origins) assertThat(text).doesNotContain(":" + origin.port());
    }
}
