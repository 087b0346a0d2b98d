package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.JarProxy;
import dev.sluice.testkit.JmxPeer;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.StopPort;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What stops the runnable jar beside SIGINT and SIGTERM: each is a drain, with the exit status of one. */
@Timeout(120)
@SuppressWarnings("NullAway.Init")
@Once
class StopTriggersIT {
    private final FaultyOrigin origin = FaultyOrigin.start();
    private final Gate gate = new Gate();

    @TempDir
    private Path directory;

    private StopPort stopPort;

    /** A way to stop it. */
    enum Trigger {
        STOP_PORT,
        JMX
    }

    @AfterEach
    void stopOrigin() {
        gate.open(10);
        origin.close();
    }

    private JarProxy start() throws IOException {
        origin.on("/slow", (request, exchange) -> {
            gate.pass(Duration.ofSeconds(60));
            exchange.answer(200, "done");
        });
        origin.on("/endless", (request, exchange) -> exchange.awaitAbort());
        stopPort = StopPort.free("let-me");
        JarProxy sluice = JarProxy.start(
                ProxySetup.none().route(null, origin.url()),
                directory,
                stopPort.systemProperties(),
                List.of("--xml", Path.of("etc/jmx.xml").toAbsolutePath().toString()));
        // Jetty's port does nothing as long as the server is starting.
        awaitLog(sluice, "route default to ");
        return sluice;
    }

    private void stop(JarProxy sluice, Trigger trigger) throws Exception {
        switch (trigger) {
            case STOP_PORT -> stopPort.ask();
            case JMX -> {
                try (JmxPeer jmx = JmxPeer.attach(sluice.process().pid())) {
                    assertThat(jmx.drain("draining")).isEqualTo(false);
                    assertThat(jmx.drain("liveExchanges")).isEqualTo(1);
                    assertThat(jmx.drain("deadlineMillis")).isEqualTo(10_000L);
                    jmx.invoke("stop");
                }
            }
        }
        awaitLog(sluice, " draining: 1 exchange under way");
    }

    private static void awaitLog(JarProxy sluice, String text) {
        Awaitility.await(text)
                .atMost(Duration.ofSeconds(20))
                .until(() -> sluice.log().contains(text));
    }

    private static int exit(JarProxy sluice) throws InterruptedException {
        assertThat(sluice.process().waitFor(30, TimeUnit.SECONDS)).as("ended").isTrue();
        return sluice.process().exitValue();
    }

    @ParameterizedTest
    @EnumSource
    void requestUnderWayIsFinishedAndTheLogSaysHowItWent(Trigger trigger) throws Exception {
        try (JarProxy sluice = start();
                TestClient client = ClientProtocol.HTTP11.connect(sluice)) {
            TestExchange slow = client.open(TestRequest.get("/slow"));
            origin.awaitRequest("/slow");

            stop(sluice, trigger);
            gate.open();

            assertThat(slow.finish().text()).isEqualTo("done");
            assertThat(exit(sluice)).isZero();
            assertThat(sluice.log())
                    .contains("1 finished, 0 told to close, ")
                    .contains(", 0 cut")
                    .endsWith(" stopped\n");
        }
    }

    @ParameterizedTest
    @EnumSource
    void firstSignalJoinsTheStopAndTheSecondCutsWhatIsLeft(Trigger trigger) throws Exception {
        try (JarProxy sluice = start();
                TestClient client = ClientProtocol.HTTP11.connect(sluice)) {
            client.open(TestRequest.get("/endless"));
            origin.awaitRequest("/endless");

            stop(sluice, trigger);
            sluice.process().toHandle().destroy();
            awaitLog(sluice, "SIGTERM: stopping; another signal cuts what is left");
            assertThat(sluice.process().isAlive()).isTrue();
            assertThat(sluice.log()).doesNotContain(": cut");
            sluice.process().toHandle().destroy();

            assertThat(exit(sluice)).isEqualTo(3);
            assertThat(sluice.log())
                    .contains("SIGTERM: cutting what is left")
                    .contains("GET /endless, route default")
                    .contains(", 1 cut");
        }
    }

    @Test
    void operationOfJmxCutsWhatIsLeft() throws Exception {
        try (JarProxy sluice = start();
                TestClient client = ClientProtocol.HTTP11.connect(sluice);
                JmxPeer jmx = JmxPeer.attach(sluice.process().pid())) {
            client.open(TestRequest.get("/endless"));
            origin.awaitRequest("/endless");

            jmx.invoke("stop");
            Awaitility.await("draining").until(() -> jmx.drain("draining").equals(true));
            jmx.invokeLast("cut");

            assertThat(exit(sluice)).isEqualTo(3);
            assertThat(sluice.log()).contains("begun by JMX").contains(", 1 cut");
        }
    }

    @Test
    void withoutItsXmlThereIsNoMBean() throws Exception {
        try (JarProxy sluice = JarProxy.start(ProxySetup.none().route(null, origin.url()), directory);
                JmxPeer jmx = JmxPeer.attach(sluice.process().pid())) {
            assertThat(jmx.knowsTheDrain()).isFalse();
        }
    }
}
