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
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The project's Jetty base, stopped by SIGTERM while something is under way. */
@Timeout(120)
@Once
class JettyBaseStopIT {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    private final FaultyOrigin origin = FaultyOrigin.start();
    private final Gate gate = new Gate();

    @AfterEach
    void stopOrigin() {
        gate.open(10);
        origin.close();
    }

    @Test
    void whatIsUnderWayIsFinishedAndToldToClose() throws Exception {
        origin.on("/slow", (request, exchange) -> {
            gate.pass(Duration.ofSeconds(60));
            exchange.answer(200, "done");
        });
        try (JettyProcess jetty = start("sluice.drain.linger=8000");
                TestClient plain = ClientProtocol.HTTP11.connect(jetty);
                TestClient h2 = ClientProtocol.H2.connect(jetty);
                TestClient idle = ClientProtocol.TLS.connect(jetty)) {
            assertThat(idle.send(TestRequest.get("/")).status()).isEqualTo(200);
            TestExchange one = plain.open(TestRequest.get("/slow"));
            TestExchange two = h2.open(TestRequest.get("/slow"));
            Awaitility.await().until(() -> origin.requests("/slow").size() == 2);

            jetty.terminate();
            awaitLog(jetty, "draining: 2 exchanges under way, deadline in 10000 ms");
            // On a connection that is open, a request that comes now is served.
            TestResponse late = idle.send(TestRequest.get("/"));
            gate.open(2);

            TestResponse response = one.finish();
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.field("Connection")).isEqualTo("close");
            assertThat(two.finish().text()).isEqualTo("done");
            assertThat(late.status()).isEqualTo(200);
            assertThat(late.field("Connection")).isEqualTo("close");
            jetty.awaitExit();
            assertThat(jetty.log())
                    .contains("listener http 127.0.0.1:" + jetty.httpPort() + " drained")
                    .contains("listener https 127.0.0.1:" + jetty.tlsPort() + " drained")
                    // On a busy machine the end of the linger may come before the end of what has just been answered.
                    .containsPattern("3 finished, 1 told to close, [01] closed idle, 0 cut")
                    .contains(": stopped");
        }
    }

    @Test
    void readinessIsTakenBackBeforeTheDrainAndTheLedgerIsWritten() throws Exception {
        Path ledger = directory.resolve("ledger.json");
        try (JettyProcess jetty = start(
                        "sluice.drain.announce=3000",
                        "sluice.drain.readyPath=/readyz",
                        "sluice.drain.ledger=" + ledger);
                TestClient client = ClientProtocol.TLS.connect(jetty)) {
            assertThat(client.send(TestRequest.get("/readyz")).text()).isEqualTo("serving\n");

            jetty.terminate();
            awaitLog(jetty, "announced (server.stop())");

            TestResponse ready = client.send(TestRequest.get("/readyz"));
            assertThat(ready.status()).isEqualTo(503);
            assertThat(ready.text()).isEqualTo("announced\n");
            TestResponse served = client.send(TestRequest.get("/x"));
            assertThat(served.status()).isEqualTo(200);
            assertThat(served.values("Connection")).isEmpty();
            jetty.awaitExit();
            assertThat(Files.readString(ledger)).contains("\"announced\"", "\"outcome\" : \"clean\"");
        }
    }

    @Test
    void whatIsLeftAtTheDeadlineIsCutAndNamed() throws Exception {
        origin.on("/api/endless", (request, exchange) -> exchange.awaitAbort());
        try (JettyProcess jetty = start("sluice.drain.deadline=1000");
                TestClient client = ClientProtocol.HTTP11.connect(jetty)) {
            client.open(TestRequest.get("/api/endless"));
            origin.awaitRequest("/api/endless");

            jetty.terminate();
            jetty.awaitExit();

            assertThat(jetty.log())
                    .containsPattern("listener http 127\\.0\\.0\\.1:\\d+: cut: client 127\\.0\\.0\\.1:\\d+, "
                            + "GET /api/endless, route api, backend " + origin.url() + ", waiting, age \\d+ ms")
                    .contains("listener http 127.0.0.1:" + jetty.httpPort() + ": deadline exceeded, 1 exchange cut")
                    .contains("0 finished, 0 told to close, 0 closed idle, 1 cut");
        }
    }

    @Test
    void webSocketIsToldToGo() throws Exception {
        byte[] goingAway = {(byte) 0x88, 2, 3, (byte) 0xE9};
        origin.on("/up", (request, exchange) -> {
            exchange.start(101, Field.of("Connection", "Upgrade"), Field.of("Upgrade", "websocket"));
            exchange.readRaw(8);
            exchange.raw(goingAway);
            exchange.close();
        });
        try (JettyProcess jetty = start();
                RawClient client = RawClient.tls(jetty.tlsPort())) {
            client.send("GET /up HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(101);

            jetty.terminate();

            assertThat(client.readBytes(4)).isEqualTo(goingAway);
            client.send(new byte[] {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 3, (byte) 0xE9});
            client.awaitClosed();
            jetty.awaitExit();
            assertThat(jetty.log()).contains("1 finished, 0 told to close, ").contains(", 0 cut");
        }
    }

    @Test
    void baseWithConnectorsOfItsOwnIsDrainedAllTheSameAndToldWhatTheyCost() throws Exception {
        origin.on("/slow", (request, exchange) -> {
            gate.pass(Duration.ofSeconds(60));
            exchange.answer(200, "done");
        });
        Path base = JettyProcess.copyBase(directory);
        WebXmlOverride.apply(base, origin.url(), origin.url());
        for (String file : List.of("http", "ssl", "https", "http2", "http2c"))
            Files.delete(base.resolve("etc/jetty-" + file + ".xml"));
        try (JettyProcess jetty = JettyProcess.start(base);
                TestClient plain = ClientProtocol.HTTP11.connect(jetty);
                TestClient h2 = ClientProtocol.H2.connect(jetty)) {
            TestExchange one = plain.open(TestRequest.get("/slow"));
            TestExchange two = h2.open(TestRequest.get("/slow"));
            Awaitility.await().until(() -> origin.requests("/slow").size() == 2);

            jetty.terminate();
            awaitLog(jetty, "draining: 2 exchanges under way, deadline in 10000 ms");
            gate.open(2);

            assertThat(one.finish().field("Connection")).isEqualTo("close");
            assertThat(two.finish().text()).isEqualTo("done");
            jetty.awaitExit();
            assertThat(jetty.log())
                    .contains("listener http 127.0.0.1:" + jetty.httpPort() + " is a ServerConnector, not Sluice's: ")
                    .contains("listener https 127.0.0.1:" + jetty.tlsPort() + " is a ServerConnector, not Sluice's: ")
                    .contains(": HTTP/1.1 is Jetty's own: ", ": h2 is Jetty's own: ", ": h2c is Jetty's own: ")
                    .contains("2 finished, ")
                    .contains(", 0 cut");
        }
    }

    private JettyProcess start(String... arguments) throws IOException {
        Path base = JettyProcess.copyBase(directory);
        WebXmlOverride.apply(base, origin.url(), origin.url());
        return JettyProcess.start(base, arguments);
    }

    private static void awaitLog(JettyProcess jetty, String line) {
        Awaitility.await(line).until(() -> jetty.log().contains(line));
    }
}
