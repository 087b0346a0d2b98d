package dev.sluice.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.EchoReport;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.JettyProcess;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The project's Jetty base with the WAR in it, serving. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
class JettyBaseIT {
    private final FaultyOrigin api = FaultyOrigin.start("api");
    private final FaultyOrigin web = FaultyOrigin.start("web");
    private JettyProcess jetty;

    @BeforeAll
    void startJetty(@TempDir Path directory) throws IOException {
        Path base = JettyProcess.copyBase(directory);
        WebXmlOverride.apply(base, api.url(), web.url());
        Path etc = Path.of("etc").toAbsolutePath();
        jetty = JettyProcess.start(
                base,
                // What tunes the embedded server tunes this one.
                etc.resolve("threadpool.xml").toString(),
                etc.resolve("tuning.xml").toString(),
                etc.resolve("tls.xml").toString());
    }

    @AfterAll
    void stop() {
        if (jetty != null) jetty.close();
        api.close();
        web.close();
    }

    @ParameterizedTest
    @EnumSource
    void apiAndAllBelowItGoToOneBackendAndTheRestToTheOther(ClientProtocol protocol) throws IOException {
        assertThat(echo(protocol, "/api").origin()).isEqualTo("api");
        assertThat(echo(protocol, "/api/x").origin()).isEqualTo("api");
        assertThat(echo(protocol, "/apix").origin()).isEqualTo("web");
        assertThat(echo(protocol, "/").origin()).isEqualTo("web");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/a%2Fb",
                "/a//b",
                "/a/../b",
                "/;x=1",
                "/a/;x=1/b",
                "/x/%2e%2e%2fy%5Cz",
                "/caf%C3%A9",
                "/x?",
                "/x?a=%zz&b=|{}",
                "/WEB-INF/web.xml",
                "/META-INF/MANIFEST.MF",
                "/index.jsp",
                "/x;jsessionid=node0abc"
            })
    void targetsReachTheBackendByteForByte(String target) throws IOException {
        assertThat(echo(ClientProtocol.HTTP11, target).target()).isEqualTo(target);
        assertThat(echo(ClientProtocol.H2, target).target()).isEqualTo(target);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/..%2Fsecret", "/x/..%2Fapi/y", "/api;x/y", "//api/x", "/x/..;/api"})
    void pathThatServersReadInDifferentWaysIsRefused(String target) throws IOException {
        assertThat(send(ClientProtocol.HTTP11, TestRequest.get(target)).status())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @EnumSource
    void hostIsPreservedAndBodiesPassBothWays(ClientProtocol protocol) throws IOException {
        EchoReport echo =
                send(protocol, TestRequest.post("/api/upload", "0123456789")).echo();

        assertThat(echo.body().size()).isEqualTo(10);
        assertThat(echo.fields())
                .anyMatch(f -> f.name().equalsIgnoreCase("host") && f.value().equals("sluice.test"));
    }

    @Test
    void requestThatCannotBeReadIsAnsweredQuietly() throws IOException {
        try (RawClient client = RawClient.plain(jetty.httpPort())) {
            TestResponse response =
                    client.send("GET / HTTP/1.1\nHost: sluice.test\n\n").readResponse();

            assertThat(response.status()).isEqualTo(400);
            assertThat(response.text()).isEqualTo("400 Bad Request\n");
            assertThat(response.field("Server")).isNull();
        }
    }

    @Test
    void noLibraryOfTheWarStandsInTheWayOfTheServers() {
        assertThat(jetty.log())
                .contains("listener https: no certificate configured")
                .doesNotContain("LinkageError", "ClassCastException", "SLF4J", "Failed startup");
    }

    @Test
    void nothingIsSaidToBeMissingWhereNothingIs() {
        assertThat(jetty.log()).doesNotContain("not Sluice's", "is Jetty's own", "no Sluice module");
    }

    private EchoReport echo(ClientProtocol protocol, String target) throws IOException {
        return send(protocol, TestRequest.get(target)).echo();
    }

    private TestResponse send(ClientProtocol protocol, TestRequest request) throws IOException {
        try (TestClient client = protocol.connect(jetty)) {
            return client.send(request);
        }
    }
}
