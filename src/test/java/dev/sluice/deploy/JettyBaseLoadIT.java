package dev.sluice.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.BusyClients;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.JettyProcess;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.RawClient;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The project's Jetty base, stopped by SIGTERM under the load of clients that never pause. */
@Timeout(180)
@Once
class JettyBaseLoadIT {
    private static final int STOPS = 3;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    private final FaultyOrigin origin = FaultyOrigin.start();

    @AfterEach
    void stopOrigin() {
        origin.close();
    }

    /**
     * As {@code DrainLoadTest} has it for the jar: what is left is a connection that comes in the microseconds between the
     * last look into the kernel's queue and the close of the socket.
     */
    @Test
    void stopsCostNoClientARequest() throws Exception {
        int stopsThatLost = 0;
        for (int stop = 0; stop < STOPS; stop++) {
            Path base = JettyProcess.copyBase(Files.createDirectory(directory.resolve("stop-" + stop)));
            WebXmlOverride.apply(base, origin.url(), origin.url());
            try (JettyProcess jetty = JettyProcess.start(base)) {
                BusyClients clients = new BusyClients()
                        .start(2, Integer.MAX_VALUE, () -> RawClient.plain(jetty.httpPort()))
                        .start(2, Integer.MAX_VALUE, () -> RawClient.tls(jetty.tlsPort()))
                        .start(2, 3, () -> RawClient.plain(jetty.httpPort()))
                        .start(2, 3, () -> RawClient.tls(jetty.tlsPort()))
                        .awaitAtWork();

                jetty.terminate();
                clients.awaitRefused();
                jetty.awaitExit();

                assertThat(clients.lost()).isEmpty();
                if (clients.resetByKernel() > 0) stopsThatLost++;
                assertThat(jetty.log())
                        .contains("drained in ")
                        .contains(", 0 cut")
                        .doesNotContain("Exception");
            }
        }
        assertThat(stopsThatLost).isLessThanOrEqualTo(1);
    }
}
