package dev.sluice.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.BusyClients;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.ProxyHeaders;
import dev.sluice.testkit.RawClient;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that never pause, while the proxy stops: none of them loses a request. */
@Timeout(300) // Twenty stops, one after the other.
class DrainLoadTest {
    private static final int CLIENTS = 8;

    private final FaultyOrigin origin = FaultyOrigin.start();

    @AfterEach
    void closeOrigin() {
        origin.close();
    }

    /** How a client begins. */
    enum Way {
        PLAIN,
        TLS,
        PROXY,
        PROXY_AND_TLS;

        private static final byte[] HEADER = ProxyHeaders.v1("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443");

        boolean secure() {
            return this == TLS || this == PROXY_AND_TLS;
        }

        boolean announced() {
            return this == PROXY || this == PROXY_AND_TLS;
        }

        RawClient begin(RawClient connected) throws IOException {
            if (announced()) connected.send(HEADER);
            return secure() ? connected.secure("http/1.1") : connected;
        }
    }

    @RepeatedTest(20)
    void clientsWithKeepAliveLoseNothing() throws Exception {
        BusyClients clients = run(Way.PLAIN, Integer.MAX_VALUE);
        assertThat(clients.lost()).isEmpty();
        assertThat(clients.resetByKernel()).isZero();
    }

    @RepeatedTest(20)
    void clientsWithTlsLoseNothing() throws Exception {
        BusyClients clients = run(Way.TLS, Integer.MAX_VALUE);
        assertThat(clients.lost()).isEmpty();
        assertThat(clients.resetByKernel()).isZero();
    }

    /**
     * A connection for every third request: the queue of the kernel is never empty for long. The socket has stepped aside
     * before the last look into it, so nothing comes between that and the close.
     */
    @Once
    @ParameterizedTest
    @EnumSource(Way.class)
    void clientsThatKeepConnectingLoseNothingThatTheKernelHadQueued(Way way) throws Exception {
        for (int stop = 0; stop < 20; stop++) {
            BusyClients clients = run(way, 3);
            assertThat(clients.lost()).isEmpty();
            assertThat(clients.resetByKernel()).as("stop %d", stop).isZero();
        }
    }

    static DrainingProxy start(Way way, FaultyOrigin origin) throws Exception {
        Duration linger = Duration.ofSeconds(20); // Fifty handshakes, one after the other, on a busy machine.
        Duration deadline = Duration.ofSeconds(30);
        return way.announced()
                ? DrainingProxy.startAnnounced(origin, linger, deadline)
                : DrainingProxy.start(origin, linger, deadline);
    }

    private BusyClients run(Way way, int requestsPerConnection) throws Exception {
        try (DrainingProxy proxy = start(way, origin)) {
            int port = way.secure() ? proxy.tlsPort() : proxy.httpPort();
            BusyClients clients = new BusyClients()
                    .start(CLIENTS, requestsPerConnection, () -> way.begin(RawClient.plain(port)))
                    .awaitAtWork();

            proxy.stop();
            clients.awaitRefused();

            assertThat(proxy.awaitStopped()).isTrue();
            return clients;
        }
    }
}
