package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.EchoReport;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.TestRequest;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A peer that is trusted, another proxy, is believed and continued. */
abstract class TrustedPeersSuite extends ConformanceSuite {
    TrustedPeersSuite(ProxyVariant variant) {
        super(variant);
    }

    @Override
    ProxySetup setup() {
        return ProxySetup.to(origin.url()).trust("10.0.0.0/8", "127.0.0.0/8");
    }

    @ParameterizedTest
    @EnumSource
    void whatTrustedPeersSayIsContinued(ClientProtocol protocol) throws IOException {
        EchoReport echo = echo(
                protocol,
                TestRequest.get("/")
                        .field("x-forwarded-for", "1.2.3.4")
                        .field("x-forwarded-for", "5.6.7.8")
                        .field("x-forwarded-proto", "https")
                        .field("x-forwarded-host", "front.test")
                        .field("x-forwarded-port", "444")
                        .field("forwarded", "for=1.2.3.4"));
        assertThat(String.join(", ", Field.values(echo.fields(), "x-forwarded-for")))
                .isEqualTo("1.2.3.4, 5.6.7.8, 127.0.0.1");
        assertThat(Field.values(echo.fields(), "x-forwarded-proto")).containsExactly("https");
        assertThat(Field.values(echo.fields(), "x-forwarded-host")).containsExactly("front.test");
        assertThat(Field.values(echo.fields(), "x-forwarded-port")).containsExactly("444");
        assertThat(String.join(", ", Field.values(echo.fields(), "forwarded")))
                .startsWith("for=1.2.3.4, ")
                .contains("for=127.0.0.1");
    }

    @ParameterizedTest
    @EnumSource
    void whatTrustedPeersLeaveOutIsSet(ClientProtocol protocol) throws IOException {
        EchoReport echo = echo(protocol, TestRequest.get("/"));
        assertThat(Field.values(echo.fields(), "x-forwarded-for")).containsExactly("127.0.0.1");
        assertThat(Field.values(echo.fields(), "x-forwarded-proto")).containsExactly(protocol.scheme());
    }
}
