package dev.sluice.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.JettyProcess;
import dev.sluice.testkit.JmxPeer;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.StopPort;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The project's Jetty base, stopped in the ways that Jetty has beside a signal: each is a drain. */
@Timeout(120)
@SuppressWarnings("NullAway.Init")
@Once
class JettyStopTriggersIT {
    private final FaultyOrigin origin = FaultyOrigin.start();
    private final Gate gate = new Gate();

    @TempDir
    private Path directory;

    private Path base;

    @BeforeEach
    void makeBase() throws Exception {
        base = JettyProcess.copyBase(directory);
        WebXmlOverride.apply(base, origin.url(), origin.url());
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

    /** A way to stop it. */
    private interface Stop {
        void stop(JettyProcess jetty) throws Exception;
    }

    private void assertDrains(int status, Stop stop, String... arguments) throws Exception {
        try (JettyProcess jetty = JettyProcess.start(base, arguments);
                TestClient client = ClientProtocol.H2.connect(jetty)) {
            TestExchange slow = client.open(TestRequest.get("/slow"));
            origin.awaitRequest("/slow");

            stop.stop(jetty);
            String draining = "draining: 1 exchange under way, deadline in 10000 ms";
            Awaitility.await(draining)
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> jetty.log().contains(draining));
            gate.open();

            assertThat(slow.finish().text()).isEqualTo("done");
            assertThat(jetty.awaitExit()).isEqualTo(status);
            // What comes after that may be lost: with some of the triggers Jetty ends the process as the server stops.
            assertThat(jetty.log())
                    .contains("drained in ")
                    .contains("1 finished, ")
                    .contains(", 0 cut");
        }
    }

    @Test
    void startJarAsksByStopPort() throws Exception {
        StopPort port = StopPort.free("let-me");
        Path log = directory.resolve("stop.log");
        Process[] stopper = new Process[1];
        assertDrains(0, jetty -> stopper[0] = port.askByStartJar(JettyProcess.home(), log), port.arguments());
        assertThat(stopper[0].waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(stopper[0].exitValue()).as(Files.readString(log)).isZero();
    }

    @Test
    void jettysModuleShutdownAsks() throws Exception {
        StopPort port = StopPort.free("let-me");
        assertDrains(0, jetty -> port.ask(), port.moduleArguments());
    }

    @Test
    void operationOfJmxAsks() throws Exception {
        assertDrains(
                0,
                jetty -> {
                    try (JmxPeer jmx = JmxPeer.attach(jetty.pid())) {
                        assertThat(jmx.drain("liveExchanges")).isEqualTo(1);
                        assertThat(jmx.drain("lingerMillis")).isEqualTo(1000L);
                        jmx.invoke("stop");
                    }
                },
                "--module=jmx");
    }
}
