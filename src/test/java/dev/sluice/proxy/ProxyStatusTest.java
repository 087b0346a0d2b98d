package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ServerConfig.ProxyStatus;
import dev.sluice.proxy.ProxyFailure.Kind;
import dev.sluice.proxy.ProxyFailure.Sent;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.eclipse.jetty.http.HttpField;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ProxyStatusTest {
    private static String said(ProxyFailure why, String proxy, @Nullable String origin, ProxyStatus says) {
        HttpField field = dev.sluice.proxy.ProxyStatus.of(why, proxy, origin, says);
        return field == null ? "nothing" : field.toString();
    }

    private static ProxyFailure failure(Kind kind, @Nullable Throwable cause) {
        return new ProxyFailure(kind, Sent.NOTHING, "reason", cause);
    }

    @ParameterizedTest
    @EnumSource
    void eachKindOfFailureHasAnErrorOfTheStandard(Kind kind) {
        assertThat(said(failure(kind, null), "sluice", "http://secret:1", ProxyStatus.ERROR))
                .matches("Proxy-Status: sluice; error=(connection|http|destination|proxy)_[a-z_]+");
    }

    static Stream<Arguments> causes() {
        SocketException wrapped = new SocketException("Could not connect to localhost");
        wrapped.initCause(new ConnectException("Connection refused"));
        SSLHandshakeException untrusted = new SSLHandshakeException("no path");
        untrusted.initCause(new CertificateException("unknown"));
        return Stream.of(
                Arguments.of(new ConnectException("Connection refused"), "connection_refused"),
                Arguments.of(wrapped, "connection_refused"),
                Arguments.of(new UnknownHostException("nowhere"), "dns_error"),
                Arguments.of(untrusted, "tls_certificate_error"),
                Arguments.of(new SSLHandshakeException("handshake_failure"), "tls_protocol_error"));
    }

    @ParameterizedTest
    @MethodSource("causes")
    void connectionThatDidNotComeAboutSaysWhyNot(Throwable cause, String error) {
        assertThat(said(failure(Kind.CONNECT, cause), "sluice", null, ProxyStatus.ERROR))
                .isEqualTo("Proxy-Status: sluice; error=" + error);
    }

    @Test
    void backendIsNamedOnlyWhereThatIsConfigured() {
        ProxyFailure why = failure(Kind.CLOSED, null);
        assertThat(said(why, "10.0.0.1", "http://b:1", ProxyStatus.BACKEND))
                .isEqualTo("Proxy-Status: \"10.0.0.1\"; error=connection_terminated; next-hop=\"http://b:1\"");
        assertThat(said(why, "sluice", "http://b:1", ProxyStatus.OFF)).isEqualTo("nothing");
    }
}
