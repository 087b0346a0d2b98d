package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.Conditions;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.runtime.Sluice;
import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.EmbeddedProxy;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each condition of routes, asked over each protocol. The base path of its backend says which route it was. */
class RoutesTest {
    private static final FaultyOrigin ORIGIN = FaultyOrigin.start();
    private static @Nullable EmbeddedProxy proxy;

    @BeforeAll
    static void start() throws Exception {
        proxy = EmbeddedProxy.start("""
                        trustedProxies: [ 127.0.0.0/8 ]
                        routes:
                          - { host: api.example.com, to: "URL/api" }
                          - { host: "*.example.com", to: "URL/wildcard" }
                          - { host: "::1", to: "URL/six" }
                          - { exactPath: /exact, to: "URL/exact" }
                          - { pathPattern: "/v[0-9]+/.*", to: "URL/pattern" }
                          - { path: /m, methods: [ PUT, GET ], to: "URL/method" }
                          - { path: /m, to: "URL/other-method" }
                          - { headers: { X-Version: "2" }, to: "URL/header" }
                          - { query: { debug: "1 2" }, to: "URL/query" }
                          - { cookies: { beta: "1" }, to: "URL/cookie" }
                          - { clients: [ 10.0.0.0/8 ], to: "URL/client" }
                          - { path: /l, listeners: https, to: "URL/listener" }
                          - { path: /only, methods: POST, to: "URL/only" }
                          - { path: /only, headers: { x: { present: false }, y: { present: true } }, to: "URL/absent" }
                          - { host: none.example, path: /x, to: "URL/x" }
                          - { path: /, to: "URL/any" }
                        """.replace("URL", ORIGIN.url()));
    }

    @AfterAll
    static void stop() {
        if (proxy != null) proxy.close();
        ORIGIN.close();
    }

