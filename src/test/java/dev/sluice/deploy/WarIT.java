package dev.sluice.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.JettyProcess;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The WAR as people deploy it: elsewhere than at the root, with a YAML file, alone in a Jetty that knows nothing of us. */
@Timeout(120)
class WarIT {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    private final FaultyOrigin api = FaultyOrigin.start("api");
    private final FaultyOrigin web = FaultyOrigin.start("web");

    @AfterEach
    void stopOrigins() {
        api.close();
        web.close();
    }

    @Test
    void contextPathIsTakenFromThePathAndTheRestStaysAsItCame() throws Exception {
        Path base = JettyProcess.copyBase(directory);
        WebXmlOverride.apply(base, api.url(), web.url());
        WebXmlOverride.set(base, "jetty.deploy.contextPath=/front door");
        try (JettyProcess jetty = JettyProcess.start(base)) {
            assertThat(get(jetty, "/front%20door/api/a%2Fb?q={}").echo().target())
                    .isEqualTo("/api/a%2Fb?q={}");
            assertThat(get(jetty, "/front%20door/api/x").echo().origin()).isEqualTo("api");
            assertThat(get(jetty, "/f%72ont%20door//x/;y").echo().target()).isEqualTo("//x/;y");
            assertThat(get(jetty, "/front%20door/").echo().target()).isEqualTo("/");
            assertThat(get(jetty, "/elsewhere").status()).isEqualTo(404);
            assertThat(get(jetty, "/front%20door/../front%20door/x").status()).isEqualTo(400);
        }
    }

    /** The usual limit is below the pause; that on streams is above it, and yet not as far as by default. */
    @Test
    void initParamSaysHowLongEventStreamsMayBeQuiet() throws Exception {
        Path base = JettyProcess.copyBase(directory);
        WebXmlOverride.applyWith(base, web.url(), "idleTimeout", "400", "streamIdleTimeout", "3000");
        Gate pause = new Gate();
        web.on("/events", (request, exchange) -> {
            exchange.startChunked(200, Field.of("Content-Type", "text/event-stream"));
            exchange.chunk("data: 1\n\n");
            pause.pass(Duration.ofMillis(1000));
            exchange.chunk("data: 2\n\n");
            exchange.awaitAbort();
        });
        try (JettyProcess jetty = JettyProcess.start(base);
                TestClient client = ClientProtocol.HTTP11.connect(jetty)) {
            TestExchange events = client.open(TestRequest.get("/events"));
            assertThat(events.awaitBody(18)).asString().isEqualTo("data: 1\n\ndata: 2\n\n");
            web.awaitAborted("/events");
            assertThat(events.finish().complete()).isFalse();
        }
    }

    @Test
    void yamlFileTakesThePlaceOfInitParams() throws Exception {
        Path base = JettyProcess.copyBase(directory);
        WebXmlOverride.set(base, "sluice.config=etc/sluice.yaml");
        Files.writeString(
                base.resolve("etc/sluice.yaml"),
                "routes:\n  - path: /api/v2\n    to: " + api.url() + "/base\n  - to: " + web.url() + "\n");
        try (JettyProcess jetty = JettyProcess.start(base)) {
            assertThat(get(jetty, "/api/v2/x").echo().target()).isEqualTo("/base/api/v2/x");
            assertThat(get(jetty, "/api/v1").echo().origin()).isEqualTo("web");
            assertThat(get(jetty, "/x").echo().origin()).isEqualTo("web");
        }
    }

