package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.EmbeddedProxy;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of requests that go to no single pool: a split, redirects, answers of the proxy's own. */
class ActionsTest {
    private static final FaultyOrigin STABLE = FaultyOrigin.start("stable");
    private static final FaultyOrigin CANARY = FaultyOrigin.start("canary");
    private static final int MANY = 400;

    private static EmbeddedProxy proxy;

    @TempDir
    private static Path pages;

    @BeforeAll
    static void start() throws Exception {
        Files.writeString(pages.resolve("missing.html"), "<p>not here, ä</p>\n");
        Files.writeString(pages.resolve("nowhere.html"), "<p>nothing here</p>\n");
        Files.writeString(pages.resolve("broken.json"), "{\"broken\":true}\n");
        Files.writeString(pages.resolve("closed.txt"), "back at noon\n");
        proxy = EmbeddedProxy.startWhole("""
                listeners:
                  http: { address: "127.0.0.1:0" }
                  https: { address: "127.0.0.1:0", tls: {} }
                  plain: { address: "127.0.0.1:0", redirect: https }
                  other: { address: "127.0.0.1:0", redirect: "https:8443" }
                  acme: { address: "127.0.0.1:0", redirect: { except: [ /.well-known/acme-challenge, /nothing ] } }
                drain: { linger: 0s }
                defaults:
                  route:
                    errorPages: { 404: "PAGES/nowhere.html", 400: "PAGES/broken.json", 405: "PAGES/closed.txt" }
                    securityHeaders: { hsts: off, frameOptions: DENY }
                trustedProxies: [ 127.0.0.1 ]
                pools:
                  stable: { backends: STABLE }
                  canary: { backends: CANARY }
                routes:
                  - path: /split
                    split:
                      - { pool: stable, weight: 3 }
                      - { pool: canary, weight: 1, headers: { X-Canary: "1" }, cookies: { canary: { pattern: "y.*" } } }
                  - path: /asked
                    split: [ { pool: stable }, { pool: canary, weight: 0, headers: { X-Canary: { present: true } } } ]
                  - { path: /old, redirect: "https://www.example.com{uri}" }
                  - { path: /moved, redirect: { to: "{scheme}://{host}/new?from={path}", status: 302 } }
                  - { pathPattern: "/u/([^/]+)/(.*)", redirect: { to: "/users/{path.1}?rest={path.2}", status: 301 } }
                  - { pathPattern: "/o/(.*)", redirect: "/{path.1}" }
                  - { pathPattern: ".*/bare", redirect: "{path}/" }
                  - { path: /.well-known/acme-challenge, respond: { body: token } }
                  - { path: /empty, respond: 204 }
                  - { path: /gone, respond: 410 }
                  - path: /hello
                    respond: { status: 200, body: "hello {client}, {method} {header.X-Who}\\n", type: text/x-greeting }
                  - path: /json
                    respond: { body: '{{"ok":true}' , type: application/json }
                  - { path: /closed, pool: stable, maintenance: true }
                  - path: /noon
                    pool: stable
                    maintenance: { retryAfter: 5m, page: "PAGES/closed.txt" }
                  - { path: /staff, pool: stable, maintenance: { except: [ 127.0.0.1 ] } }
                  - path: /pages
                    pool: stable
                    errorPages: { 404: "PAGES/missing.html", 5xx: "PAGES/broken.json" }
                    interceptErrors: true
                  - path: /own
                    to: "http://127.0.0.1:1"
                    errorPages: { 502: "PAGES/broken.json" }
                  - path: /theirs
                    pool: stable
                    errorPages: { 404: "PAGES/missing.html" }
                """.replace("STABLE", STABLE.url())
                .replace("CANARY", CANARY.url())
                .replace("PAGES", pages.toString()));
    }

    @AfterAll
    static void stop() {
        proxy.close();
        STABLE.close();
        CANARY.close();
    }

