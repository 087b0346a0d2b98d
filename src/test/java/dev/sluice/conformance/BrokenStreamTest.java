package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.H2Exchange;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http2.ErrorCode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How an answer over HTTP/2 ends that cannot be finished. */
class BrokenStreamTest extends ConformanceSuite {
    BrokenStreamTest() {
        super(ProxyVariant.EMBEDDED);
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "H2C"})
    void answerThatABackendBreaksOffEndsWithAnErrorThatIsNotTheClients(ClientProtocol protocol) throws IOException {
        origin.on("/cut", (request, exchange) -> {
            exchange.startLength(200, 10);
            exchange.raw("half");
            exchange.close();
        });
        try (TestClient client = protocol.connect(proxy())) {
            H2Exchange exchange = (H2Exchange) client.open(TestRequest.get("/cut"));
            assertThat(exchange.awaitHead().status()).isEqualTo(200);

            await().until(() -> exchange.resetCode() >= 0);

            assertThat(exchange.resetCode()).isEqualTo(ErrorCode.INTERNAL_ERROR.code);
            assertThat(client.send(TestRequest.get("/other")).status()).isEqualTo(200);
        }
    }

    /** RFC 9113 §8.1: nothing is wrong with such an answer. */
    @ParameterizedTest
    @EnumSource(names = {"H2", "H2C"})
    void wholeAnswerToAnUploadThatIsTooLargeToBeReadOnEndsWithoutAnError(ClientProtocol protocol) throws IOException {
        origin.on("/early", (request, exchange) -> exchange.answer(413, "too large"));
        try (TestClient client = protocol.connect(proxy())) {
            H2Exchange exchange = (H2Exchange) client.open(TestRequest.upload("/early", -1));
            byte[] piece = new byte[64 * 1024];
            exchange.write(piece);
            assertThat(exchange.awaitHead().status()).isEqualTo(413);
            assertThat(exchange.awaitBody(9)).asString().isEqualTo("too large");
            var writing = CompletableFuture.runAsync(() -> writeUntilReset(exchange, piece));

            await().until(() -> exchange.resetCode() >= 0);

            assertThat(exchange.resetCode()).isEqualTo(ErrorCode.NO_ERROR.code);
            await().until(writing::isDone);
        }
    }

    private static void writeUntilReset(H2Exchange exchange, byte[] piece) {
        try {
            while (exchange.resetCode() < 0) exchange.write(piece);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // The reset, as it is meant to be.
        }
    }
}