    /** What clients are told is what they can ask for: the context path is part of it. */
    @Test
    void whatTheYamlFileSaysOfAnswersHoldsBelowAContextPath() throws Exception {
        web.on(
                "/base/in/moved",
                (request, exchange) -> exchange.startLength(
                        302,
                        0,
                        Field.of("Location", web.url() + "/base/in/x"),
                        Field.of("Set-Cookie", "a=b; Path=/base/in/")));
        web.on("/base/in/none", (request, exchange) -> exchange.answer(404, "theirs"));
        web.on("/text", (request, exchange) -> {
            exchange.startLength(200, 5000, Field.of("Content-Type", "text/plain"));
            exchange.content("a".repeat(5000));
        });
        Path base = JettyProcess.copyBase(directory);
        WebXmlOverride.set(base, "jetty.deploy.contextPath=/front door");
        WebXmlOverride.set(base, "sluice.config=etc/sluice.yaml");
        Files.writeString(base.resolve("etc/none.html"), "<p>not here</p>\n");
        Files.writeString(base.resolve("etc/sluice.yaml"), """
                pools: { web: { backends: "%2$s" }, api: { backends: "%1$s" } }
                routes:
                  - { path: /old, redirect: "https://www.example.com{uri}" }
                  - { pathPattern: "/u/(.*)", redirect: "/front%%20door/users/{path.1}" }
                  - { path: /hello, respond: { body: "hello {header.X-Who} by {route}\\n" } }
                  - { path: /noon, to: "%2$s", maintenance: { retryAfter: 5m } }
                  - path: /v1
                    to: "%2$s/base"
                    request: { stripPrefix: /v1, addPrefix: /in, maxBody: 4, headers: { set: { X-By: "{scheme}" } } }
                    errorPages: { 404: none.html }
                    interceptErrors: true
                  - path: /beta
                    split: [ { pool: web }, { pool: api, weight: 0, headers: { X-Beta: "1" } } ]
                  - { path: /text, to: "%2$s", response: { compress: gzip } }
                """.formatted(api.url(), web.url()));
        try (JettyProcess jetty = JettyProcess.start(base);
                TestClient client = ClientProtocol.HTTP11.connect(jetty)) {
            String context = "/front%20door";
            assertThat(get(jetty, context + "/old/a?q").field("Location"))
                    .isEqualTo("https://www.example.com/front%20door/old/a?q");
            assertThat(get(jetty, context + "/u/%C3%A4").field("Location")).isEqualTo("/front%20door/users/%C3%A4");
            TestResponse hello = client.send(TestRequest.get(context + "/hello").field("X-Who", "you"));
            assertThat(hello.text()).startsWith("hello you by ");
            TestResponse noon = get(jetty, context + "/noon");
            assertThat(noon.status()).isEqualTo(503);
            assertThat(noon.field("Retry-After")).isEqualTo("300");

            TestResponse moved = get(jetty, context + "/v1/moved");
            assertThat(moved.field("Location")).endsWith("/front%20door/v1/x");
            assertThat(moved.field("Set-Cookie")).isEqualTo("a=b; Path=/front%20door/v1/");
            assertThat(get(jetty, context + "/v1/none").text()).isEqualTo("<p>not here</p>\n");
            TestResponse rewritten = get(jetty, context + "/v1/x");
            assertThat(rewritten.echo().target()).isEqualTo("/base/in/x");
            assertThat(Field.first(rewritten.echo().fields(), "x-by")).isEqualTo("http");
            assertThat(client.send(TestRequest.post(context + "/v1/x", "12345")).status())
                    .isEqualTo(413);

            assertThat(get(jetty, context + "/beta").echo().origin()).isEqualTo("web");
            TestRequest beta = TestRequest.get(context + "/beta").field("X-Beta", "1");
            try (TestClient another = ClientProtocol.HTTP11.connect(jetty)) {
                assertThat(another.send(beta).echo().origin()).isEqualTo("api");
                TestResponse text =
                        another.send(TestRequest.get(context + "/text").field("Accept-Encoding", "gzip"));
                assertThat(text.field("Content-Encoding")).isEqualTo("gzip");
                try (InputStream plain = new GZIPInputStream(new ByteArrayInputStream(text.body()))) {
                    assertThat(plain.readAllBytes()).asString().isEqualTo("a".repeat(5000));
                }
            }
        }
    }

