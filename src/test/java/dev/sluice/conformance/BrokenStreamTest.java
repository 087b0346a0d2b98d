package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.H2Exchange;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestRequest;
import java.io.IOException;
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
}
