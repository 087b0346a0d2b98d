package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients of HTTP/1.1 that go on sending when they have been answered, and do not look before they have done. */
@Timeout(60)
abstract class EarlyAnswersSuite extends ConformanceSuite {
    private static final int PIECE = 64 * 1024;

    EarlyAnswersSuite(ProxyVariant variant) {
        super(variant);
    }

    @Override
    ProxySetup setup() {
        return super.setup().route("/gone", "http://127.0.0.1:1");
    }

    private RawClient connect(boolean tls) throws IOException {
        return tls ? RawClient.tls(proxy().tlsPort()) : raw();
    }

    /** RFC 9112 §9.6: were the connection closed at once, a reset would take the answer away. */
    @ParameterizedTest
    @CsvSource({"413, false", "413, true", "401, false", "401, true", "502, false", "502, true"})
    void clientThatSendsAllOfItsUploadBeforeItReadsHasTheWholeAnswer(int status, boolean tls) throws IOException {
        String text = "x".repeat(20_000);
        origin.on("/early", (request, exchange) -> exchange.answer(status, text));
        try (RawClient client = connect(tls)) {
            client.send(upload(status == 502 ? "/gone" : "/early", "Content-Length: " + 128 * PIECE));
            byte[] piece = new byte[PIECE];
            client.send(piece);
            client.awaitArrival();

            for (int i = 1; i < 128; i++) client.send(piece);

            TestResponse answer = client.readResponse("POST");
            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.failure()).isNull();
            if (status != 502) assertThat(answer.text()).isEqualTo(text);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void clientThatNeverStopsSendingIsEnded(boolean tls) throws IOException {
        origin.on("/early", (request, exchange) -> exchange.answer(413, "too large"));
        try (RawClient client = connect(tls)) {
            byte[] piece = new byte[PIECE];
            String chunk = Integer.toHexString(PIECE) + "\r\n";
            client.send(upload("/early", "Transfer-Encoding: chunked"));
            client.send(chunk).send(piece).send("\r\n");
            client.awaitArrival();

            assertThatThrownBy(() -> {
                        for (int i = 0; i < 4096; i++)
                            client.send(chunk).send(piece).send("\r\n");
                    })
                    .as("end of a client that sends 256 MB")
                    .isInstanceOf(IOException.class);
        }
    }

    /** What it sends next is no request of this connection's. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nothingThatFollowsAnUnwantedUploadIsServed(boolean tls) throws IOException {
        origin.on("/early", (request, exchange) -> exchange.answer(413, "too large"));
        try (RawClient client = connect(tls)) {
            client.send(upload("/early", "Content-Length: " + 64 * PIECE));
            client.awaitArrival();
            assertThat(client.readResponse("POST").text()).isEqualTo("too large");

            byte[] piece = "GET /hidden HTTP/1.1\r\nHost: sluice.test\r\n\r\n"
                    .repeat(1000)
                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            client.send(piece).send(piece);
            client.halfClose();

            assertThat(client.readToEnd()).isEmpty();
            assertThat(origin.requests()).noneMatch(request -> request.target().equals("/hidden"));
        }
    }

    private static String upload(String path, String framing) {
        return "POST " + path + " HTTP/1.1\r\nHost: sluice.test\r\n" + framing + "\r\n\r\n";
    }
}
