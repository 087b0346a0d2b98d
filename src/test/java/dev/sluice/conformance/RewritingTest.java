package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.EchoReport;
import dev.sluice.testkit.EmbeddedProxy;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.OriginExchange;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a route changes in requests and in answers on their way. */
class RewritingTest {
    private static final FaultyOrigin ORIGIN = FaultyOrigin.start();
    private static EmbeddedProxy proxy;

    @BeforeAll
    static void start() throws Exception {
        ORIGIN.otherwise(RewritingTest::answer);
        proxy = EmbeddedProxy.start("""
                trustedProxies: [ 127.0.0.2 ]
                server: { requestId: X-Request-Id }
                pools:
                  sticky: { backends: "URL", balance: { sticky: { secret: "${SECRET}" } } }
                routes:
                  - { path: /sticky, pool: sticky, request: { stripPrefix: /sticky } }
                  - { path: /api, to: URL, request: { stripPrefix: /api } }
                  - { path: /new, to: URL, request: { stripPrefix: /new, addPrefix: "/o ld" } }
                  - { path: /below, to: "URL/base", request: { stripPrefix: /below, addPrefix: /in } }
                  - { path: /base, to: "URL/base" }
                  - path: /u
                    to: URL
                    request: { rewrite: { pattern: "/u/([^/]+)/(.*)", to: "/users/$1?rest=$2" } }
                  - path: /headers
                    to: URL
                    request:
                      host: "{hostname}"
                      headers:
                        set: { X-Client: "{client}", X-Seen: "{header.X-Seen}+", X-Empty: "{header.X-None}" }
                        add: { X-More: [ a, "{{b}" ] }
                        remove: [ X-Debug ]
                    response:
                      headers:
                        set: { Server: sluice, X-Id: "{requestId}" }
                        add: { X-Tls: "{tls.version}" }
                        remove: [ X-Inner ]
                  - pathPattern: "/v(.*)"
                    to: URL
                    request: { rewrite: { pattern: "/v(.*)", to: "/files/$1" } }
                  - { path: /deep, to: URL, request: { stripPrefix: /deep/v1, addPrefix: /inner } }
                  - path: /s
                    to: URL
                    request: { rewrite: { pattern: "/s/(.*)", to: "/search?q=$1" } }
                  - { path: /told, to: URL, request: { host: inner.test } }
                  - { path: /own-host, to: URL, request: { host: backend } }
                  - { path: /as-it-is, to: URL, response: { rewriteLocation: false, rewriteCookies: false } }
                  - { path: /small, to: URL, request: { maxBody: 1KiB } }
                  - { path: /slow, to: URL, timeouts: { firstByte: 100ms } }
                  - { to: URL }
                """.replace("URL", ORIGIN.url()));
    }

    /** Says what the query asks for, or what was asked. */
    private static void answer(ReceivedRequest request, OriginExchange exchange) throws IOException {
        String query = request.target().replaceFirst("^[^?]*\\??", "");
        if (query.startsWith("to=")) {
            exchange.startLength(302, 0, Field.of("Location", query.substring(3)));
            exchange.content(new byte[0]);
        } else if (query.startsWith("cookie=")) {
            exchange.startLength(
                    200, 0, Field.of("Set-Cookie", query.substring(7).replace("+", " ")));
            exchange.content(new byte[0]);
        } else {
            ORIGIN.echo(request, exchange);
        }
    }

