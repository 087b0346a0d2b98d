package dev.sluice.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.JettyProcess;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The stop of a Jetty that has the WAR and nothing else of ours: what can be finished all the same, and what is said. */
@Timeout(120)
@SuppressWarnings("NullAway.Init")
@Once
class WarAloneIT {
    private static final String MISSING = "this Jetty has no Sluice module: when it stops, ";
    private static final byte[] GOING_AWAY = {(byte) 0x88, 2, 3, (byte) 0xE9};
    private static final byte[] MASKED_CLOSE = {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 3, (byte) 0xE9};

    private final FaultyOrigin origin = FaultyOrigin.start();
    private final Gate gate = new Gate();

    @TempDir
    private Path directory;

    private Path base;

    @BeforeEach
    void makeBase() throws Exception {
        base = Files.createDirectories(directory.resolve("plain"));
        JettyProcess.configure(base, "--add-modules=http,ee10-deploy");
        WebXmlOverride.write(base.resolve("override-web.xml"), origin.url(), origin.url());
        origin.on("/slow", (request, exchange) -> {
            gate.pass(Duration.ofSeconds(60));
            exchange.answer(200, "done");
        });
    }

    @AfterEach
    void stopOrigin() {
        gate.open(10);
        origin.close();
    }

    private void deploy() throws IOException {
        Files.copy(JettyProcess.war(), base.resolve("webapps/sluice.war"));
        // Whole at once: a scan may look at any moment.
        Path written = Files.writeString(directory.resolve("sluice.xml"), """
                <!DOCTYPE Configure PUBLIC "-//Jetty//Configure//EN" "https://jetty.org/configure_10_0.dtd">
                <Configure class="org.eclipse.jetty.ee10.webapp.WebAppContext">
                  <Set name="contextPath">/front</Set>
                  <Set name="war"><Property name="jetty.webapps"/>/sluice.war</Set>
                  <Set name="overrideDescriptor"><Property name="jetty.base"/>/override-web.xml</Set>
                </Configure>
                """);
        Files.move(written, base.resolve("webapps/sluice.xml"), StandardCopyOption.ATOMIC_MOVE);
    }

    private static void awaitLog(JettyProcess jetty, String text) {
        Awaitility.await(text)
                .atMost(Duration.ofSeconds(30))
                .until(() -> jetty.log().contains(text));
    }

    @Test
    void startSaysOnceWhatWillBeMissingAndHowToGetIt() throws Exception {
        deploy();
        try (JettyProcess jetty = JettyProcess.start(base)) {
            assertThat(jetty.log())
                    .containsOnlyOnce(MISSING + "exchanges of the web application at /front have 10000 ms to finish")
                    .containsOnlyOnce("--add-modules=sluice");
        }
    }

    @Test
    void whatIsUnderWayIsFinishedAndToldToClose() throws Exception {
        deploy();
        try (JettyProcess jetty = JettyProcess.start(base);
                TestClient client = ClientProtocol.HTTP11.connect(jetty);
                RawClient idle = RawClient.plain(jetty.httpPort())) {
            String head = "GET /front/ HTTP/1.1\r\nHost: a\r\n";
            assertThat(idle.send(head + "\r\n").readResponse().status()).isEqualTo(200);
            TestExchange slow = client.open(TestRequest.get("/front/slow"));
            origin.awaitRequest("/slow");

            // Where a head has begun, its connection is not closed at the end of the linger, which cannot be set here.
            idle.send(head);
            jetty.terminate();
            awaitLog(jetty, "draining: 1 exchange under way, deadline in 10000 ms");
            TestResponse late = idle.send("\r\n").readResponse();
            gate.open();

            TestResponse response = slow.finish();
            assertThat(response.text()).isEqualTo("done");
            assertThat(response.field("Connection")).isEqualTo("close");
            assertThat(late.status()).isEqualTo(200);
            assertThat(late.field("Connection")).isEqualTo("close");
            assertThat(jetty.awaitExit()).isEqualTo(143);
            assertThat(jetty.log())
                    // On a busy machine the end of the linger may come before the end of what has just been answered.
                    .containsPattern("2 finished, 1 told to close, [01] closed idle, 0 cut")
                    .contains(": stopped")
                    .doesNotContain("Exception");
        }
    }

