package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.EchoReport;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Request targets: they choose the route as a backend would read them, and arrive byte for byte. */
abstract class TargetsSuite extends ConformanceSuite {
    private static final List<String> LEGAL = List.of(
            "/",
            "/plain",
            "/a%2Fb",
            "/a%2fb",
            "/a//b",
            "/a/../b",
            "/a/./b",
            "/a/",
            "/;x=1",
            "/a;b=c/d;e",
            "/%41",
            "/%C3%A9",
            "/a%5Cb",
            "/a%20b+c",
            "/~!$&'()*+,=:@-._",
            "/x?",
            "/x?q=%zz",
            "/x?a=b&&c",
            "/x?a?b/../c",
            "/x?%00",
            "/x?a=1;b=2",
            "/api?x=/../y");
    /** Against the grammar of RFC 3986, but seen in the wild, and harmless: they pass as they came. */
    private static final List<String> LENIENT =
            List.of("/a|b", "/a{}b", "/\u00c3\u00a9", "/x?q={a|b}", "/x?q=\u00c3\u00a9", "/a^b`c", "/x?q=[1]\"<>\\");

    private final FaultyOrigin api = FaultyOrigin.start("api");

    TargetsSuite(ProxyVariant variant) {
        super(variant);
    }

    @Override
    ProxySetup setup() {
        return ProxySetup.none().route("/api", api.url()).route(null, origin.url());
    }

    @AfterAll
    void stopApi() {
        api.close();
    }

    static Stream<Arguments> targets() {
        return Stream.concat(
                LEGAL.stream().flatMap(t -> Stream.of(ClientProtocol.values()).map(p -> Arguments.of(p, t))),
                LENIENT.stream()
                        .flatMap(t -> Stream.of(ClientProtocol.HTTP11, ClientProtocol.TLS)
                                .map(p -> Arguments.of(p, t))));
    }

    @ParameterizedTest
    @MethodSource("targets")
    void targetArrivesByteForByte(ClientProtocol protocol, String target) throws IOException {
        assertThat(echo(protocol, TestRequest.get(target)).target()).isEqualTo(target);
    }

    static Stream<Arguments> routed() {
        return Stream.of(
                        Arguments.of("/api", "api"),
                        Arguments.of("/api/", "api"),
                        Arguments.of("/api/x", "api"),
                        Arguments.of("/api?x", "api"),
                        Arguments.of("/%61pi/x", "api"),
                        Arguments.of("/x/../api/y", "api"),
                        Arguments.of("/api/a%2Fb", "api"),
                        Arguments.of("/apix", "origin"),
                        Arguments.of("/api/../x", "origin"),
                        Arguments.of("/API/x", "origin"),
                        Arguments.of("/x/api", "origin"),
                        Arguments.of("/", "origin"))
                .flatMap(a -> Stream.of(ClientProtocol.values()).map(p -> Arguments.of(p, a.get()[0], a.get()[1])));
    }

    @ParameterizedTest
    @MethodSource("routed")
    void routeIsMatchedOnThePathAsABackendReadsIt(ClientProtocol protocol, String target, String name)
            throws IOException {
        EchoReport echo = echo(protocol, TestRequest.get(target));
        assertThat(echo.origin()).isEqualTo(name);
        assertThat(echo.target()).isEqualTo(target);
    }

    /** Above the root, a NUL, and paths of which one reading is under /api and another is not. */
    static Stream<Arguments> refused() {
        return Stream.of("/../x", "/a/../../x", "/%2e%2e/x", "/a%00b", "/api%2Fx", "/api/..%2Fx", "/x/..%2Fapi/y")
                .flatMap(t -> Stream.of(ClientProtocol.values()).map(p -> Arguments.of(p, t)));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void pathThatCanBeReadInTwoWaysIsRefused(ClientProtocol protocol, String target) throws IOException {
        assertThat(send(protocol, TestRequest.get(target)).status()).isEqualTo(400);
        assertThat(origin.requests()).isEmpty();
        assertThat(api.requests()).noneMatch(r -> r.target().equals(target));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "X-OWN"})
    void methodArrivesAsItIs(String method) throws IOException {
        for (ClientProtocol protocol : ClientProtocol.values()) {
            TestResponse response = send(protocol, TestRequest.of(method, "/method"));
            assertThat(response.status()).as("%s over %s", method, protocol).isEqualTo(200);
        }
        assertThat(origin.requests("/method"))
                .hasSize(4)
                .allMatch(r -> r.method().equals(method));
    }

    @ParameterizedTest
    @EnumSource
    void bodyArrivesWhole(ClientProtocol protocol) throws IOException {
        TestRequest request = TestRequest.post("/body", "hello").field("x-a", "b");
        assertThat(echo(protocol, request).body().size()).isEqualTo(5);
        assertThat(origin.requests("/body").get(0).body()).asString().isEqualTo("hello");
        assertThat(origin.requests("/body").get(0).values("Content-Length")).containsExactly("5");
    }
}