    @AfterAll
    static void stop() {
        proxy.close();
        ORIGIN.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /api/x?q            | /x?q
            /api                | /
            /api/               | /
            /api?q=1            | /?q=1
            /%61pi/a%2Fb//c     | /a%2Fb//c
            /api/x/../y         | /y
            /api/%2e%2e/api/z   | /z
            /new                | /o%20ld
            /new/               | /o%20ld/
            /new/x%20y          | /o%20ld/x%20y
            /below/x            | /base/in/x
            /u/%C3%A4/b/c?q=1   | /users/%C3%A4?rest=b/c&q=1
            /u/a%2Fb/c          | /users/a%2Fb?rest=c
            /u/a%3Fb/%23        | /users/a%3Fb?rest=%23
            /u/short            | /u/short
            /other/../api/x     | /x
            /api//evil.test/    | /evil.test/
            /v1/x               | /files/1/x
            /s/a&b=c+d          | /search?q=a%26b%3Dc%2Bd
            /s/a%26b            | /search?q=a%26b
            """)
    void pathIsRewrittenAsTheRouteSays(String asked, String got) throws Exception {
        assertThat(proxy.get(asked).echo().target()).isEqualTo(got);
    }

    /** What some servers would read as a way out of the place that the route has put before it. */
    @ParameterizedTest
    @ValueSource(strings = {"/v../secret", "/v%2e%2e/secret", "/v..;/secret", "/v..%2Fsecret", "/deep/v1/..;/x"})
    void pathThatWouldLeadOutOfItsPlaceIsRefused(String target) throws Exception {
        assertThat(proxy.get(target).status()).isEqualTo(400);
    }

    @ParameterizedTest
    @EnumSource
    void pathIsRewrittenOverEveryProtocol(ClientProtocol protocol) throws Exception {
        assertThat(proxy.send(protocol, TestRequest.get("/api/x?y")).echo().target())
                .isEqualTo("/x?y");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /api    | /x?y%23z           | /api/x?y%23z
            /api    | URL/x              | http://site.test:81/api/x
            /api    | URL                | http://site.test:81/api
            /api    | http://site.test:81/x | http://site.test:81/api/x
            /api    | https://else.test/x | https://else.test/x
            /api    | x                  | x
            /below  | /base/in/x         | /below/x
            /below  | /base/x            | /base/x
            /below  | URL/base/in        | http://site.test:81/below
            /base   | URL/base/x         | http://site.test:81/x
            /base   | /base/x            | /x
            /plain  | URL/x              | http://site.test:81/x
            /plain  | /x                 | /x
            /plain  | //else.test/x      | //else.test/x
            /plain  | SECURE/x           | SECURE/x
            /base   | /base//evil.test/  | http://site.test:81//evil.test/
            /told   | http://inner.test/x | http://site.test:81/x
            /as-it-is | URL/x            | URL/x
            """)
    void locationThatMeansTheBackendMeansTheProxy(String route, String said, String told) throws Exception {
        String secure = ORIGIN.url().replace("http:", "https:");
        String place = said.replace("URL", ORIGIN.url()).replace("SECURE", secure);
        TestResponse answer =
                proxy.send(TestRequest.get(route + "/y?to=" + place).authority("site.test:81"));
        assertThat(answer.status()).isEqualTo(302);
        assertThat(answer.values("Location"))
                .containsExactly(told.replace("URL", ORIGIN.url()).replace("SECURE", secure));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /api   | a=b;+Path=/;+Secure      | a=b; Path=/api; Secure
            /api   | a=b;+path=/x             | a=b; Path=/api/x
            /below | a=b;+Path=/base/in/x     | a=b; Path=/below/x
            /below | a=b;+Path=/base          | a=b; Path=/base
            /plain | a=b;+Domain=127.0.0.1;+HttpOnly | a=b; HttpOnly
            /plain | a=b;+Domain=site.test    | a=b; Domain=site.test
            /plain | a=b                      | a=b
            /api   | __Host-a=b;+Path=/;+Secure | __Host-a=b; Path=/; Secure
            /as-it-is | a=b;+Domain=127.0.0.1 | a=b; Domain=127.0.0.1
            """)
    void cookieIsThatOfThePlaceThatTheClientKnows(String route, String said, String told) throws Exception {
        TestResponse answer = proxy.get(route + "/y?cookie=" + said);
        assertThat(answer.values("Set-Cookie")).containsExactly(told);
    }

    /** It is for all that goes to the pool, whatever the route. */
    @Test
    void cookieOfTheProxyItselfStaysAsItIs() throws Exception {
        TestResponse answer = proxy.get("/sticky/y?cookie=a=b;+Path=/");
        assertThat(answer.values("Set-Cookie"))
                .hasSize(2)
                .anySatisfy(own -> assertThat(own).startsWith("sluice").contains("; Path=/;"))
                .contains("a=b; Path=/sticky");
    }

    @ParameterizedTest
    @EnumSource
    void fieldsAreSetAddedAndRemovedBothWays(ClientProtocol protocol) throws Exception {
        TestResponse answer = proxy.send(
                protocol,
                TestRequest.get("/headers")
                        .authority("site.test:81")
                        .field("X-Client", "somebody")
                        .field("X-Seen", "once")
                        .field("X-Empty", "gone")
                        .field("X-More", "first")
                        .field("X-Debug", "1"));
        List<Field> got = answer.echo().fields();
        assertThat(Field.first(got, "x-client")).isEqualTo("127.0.0.1");
        assertThat(Field.first(got, "x-seen")).isEqualTo("once+");
        assertThat(Field.first(got, "x-empty")).isNull();
        assertThat(Field.first(got, "x-debug")).isNull();
        assertThat(Field.first(got, "host")).isEqualTo("site.test");
        assertThat(Field.first(got, "x-forwarded-host")).isEqualTo("site.test:81");
        assertThat(Field.values(got, "x-more")).containsExactly("first", "a", "{b}");
        assertThat(answer.values("Server")).containsExactly("sluice");
        assertThat(answer.field("X-Id")).isEqualTo(Field.first(got, "x-request-id"));
        assertThat(answer.field("X-Tls")).isEqualTo(protocol.secure() ? "TLSv1.3" : null);
    }

    @Test
    void hostIsTheBackendsOwnWhereThatIsWanted() throws Exception {
        EchoReport echo =
                proxy.send(TestRequest.get("/own-host").authority("site.test")).echo();
        assertThat(Field.first(echo.fields(), "host")).isEqualTo("127.0.0.1:" + ORIGIN.port());
    }

    @Test
    void requestIdOfAStrangerIsReplacedAndEachRequestHasItsOwn() throws Exception {
        TestRequest request = TestRequest.get("/x").field("X-Request-Id", "mine");
        String first = Field.first(proxy.send(request).echo().fields(), "x-request-id");
        String second = Field.first(proxy.send(request).echo().fields(), "x-request-id");
        assertThat(first).matches("[0-9a-f]{16}").isNotEqualTo(second);
    }

    @ParameterizedTest
    @CsvSource({"mine-1,true", "not one,false", "\"{},false"})
    void requestIdOfATrustedProxyIsContinuedWhereItIsOne(String said, boolean continued) throws Exception {
        try (Socket trusted = new Socket()) {
            trusted.bind(new InetSocketAddress("127.0.0.2", 0));
            trusted.connect(new InetSocketAddress("127.0.0.1", proxy.httpPort()));
            String request = "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Request-Id: " + said + "\r\n\r\n";
            trusted.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String answer = new String(trusted.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertThat(answer).startsWith("HTTP/1.1 200 ");
            assertThat(answer.contains(said)).isEqualTo(continued);
        }
    }

    /** Nor does it reach a backend, as long as its length is known. */
    @Test
    void bodyThatWillBeTooLongReachesNoBackend() throws Exception {
        TestRequest tooLong = TestRequest.post("/small/never", "x".repeat(1025));
        assertThat(proxy.send(tooLong).status()).isEqualTo(413);
        assertThat(proxy.send(TestRequest.post("/small/always", "x")).status()).isEqualTo(200);
        assertThat(ORIGIN.requests("/small/always")).hasSize(1);
        assertThat(ORIGIN.requests("/small/never")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void bodyThatIsTooLongForTheRouteIsRefused(ClientProtocol protocol) throws Exception {
        assertThat(proxy.send(protocol, TestRequest.post("/small/x", "x".repeat(1024)))
                        .status())
                .isEqualTo(200);
        assertThat(proxy.send(protocol, TestRequest.post("/small/x", "x".repeat(1025)))
                        .status())
                .isEqualTo(413);
        assertThat(proxy.send(
                                protocol,
                                TestRequest.post("/small/x", "x".repeat(1025)).unsized())
                        .status())
                .isEqualTo(413);
        assertThat(proxy.send(protocol, TestRequest.post("/x", "x".repeat(1025)))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void routeHasTimeoutsOfItsOwn() throws Exception {
        ORIGIN.on("/slow", (request, exchange) -> exchange.awaitAbort());
        assertThat(proxy.get("/slow").status()).isEqualTo(504);
    }
}