    /** In a Jetty that is not Sluice's the pool's parts are put together by the servlet. */
    @Test
    void poolLeavesAloneWhoIsNotWellAndBindsClientsByCookie() throws Exception {
        AtomicInteger statusOfApi = new AtomicInteger(503);
        api.on("/healthz", (request, exchange) -> exchange.answer(statusOfApi.get(), "checked"));
        web.on("/healthz", (request, exchange) -> exchange.answer(200, "checked"));
        Path base = JettyProcess.copyBase(directory);
        WebXmlOverride.set(base, "sluice.config=etc/sluice.yaml");
        // Any variable that is long enough will do for a secret.
        Files.writeString(base.resolve("etc/sluice.yaml"), """
                pools:
                  both:
                    backends: [ "%s", "%s" ]
                    health: { path: /healthz, interval: 500ms }
                    balance: { sticky: { secret: "${PATH}" } }
                routes: [ { pool: both } ]
                """.formatted(api.url(), web.url()));
        try (JettyProcess jetty = JettyProcess.start(base)) {
            for (int i = 0; i < 4; i++)
                assertThat(get(jetty, "/x").echo().origin()).isEqualTo("web");
            statusOfApi.set(200);
            await().until(() -> get(jetty, "/x").echo().origin().equals("api"));
            TestResponse first = get(jetty, "/x");
            String cookie = Objects.requireNonNull(first.field("Set-Cookie")).split(";")[0];
            try (TestClient client = ClientProtocol.HTTP11.connect(jetty)) {
                for (int i = 0; i < 4; i++) {
                    TestResponse next = client.send(TestRequest.get("/x").field("Cookie", cookie));
                    assertThat(next.echo().origin()).isEqualTo(first.echo().origin());
                }
            }
        }
    }

    @Test
    void mistakeInTheYamlFileStopsTheContextAndIsNamed() throws Exception {
        Path base = JettyProcess.copyBase(directory);
        WebXmlOverride.set(base, "sluice.config=etc/sluice.yaml");
        Files.writeString(base.resolve("etc/sluice.yaml"), "routes:\n  - to: localhost:8001\n");
        try (JettyProcess jetty = JettyProcess.start(base)) {
            assertThat(get(jetty, "/x").status()).isEqualTo(503);
            assertThat(jetty.log()).contains("sluice.yaml:2:9: routes[0].to: \"localhost:8001\" is not a URL");
        }
    }

    @Test
    void warAloneRunsInAJettyThatKnowsNothingOfIt() throws Exception {
        Path base = Files.createDirectories(directory.resolve("plain"));
        // The server has a client of its own, which is not to get into our way.
        JettyProcess.configure(base, "--add-modules=http,ee10-deploy,client");
        Files.copy(JettyProcess.war(), base.resolve("webapps/sluice.war"));
        WebXmlOverride.write(base.resolve("override-web.xml"), api.url(), web.url());
        Files.writeString(base.resolve("webapps/sluice.xml"), """
                <!DOCTYPE Configure PUBLIC "-//Jetty//Configure//EN" "https://jetty.org/configure_10_0.dtd">
                <Configure class="org.eclipse.jetty.ee10.webapp.WebAppContext">
                  <Set name="contextPath">/</Set>
                  <Set name="war"><Property name="jetty.webapps"/>/sluice.war</Set>
                  <Set name="overrideDescriptor"><Property name="jetty.base"/>/override-web.xml</Set>
                </Configure>
                """);
        try (JettyProcess jetty = JettyProcess.start(base)) {
            assertThat(get(jetty, "/api/x?y").echo().target()).isEqualTo("/api/x?y");
            assertThat(get(jetty, "/WEB-INF/web.xml").echo().origin()).isEqualTo("web");
            assertThat(jetty.log()).doesNotContain("SLF4J", "LinkageError", "ClassCastException");
        }
    }

    private static TestResponse get(JettyProcess jetty, String target) throws IOException {
        try (TestClient client = ClientProtocol.HTTP11.connect(jetty)) {
            return client.send(TestRequest.get(target));
        }
    }
}