    private static String servedBy(TestRequest request) throws Exception {
        return proxy.send(request).echo().origin();
    }

    @Test
    void splitGivesEachPoolItsShare() throws Exception {
        int canaries = 0;
        for (int i = 0; i < MANY; i++) if (servedBy(TestRequest.get("/split")).equals("canary")) canaries++;
        // Six standard deviations.
        assertThat(canaries).isCloseTo(MANY / 4, within(52));
    }

    @ParameterizedTest
    @EnumSource
    void headerOrCookieDecidesWhateverTheWeights(ClientProtocol protocol) throws Exception {
        for (int i = 0; i < 20; i++) {
            TestRequest header = TestRequest.get("/split").field("X-Canary", "1");
            assertThat(proxy.send(protocol, header).echo().origin()).isEqualTo("canary");
            TestRequest cookie = TestRequest.get("/split").field("Cookie", "a=b; canary=yes");
            assertThat(proxy.send(protocol, cookie).echo().origin()).isEqualTo("canary");
        }
    }

    @Test
    void poolWithoutWeightGetsOnlyWhatAsksForIt() throws Exception {
        for (int i = 0; i < 20; i++)
            assertThat(servedBy(TestRequest.get("/asked"))).isEqualTo("stable");
        assertThat(servedBy(TestRequest.get("/asked").field("X-Canary", ""))).isEqualTo("canary");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /old/a%2Fb?q=1&r     | 308 | https://www.example.com/old/a%2Fb?q=1&r
            /old                 | 308 | https://www.example.com/old
            /moved/x             | 302 | http://h.test:81/new?from=/moved/x
            /u/%C3%A4/b/c        | 301 | /users/%C3%A4?rest=b/c
            /u/a%0d%0aX:%20y/z   | 301 | /users/a%0D%0AX:%20y?rest=z
            /u/a%2Fb/z           | 301 | /users/a%2Fb?rest=z
            /o//evil.test/x      | 308 | /evil.test/x
            //evil.test/bare     | 308 | /evil.test/bare/
            /x/bare              | 308 | /x/bare/
            /x/../u/a/b          | 301 | /users/a?rest=b
            """)
    void redirectSaysWhere(String target, int status, String location) throws Exception {
        TestResponse answer = proxy.send(TestRequest.get(target).authority("h.test:81"));
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.values("Location")).containsExactly(location);
        assertThat(answer.body()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void schemeOfARedirectIsTheClients(ClientProtocol protocol) throws Exception {
        TestResponse answer = proxy.send(protocol, TestRequest.get("/moved").authority("h.test"));
        assertThat(answer.field("Location")).isEqualTo(protocol.scheme() + "://h.test/new?from=/moved");
    }

    @ParameterizedTest
    @EnumSource
    void answerOfItsOwnIsTheSameOverEveryProtocol(ClientProtocol protocol) throws Exception {
        assertThat(proxy.send(protocol, TestRequest.get("/empty")).status()).isEqualTo(204);
        assertThat(proxy.send(protocol, TestRequest.get("/gone")).status()).isEqualTo(410);
        TestResponse hello = proxy.send(protocol, TestRequest.get("/hello").field("X-Who", "you"));
        assertThat(hello.text()).isEqualTo("hello 127.0.0.1, GET you\n");
        assertThat(hello.field("Content-Type")).isEqualTo("text/x-greeting");
        assertThat(proxy.send(protocol, TestRequest.get("/json")).text()).isEqualTo("{\"ok\":true}");
    }

    @Test
    void answerOfItsOwnReadsABodyThatNobodyWants() throws Exception {
        try (RawClient client = RawClient.plain(proxy.httpPort())) {
            for (int i = 0; i < 2; i++) {
                client.send("POST /gone HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
                assertThat(client.readResponse().status()).isEqualTo(410);
            }
        }
    }

    /** Over HTTP/1.1 the connection's idle timeout sees to it. */
    @ParameterizedTest
    @CsvSource({"/,200", "/down,502", "/large,413"})
    void clientThatTakesNothingOfAnAnswerLosesItsStream(String path, String status) throws Exception {
        try (EmbeddedProxy impatient = EmbeddedProxy.startWhole("""
                        listeners: { http: { address: "127.0.0.1:0" } }
                        server: { idleTimeout: 300ms }
                        drain: { linger: 0s }
                        routes:
                          - { respond: { body: "hello" } }
                          - { path: /down, to: "http://127.0.0.1:1" }
                          - { path: /large, to: "STABLE", request: { maxBody: 4 } }
                        """.replace("STABLE", STABLE.url()));
                RawH2Client client = RawH2Client.connect(ClientProtocol.H2C, impatient)) {
            byte[] noWindow = {0, 4, 0, 0, 0, 0};
            client.frame(RawH2Client.SETTINGS, 0, 0, noWindow)
                    .headers(1, false, ":method", "PUT", ":scheme", "http", ":path", path, ":authority", "h.test")
                    .data(1, true, "hello");
            assertThat(client.outcome(1)).isEqualTo(status);
            assertThat(client.outcome(1)).startsWith("reset");
        }
    }

    @Test
    void headHasTheLengthOfTheAnswerAndNoBody() throws Exception {
        TestResponse head = proxy.send(TestRequest.of("HEAD", "/json"));
        assertThat(head.field("Content-Length")).isEqualTo("11");
        assertThat(head.body()).isEmpty();
    }

    @Test
    void routeInMaintenanceIsClosedToAllButThoseThatAreNamed() throws Exception {
        assertThat(proxy.get("/closed").status()).isEqualTo(503);
        TestResponse noon = proxy.get("/noon");
        assertThat(noon.status()).isEqualTo(503);
        assertThat(noon.text()).isEqualTo("back at noon\n");
        assertThat(noon.field("Retry-After")).isEqualTo("300");
        assertThat(noon.field("Cache-Control")).isEqualTo("no-store");
        assertThat(proxy.get("/staff").echo().origin()).isEqualTo("stable");
    }

    @ParameterizedTest
    @EnumSource
    void pageTakesThePlaceOfWhatTheBackendSaysOfAnError(ClientProtocol protocol) throws Exception {
        STABLE.on("/pages/none", (request, exchange) -> {
            exchange.startLength(
                    404,
                    3,
                    Field.of("WWW-Authenticate", "Negotiate"),
                    Field.of("WWW-Authenticate", "Basic"),
                    Field.of("X-Inner", "secret"));
            exchange.content("no\n".getBytes());
        });
        STABLE.on("/pages/broken", (request, exchange) -> exchange.answer(503, "stack trace"));
        TestResponse none = proxy.send(protocol, TestRequest.get("/pages/none"));
        assertThat(none.status()).isEqualTo(404);
        assertThat(new String(none.body())).isEqualTo("<p>not here, ä</p>\n");
        assertThat(none.field("Content-Type")).isEqualTo("text/html;charset=utf-8");
        assertThat(none.values("WWW-Authenticate")).containsExactly("Negotiate", "Basic");
        assertThat(none.field("X-Inner")).isNull();
        TestResponse broken = proxy.send(protocol, TestRequest.post("/pages/broken", "body"));
        assertThat(broken.status()).isEqualTo(503);
        assertThat(broken.text()).isEqualTo("{\"broken\":true}\n");
        // A page of the same status that nobody is to replace, and an answer that is no error.
        STABLE.on("/theirs/none", (request, exchange) -> exchange.answer(404, "theirs"));
        assertThat(proxy.send(protocol, TestRequest.get("/theirs/none")).text()).isEqualTo("theirs");
        assertThat(proxy.send(protocol, TestRequest.get("/pages/x")).status()).isEqualTo(200);
    }

    @Test
    void answerThatWasReplacedLeavesItsConnectionToTheNextRequest() throws Exception {
        STABLE.on("/pages/again", (request, exchange) -> exchange.answer(500, "x".repeat(100)));
        for (int i = 0; i < 3; i++)
            assertThat(proxy.get("/pages/again").status()).isEqualTo(500);
        assertThat(proxy.get("/pages/fine").echo().origin()).isEqualTo("stable");
    }

    @Test
    void ownErrorHasItsPage() throws Exception {
        TestResponse answer = proxy.get("/own");
        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.text()).isEqualTo("{\"broken\":true}\n");
        assertThat(answer.field("Content-Type")).isEqualTo("application/json");
    }

    @ParameterizedTest
    @EnumSource
    void requestWithoutARouteHasThePagesOfTheDefaults(ClientProtocol protocol) throws Exception {
        TestResponse none = proxy.send(protocol, TestRequest.get("/nowhere"));
        assertThat(none.status()).isEqualTo(404);
        assertThat(none.text()).isEqualTo("<p>nothing here</p>\n");
        assertThat(none.field("Content-Type")).isEqualTo("text/html;charset=utf-8");
        assertThat(none.field("X-Frame-Options")).isEqualTo("DENY");
        TestResponse unclear = proxy.send(protocol, TestRequest.get("/json/..%2fhello"));
        assertThat(unclear.status()).isEqualTo(400);
        assertThat(unclear.text()).isEqualTo("{\"broken\":true}\n");
        TestResponse refused = proxy.send(protocol, TestRequest.of("TRACE", "/json"));
        assertThat(refused.status()).isEqualTo(405);
        assertThat(refused.text()).isEqualTo("back at noon\n");
        assertThat(refused.field("Allow")).contains("GET");
    }

    @Test
    void whoCameByTlsToATrustedProxyIsNotSentToHttpsAgain() throws Exception {
        try (RawClient client = RawClient.plain(proxy.sluice().port("plain"))) {
            String request = "GET /gone HTTP/1.1\r\nHost: h.test\r\nX-Forwarded-Proto: %s\r\n\r\n";
            assertThat(client.send(request.formatted("https")).readResponse().status())
                    .isEqualTo(410);
            assertThat(client.send(request.formatted("http")).readResponse().status())
                    .isEqualTo(308);
        }
    }

    @ParameterizedTest
    @CsvSource({"plain,''", "other,:8443"})
    void plainListenerSendsEveryoneToHttps(String listener, String port) throws Exception {
        try (RawClient client = RawClient.plain(proxy.sluice().port(listener))) {
            client.send("POST /split?a=b HTTP/1.1\r\nHost: h.test:8080\r\nContent-Length: 5\r\n\r\nhello");
            TestResponse answer = client.readResponse();
            assertThat(answer.status()).isEqualTo(308);
            assertThat(answer.field("Location")).isEqualTo("https://h.test" + port + "/split?a=b");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/.well-known/acme-challenge/x, 200",
        "/.well-known/acme-challenge, 200",
        "/%2ewell-known/acme%2Dchallenge/x, 200",
        "/a/../.well-known/acme-challenge/x, 200",
        "/nothing/here, 404",
        "/.well-known/acme-challenges, 308",
        "/.well-known/acme-challenge/../../empty, 308",
        "/.well-known/acme-challenge/..%2f..%2fempty, 308",
        "/.well-known/acme-challenge;/x, 308",
        "/empty, 308"
    })
    void whatIsExceptedFromARedirectGoesToItsRouteAndNothingElseDoes(String target, int status) throws Exception {
        try (RawClient client = RawClient.plain(proxy.sluice().port("acme"))) {
            client.send("GET " + target + " HTTP/1.1\r\nHost: h.test\r\n\r\n");
            TestResponse answer = client.readResponse();
            assertThat(answer.status()).isEqualTo(status);
            if (status == 200) assertThat(answer.text()).isEqualTo("token");
            if (status == 308) assertThat(answer.field("Location")).isEqualTo("https://h.test" + target);
        }
    }
}
