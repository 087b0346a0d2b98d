package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.EchoReport;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Methods that are about the way itself: CONNECT, TRACE, OPTIONS (RFC 9110 §9.3.6 to §9.3.8). */
abstract class MethodsSuite extends ConformanceSuite {
    MethodsSuite(ProxyVariant variant) {
        super(variant);
    }

    @Test
    void connectIsRefused() throws IOException {
        TestResponse response = raw("GET", "CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n");
        assertThat(response.status()).isIn(400, 405, 501);
        assertThat(origin.requests()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void traceIsRefused(ClientProtocol protocol) throws IOException {
        TestResponse response = send(protocol, TestRequest.of("TRACE", "/"));
        assertThat(response.status()).isEqualTo(405);
        assertThat(response.values("Allow"))
                .singleElement()
                .asString()
                .contains("GET")
                .doesNotContain("TRACE");
        assertThat(origin.requests()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void maxForwardsOfOptionsCountsDown(ClientProtocol protocol) throws IOException {
        EchoReport echo = echo(protocol, TestRequest.of("OPTIONS", "/").field("max-forwards", "5"));
        assertThat(Field.values(echo.fields(), "max-forwards")).containsExactly("4");
    }

    @ParameterizedTest
    @EnumSource
    void optionsWithNoForwardLeftAreAnsweredHere(ClientProtocol protocol) throws IOException {
        TestResponse response = send(protocol, TestRequest.of("OPTIONS", "/").field("max-forwards", "0"));
        assertThat(response.status()).isIn(200, 204);
        assertThat(origin.requests()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void maxForwardsMeansNothingToOtherMethods(ClientProtocol protocol) throws IOException {
        EchoReport echo = echo(protocol, TestRequest.get("/").field("max-forwards", "0"));
        assertThat(Field.values(echo.fields(), "max-forwards")).containsExactly("0");
    }

    @Test
    void optionsForTheWholeServerAreAnswered() throws IOException {
        TestResponse response = raw("OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
        assertThat(response.status()).isIn(200, 204);
        assertThat(origin.requests()).allMatch(r -> r.target().equals("*"));
    }
}
