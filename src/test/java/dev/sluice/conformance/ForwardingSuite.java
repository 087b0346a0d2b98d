package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.EchoReport;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.TestRequest;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who asked, and for what: {@code Host}, {@code Via}, {@code Forwarded} and {@code X-Forwarded-*}. */
abstract class ForwardingSuite extends ConformanceSuite {
    ForwardingSuite(ProxyVariant variant) {
        super(variant);
    }

    private static List<String> values(EchoReport echo, String name) {
        return Field.values(echo.fields(), name);
    }

    @ParameterizedTest
    @EnumSource
    void hostIsPreserved(ClientProtocol protocol) throws IOException {
        EchoReport echo = echo(protocol, TestRequest.get("/").authority("shop.example:8443"));
        assertThat(values(echo, "Host")).containsExactly("shop.example:8443");
    }

    @ParameterizedTest
    @EnumSource
    void backendLearnsWhoAskedAndForWhat(ClientProtocol protocol) throws IOException {
        EchoReport echo = echo(protocol, TestRequest.get("/").authority("shop.example:8443"));
        assertThat(values(echo, "X-Forwarded-For")).containsExactly("127.0.0.1");
        assertThat(values(echo, "X-Forwarded-Proto")).containsExactly(protocol.scheme());
        assertThat(values(echo, "X-Forwarded-Host")).containsExactly("shop.example:8443");
        assertThat(values(echo, "X-Forwarded-Port")).containsExactly("8443");
        assertThat(values(echo, "Forwarded"))
                .singleElement()
                .asString()
                .contains("for=127.0.0.1", "host=\"shop.example:8443\"", "proto=" + protocol.scheme());
    }

    /** As Traefik has it: the port that the client asked for, which behind a translated address is not the bound one. */
    @ParameterizedTest
    @EnumSource
    void portThatTheClientLeftOutIsTheOneOfTheScheme(ClientProtocol protocol) throws IOException {
        EchoReport echo = echo(protocol, TestRequest.get("/").authority("shop.example"));
        assertThat(values(echo, "Host")).containsExactly("shop.example");
        assertThat(values(echo, "X-Forwarded-Port")).containsExactly(protocol.secure() ? "443" : "80");
    }

    @ParameterizedTest
    @EnumSource
    void whatStrangersSayOfOthersIsDropped(ClientProtocol protocol) throws IOException {
        EchoReport echo = echo(
                protocol,
                TestRequest.get("/")
                        .field("x-forwarded-for", "1.2.3.4")
                        .field("x-forwarded-for", "5.6.7.8")
                        .field("x-forwarded-proto", "gopher")
                        .field("x-forwarded-host", "evil.test")
                        .field("x-forwarded-port", "1")
                        .field("x-forwarded-prefix", "/evil")
                        .field("x-forwarded-server", "evil")
                        .field("x-real-ip", "1.2.3.4")
                        .field("x_forwarded_for", "1.2.3.4")
                        .field("forwarded", "for=1.2.3.4;host=evil.test"));
        assertThat(values(echo, "X-Forwarded-For")).containsExactly("127.0.0.1");
        assertThat(values(echo, "X-Forwarded-Proto")).containsExactly(protocol.scheme());
        assertThat(values(echo, "X-Forwarded-Host")).containsExactly("sluice.test");
        assertThat(echo.fields()).allSatisfy(f -> assertThat(f.value()).doesNotContain("evil", "1.2.3.4", "5.6.7.8"));
    }

    @ParameterizedTest
    @EnumSource
    void viaNamesTheProtocolReceived(ClientProtocol protocol) throws IOException {
        EchoReport echo = echo(protocol, TestRequest.get("/"));
        assertThat(values(echo, "Via"))
                .singleElement()
                .asString()
                .matches((protocol.http2() ? "2(\\.0)?" : "1\\.1") + " \\S+.*");
    }

    @Test
    void viaOfEarlierProxiesIsContinued() throws IOException {
        EchoReport echo = echo(ClientProtocol.HTTP11, TestRequest.get("/").field("Via", "1.0 before"));
        assertThat(String.join(", ", values(echo, "Via"))).matches("1\\.0 before, 1\\.1 \\S+.*");
    }

    @Test
    void authorityOfAnAbsoluteTargetWinsOverHost() throws IOException {
        EchoReport echo = raw("GET", "GET http://target.test:81/a%2Fb?c HTTP/1.1\r\nHost: other.test\r\n\r\n")
                .echo();
        assertThat(echo.target()).isEqualTo("/a%2Fb?c");
        assertThat(values(echo, "Host")).containsExactly("target.test:81");
        assertThat(values(echo, "X-Forwarded-Host")).containsExactly("target.test:81");
    }

    @Test
    void http10ClientMayLeaveHostOut() throws IOException {
        EchoReport echo = raw("GET", "GET /old HTTP/1.0\r\n\r\n").echo();
        assertThat(echo.target()).isEqualTo("/old");
        assertThat(values(echo, "Host")).hasSize(1);
        assertThat(values(echo, "Via")).singleElement().asString().startsWith("1.0 ");
    }
}