    /** The route and the path that its backend was asked for, or the status. */
    private static String ask(ClientProtocol protocol, TestRequest request) throws IOException {
        if (proxy == null) throw new IllegalStateException("not started");
        try (TestClient client = protocol.connect(proxy)) {
            TestResponse response = client.send(request);
            return response.status() == 200 ? response.echo().target() : String.valueOf(response.status());
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    private static TestRequest get(String target) {
        return TestRequest.get(target);
    }

    @ParameterizedTest
    @EnumSource
    void hostIsThatOfTheHostFieldOrOfTheAuthority(ClientProtocol protocol) throws Exception {
        assertThat(ask(protocol, get("/p").authority("api.example.com"))).isEqualTo("/api/p");
        assertThat(ask(protocol, get("/p").authority("API.example.com:8443"))).isEqualTo("/api/p");
        assertThat(ask(protocol, get("/p").authority("a.b.example.com"))).isEqualTo("/wildcard/p");
        assertThat(ask(protocol, get("/p").authority("[::1]:80"))).isEqualTo("/six/p");
        assertThat(ask(protocol, get("/p").authority("example.com"))).isEqualTo("/any/p");
        // No route of its own takes it, and one of every host does.
        assertThat(ask(protocol, get("/p").authority("none.example"))).isEqualTo("/any/p");
        assertThat(ask(protocol, get("/x").authority("none.example"))).isEqualTo("/x/x");
    }

    @Test
    void authorityOfATargetInAbsoluteFormCountsMoreThanTheHostField() throws Exception {
        if (proxy == null) throw new IllegalStateException("not started");
        try (RawClient client = RawClient.plain(proxy.httpPort())) {
            client.send("GET http://api.example.com/p HTTP/1.1\r\nHost: x.example.com\r\n\r\n");
            assertThat(client.readResponse().echo().target()).isEqualTo("/api/p");
        }
    }

    @Test
    void requestWithoutAHostIsServedByRoutesThatLookAtNone() throws Exception {
        if (proxy == null) throw new IllegalStateException("not started");
        try (RawClient client = RawClient.plain(proxy.httpPort())) {
            client.send("GET /p HTTP/1.0\r\n\r\n");
            assertThat(client.readResponse().echo().target()).isEqualTo("/any/p");
        }
    }

    @ParameterizedTest
    @EnumSource
    void pathIsExactOrFitsAnExpression(ClientProtocol protocol) throws Exception {
        assertThat(ask(protocol, get("/exact"))).isEqualTo("/exact/exact");
        assertThat(ask(protocol, get("/%65xact"))).isEqualTo("/exact/%65xact");
        assertThat(ask(protocol, get("/exact/"))).isEqualTo("/any/exact/");
        assertThat(ask(protocol, get("/exact;x"))).isEqualTo("400");
        assertThat(ask(protocol, get("/v12/x?y=1"))).isEqualTo("/pattern/v12/x?y=1");
        assertThat(ask(protocol, get("/vv/x"))).isEqualTo("/any/vv/x");
        assertThat(ask(protocol, get("/v1%2fx"))).isEqualTo("400");
    }

    @ParameterizedTest
    @EnumSource
    void methodIsOneOfThoseListed(ClientProtocol protocol) throws Exception {
        assertThat(ask(protocol, get("/m"))).isEqualTo("/method/m");
        assertThat(ask(protocol, TestRequest.of("PUT", "/m"))).isEqualTo("/method/m");
        assertThat(ask(protocol, TestRequest.of("DELETE", "/m"))).isEqualTo("/other-method/m");
        assertThat(ask(protocol, TestRequest.of("POST", "/only"))).isEqualTo("/only/only");
    }

    @ParameterizedTest
    @EnumSource
    void headersCookiesAndParametersAreCompared(ClientProtocol protocol) throws Exception {
        assertThat(ask(protocol, get("/").field("x-version", "2"))).isEqualTo("/header/");
        assertThat(ask(protocol, get("/").field("x-version", "2").field("x-version", "2")))
                .isEqualTo("/any/");
        assertThat(ask(protocol, get("/?a=b&debug=1+2"))).isEqualTo("/query/?a=b&debug=1+2");
        assertThat(ask(protocol, get("/?a=b&debug=1%2B2"))).isEqualTo("/any/?a=b&debug=1%2B2");
        assertThat(ask(protocol, get("/").field("cookie", "a=b; beta=1"))).isEqualTo("/cookie/");
        assertThat(ask(protocol, get("/").field("cookie", "a=b; beta=2"))).isEqualTo("/any/");
        assertThat(ask(protocol, get("/only").field("y", ""))).isEqualTo("/absent/only");
        assertThat(ask(protocol, get("/only").field("y", "").field("x", "1"))).isEqualTo("/any/only");
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "H2C"})
    void cookiesInFieldsOfTheirOwnAreFound(ClientProtocol protocol) throws Exception {
        assertThat(ask(protocol, get("/").field("cookie", "a=b").field("cookie", "beta=1")))
                .isEqualTo("/cookie/");
    }

    @ParameterizedTest
    @EnumSource
    void clientIsTheOneBehindTrustedProxies(ClientProtocol protocol) throws Exception {
        assertThat(ask(protocol, get("/").field("x-forwarded-for", "10.1.2.3"))).isEqualTo("/client/");
        assertThat(ask(protocol, get("/").field("x-forwarded-for", "10.1.2.3, 11.0.0.1")))
                .isEqualTo("/any/");
        assertThat(ask(protocol, get("/"))).isEqualTo("/any/");
    }

    @ParameterizedTest
    @EnumSource
    void listenerIsTheOneThatTheRequestCameInBy(ClientProtocol protocol) throws Exception {
        assertThat(ask(protocol, get("/l"))).isEqualTo(protocol.secure() ? "/listener/l" : "/any/l");
    }

    @Test
    void requestThatFitsButForItsMethodIsNotFound() throws Exception {
        BackendConfig backend = BackendConfig.parse(ORIGIN.url());
        RouteConfig route = new RouteConfig(
                "read", Conditions.NONE.withMethods(List.of("GET")), PoolConfig.of("pool", List.of(backend)), null);
        try (Sluice sluice = Sluice.builder()
                        .listen("127.0.0.1:0")
                        .route(route)
                        .build()
                        .start();
                RawClient client = RawClient.plain(sluice.port("http"))) {
            client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
            TestResponse response = client.readResponse();
            assertThat(response.status()).isEqualTo(404);
            assertThat(Field.values(response.fields(), "allow")).isEmpty();
            client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(200);
        }
    }
}
