package dev.sluice.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.BusyClients;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.RawClient;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that never pause, while the proxy stops: none of them loses a request. */
@Timeout(60)
class DrainLoadTest {
    private static final int CLIENTS = 8;

    private final FaultyOrigin origin = FaultyOrigin.start();

    @AfterEach
    void closeOrigin() {
        origin.close();
    }

    @RepeatedTest(20)
    void clientsWithKeepAliveLoseNothing() throws Exception {
        BusyClients clients = run(false, Integer.MAX_VALUE);
        assertThat(clients.lost()).isEmpty();
        assertThat(clients.resetByKernel()).isZero();
    }

    @RepeatedTest(20)
    void clientsWithTlsLoseNothing() throws Exception {
        BusyClients clients = run(true, Integer.MAX_VALUE);
        assertThat(clients.lost()).isEmpty();
        assertThat(clients.resetByKernel()).isZero();
    }

    /**
     * A connection for every third request: the queue of the kernel is never empty for long. Between the last look into
     * it and the close of the socket are some microseconds, more when the thread loses its processor just then. What comes
     * in them the kernel resets: in about one of a hundred stops. It would be half of them without that look.
     */
    @Test
    void clientsThatKeepConnectingLoseNothingThatTheKernelHadQueued() throws Exception {
        int stopsThatLost = 0;
        for (int stop = 0; stop < 20; stop++) {
            BusyClients clients = run(false, 3);
            assertThat(clients.lost()).isEmpty();
            if (clients.resetByKernel() > 0) stopsThatLost++;
        }
        assertThat(stopsThatLost).isLessThanOrEqualTo(5);
    }

    private BusyClients run(boolean tls, int requestsPerConnection) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, Duration.ofSeconds(5), Duration.ofSeconds(30))) {
            BusyClients clients = new BusyClients()
                    .start(
                            CLIENTS,
                            requestsPerConnection,
                            () -> tls ? RawClient.tls(proxy.tlsPort()) : RawClient.plain(proxy.httpPort()))
                    .awaitAtWork();

            proxy.stop();
            clients.awaitRefused();

            assertThat(proxy.awaitStopped()).isTrue();
            return clients;
        }
    }
}
