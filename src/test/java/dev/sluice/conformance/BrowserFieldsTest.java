package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.EmbeddedProxy;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What browsers are told: who may use a route from other pages, and to be careful. */
class BrowserFieldsTest {
    private static final FaultyOrigin ORIGIN = FaultyOrigin.start();
    private static EmbeddedProxy proxy;

    @BeforeAll
    static void start() throws Exception {
        ORIGIN.on("/some/own", (request, exchange) -> {
            exchange.startLength(200, 0, Field.of("Access-Control-Allow-Origin", "*"), Field.of("Vary", "Accept"));
            exchange.content(new byte[0]);
        });
        ORIGIN.on(
                "/all/odd",
                (request, exchange) -> exchange.answer(
                        204,
                        "",
                        Field.of("Access-Control-Max-Age", "1"),
                        Field.of("Access-Control-Allow-Credentials", "true")));
        ORIGIN.on("/safe/own", (request, exchange) -> {
            exchange.startLength(200, 0, Field.of("X-Frame-Options", "DENY"));
            exchange.content(new byte[0]);
        });
        proxy = EmbeddedProxy.start("""
                routes:
                  - path: /some
                    to: URL
                    cors:
                      origins: [ "https://app.example.com", "https://*.dev.example.com:8443" ]
                      methods: [ PUT, DELETE ]
                      headers: [ X-Version, Content-Type ]
                      expose: X-Total
                      credentials: true
                      maxAge: 1h
                  - { path: /all, to: URL, cors: { origins: "*", headers: "*" } }
                  - { path: /safe, to: URL, securityHeaders: true }
                  - path: /strict
                    to: "http://127.0.0.1:1"
                    securityHeaders: { hsts: 8760h, includeSubDomains: true, preload: true, frameOptions: DENY,
                                       referrerPolicy: off, contentTypeOptions: false }
                  - { path: /none, to: URL }
                """.replace("URL", ORIGIN.url()));
    }

    @AfterAll
    static void stop() {
        proxy.close();
        ORIGIN.close();
    }

    private static TestRequest preflight(String path, String origin) {
        return TestRequest.of("OPTIONS", path)
                .field("Origin", origin)
                .field("Access-Control-Request-Method", "PUT")
                .field("Access-Control-Request-Headers", "x-a,x-b");
    }

    @ParameterizedTest
    @EnumSource
    void browserThatAsksFirstIsToldWhatItMay(ClientProtocol protocol) throws Exception {
        int before = ORIGIN.requests().size();
        TestResponse answer = proxy.send(protocol, preflight("/some/x", "https://app.example.com"));
        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.values("Access-Control-Allow-Origin")).containsExactly("https://app.example.com");
        assertThat(answer.field("Access-Control-Allow-Methods")).isEqualTo("GET, HEAD, POST, PUT, DELETE");
        assertThat(answer.field("Access-Control-Allow-Headers")).isEqualTo("X-Version, Content-Type");
        assertThat(answer.field("Access-Control-Allow-Credentials")).isEqualTo("true");
        assertThat(answer.field("Access-Control-Max-Age")).isEqualTo("3600");
        assertThat(answer.field("Vary")).contains("Origin").contains("Access-Control-Request-Headers");
        assertThat(ORIGIN.requests()).hasSize(before);
    }

    @ParameterizedTest
    @CsvSource({
        "https://app.example.com,true",
        "https://a.dev.example.com:8443,true",
        "https://a.b.dev.example.com:8443,true",
        "https://dev.example.com:8443,false",
        "https://.dev.example.com:8443,false",
        "https://a.dev.example.com,false",
        "https://evil.com/.dev.example.com:8443,false",
        "http://app.example.com,false",
        "https://app.example.com.evil.com,false",
        "null,false"
    })
    void originIsComparedAsAWhole(String origin, boolean allowed) throws Exception {
        TestResponse asked = proxy.send(preflight("/some/x", origin));
        TestResponse answer = proxy.send(TestRequest.get("/some/x").field("Origin", origin));
        for (TestResponse response : new TestResponse[] {asked, answer})
            assertThat(response.field("Access-Control-Allow-Origin")).isEqualTo(allowed ? origin : null);
        assertThat(asked.field("Access-Control-Allow-Methods") != null).isEqualTo(allowed);
        assertThat(answer.status()).isEqualTo(200);
    }

    @Test
    void answerSaysWhoMayReadItInThePlaceOfTheBackend() throws Exception {
        TestResponse answer = proxy.send(TestRequest.get("/some/own").field("Origin", "https://app.example.com"));
        assertThat(answer.values("Access-Control-Allow-Origin")).containsExactly("https://app.example.com");
        assertThat(answer.field("Access-Control-Expose-Headers")).isEqualTo("X-Total");
        assertThat(answer.values("Vary")).contains("Accept", "Origin");
        TestResponse plain = proxy.get("/some/own");
        assertThat(plain.field("Access-Control-Allow-Origin")).isNull();
        assertThat(plain.values("Vary")).contains("Origin");
    }

    @Test
    void everyPageMayAndNoneWithItsCookies() throws Exception {
        TestResponse asked = proxy.send(preflight("/all/x", "https://x.test"));
        assertThat(asked.field("Access-Control-Allow-Origin")).isEqualTo("*");
        assertThat(asked.field("Access-Control-Allow-Headers")).isEqualTo("x-a,x-b");
        assertThat(asked.field("Access-Control-Allow-Credentials")).isNull();
    }

    @Test
    void answerOfTheBackendIsNotTakenForOneToABrowserThatAsksFirst() throws Exception {
        TestResponse answer = proxy.send(TestRequest.of("DELETE", "/all/odd").field("Origin", "https://x.test"));
        assertThat(answer.field("Access-Control-Allow-Origin")).isEqualTo("*");
        assertThat(answer.field("Access-Control-Allow-Credentials")).isNull();
        assertThat(answer.field("Access-Control-Max-Age")).isNull();
    }

    @Test
    void optionsThatNoBrowserAsksGoToTheBackend() throws Exception {
        assertThat(proxy.send(TestRequest.of("OPTIONS", "/some/x")).echo().method())
                .isEqualTo("OPTIONS");
        assertThat(proxy.send(preflight("/none/x", "https://x.test")).echo().method())
                .isEqualTo("OPTIONS");
    }

    @ParameterizedTest
    @EnumSource
    void oneSwitchTellsBrowsersToBeCareful(ClientProtocol protocol) throws Exception {
        TestResponse answer = proxy.send(protocol, TestRequest.get("/safe/x"));
        assertThat(answer.field("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(answer.field("X-Frame-Options")).isEqualTo("SAMEORIGIN");
        assertThat(answer.field("Referrer-Policy")).isEqualTo("strict-origin-when-cross-origin");
        // Nobody may believe it over anything but TLS.
        assertThat(answer.field("Strict-Transport-Security")).isEqualTo(protocol.secure() ? "max-age=31536000" : null);
        assertThat(proxy.send(protocol, TestRequest.get("/safe/own")).values("X-Frame-Options"))
                .containsExactly("DENY");
    }

    @Test
    void errorsOfTheProxyItselfSayItToo() throws Exception {
        TestResponse answer = proxy.send(ClientProtocol.TLS, TestRequest.get("/strict"));
        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.field("Strict-Transport-Security")).isEqualTo("max-age=31536000; includeSubDomains; preload");
        assertThat(answer.field("X-Frame-Options")).isEqualTo("DENY");
        assertThat(answer.field("Referrer-Policy")).isNull();
        assertThat(answer.field("X-Content-Type-Options")).isNull();
    }
}