    @Test
    void webSocketIsToldToGo() throws Exception {
        deploy();
        origin.on("/up", (request, exchange) -> {
            exchange.start(101, Field.of("Connection", "Upgrade"), Field.of("Upgrade", "websocket"));
            exchange.readRaw(8);
            exchange.raw(GOING_AWAY);
            exchange.close();
        });
        try (JettyProcess jetty = JettyProcess.start(base);
                RawClient client = RawClient.plain(jetty.httpPort())) {
            client.send("GET /front/up HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(101);

            jetty.terminate();

            assertThat(client.readBytes(4)).isEqualTo(GOING_AWAY);
            client.send(MASKED_CLOSE);
            client.awaitClosed();
            jetty.awaitExit();
            assertThat(jetty.log()).contains("1 finished, 0 told to close, ").contains(", 0 cut");
        }
    }

    @Test
    void whatIsLeftWhenTheServersPatienceEndsIsCutAndNamed() throws Exception {
        deploy();
        Path patience = Files.writeString(base.resolve("patience.xml"), """
                <!DOCTYPE Configure PUBLIC "-//Jetty//Configure//EN" "https://jetty.org/configure_10_0.dtd">
                <Configure id="Server" class="org.eclipse.jetty.server.Server"><Set name="stopTimeout">700</Set></Configure>
                """);
        origin.on("/endless", (request, exchange) -> exchange.awaitAbort());
        try (JettyProcess jetty = JettyProcess.start(base, patience.toString());
                TestClient client = ClientProtocol.HTTP11.connect(jetty)) {
            client.open(TestRequest.get("/front/endless"));
            origin.awaitRequest("/endless");

            jetty.terminate();
            jetty.awaitExit();

            assertThat(jetty.log())
                    .contains("have 700 ms to finish")
                    .containsPattern("cut: client 127\\.0\\.0\\.1:\\d+, GET /front/endless, route fallback, backend "
                            + origin.url())
                    .contains("0 finished, 0 told to close, 0 closed idle, 1 cut");
        }
    }

    /** By then the server has been started: what a drain has to know of its listeners is learned at once. */
    @Test
    void webApplicationThatIsDeployedLaterIsDrainedTooAndOneThatIsGoneIsNot() throws Exception {
        try (JettyProcess jetty = JettyProcess.start(base, "jetty.deploy.scanInterval=1")) {
            deploy();
            awaitLog(jetty, MISSING);
            TestRequest ordinary = TestRequest.get("/front/");
            Awaitility.await("deployed")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> send(jetty, ordinary).status() == 200);
            Files.delete(base.resolve("webapps/sluice.xml"));
            Files.delete(base.resolve("webapps/sluice.war"));
            Awaitility.await("gone")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> send(jetty, ordinary).status() == 404);
            deploy();
            Awaitility.await("deployed again")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> send(jetty, ordinary).status() == 200);
            try (TestClient client = ClientProtocol.HTTP11.connect(jetty)) {
                TestExchange slow = client.open(TestRequest.get("/front/slow"));
                origin.awaitRequest("/slow");

                jetty.terminate();
                awaitLog(jetty, "draining: 1 exchange under way");
                gate.open();

                assertThat(slow.finish().text()).isEqualTo("done");
                jetty.awaitExit();
                assertThat(jetty.log())
                        .containsOnlyOnce("draining: ")
                        .containsOnlyOnce(": stopped")
                        .contains("listener HTTP/1.1 127.0.0.1:" + jetty.httpPort() + " drained");
            }
        }
    }

    private static TestResponse send(JettyProcess jetty, TestRequest request) throws IOException {
        try (TestClient client = ClientProtocol.HTTP11.connect(jetty)) {
            return client.send(request);
        }
    }
}
