package dev.sluice.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that never pause, while the proxy stops: none of them loses a request. */
@Timeout(60)
class DrainLoadTest {
    private static final int CLIENTS = 8;

    private final FaultyOrigin origin = FaultyOrigin.start();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger resetByKernel = new AtomicInteger();
    private final List<String> lost = new CopyOnWriteArrayList<>();

    @AfterEach
    void closeOrigin() {
        origin.close();
    }

    @RepeatedTest(20)
    void clientsWithKeepAliveLoseNothing() throws Exception {
        run(false, Integer.MAX_VALUE);
        assertThat(lost).isEmpty();
        assertThat(resetByKernel).hasValue(0);
    }

    @RepeatedTest(20)
    void clientsWithTlsLoseNothing() throws Exception {
        run(true, Integer.MAX_VALUE);
        assertThat(lost).isEmpty();
        assertThat(resetByKernel).hasValue(0);
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
            answered.set(0);
            run(false, 3);
            if (resetByKernel.getAndSet(0) > 0) stopsThatLost++;
        }
        assertThat(lost).isEmpty();
        assertThat(stopsThatLost).isLessThanOrEqualTo(5);
    }

    private void run(boolean tls, int requestsPerConnection) throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, Duration.ofSeconds(5), Duration.ofSeconds(30))) {
            int port = tls ? proxy.tlsPort() : proxy.httpPort();
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Thread client = new Thread(() -> loop(port, tls, requestsPerConnection), "client-" + i);
                client.setDaemon(true);
                client.start();
                clients.add(client);
            }
            DrainingProxy.await("clients at work", () -> answered.get() >= 25 * CLIENTS);

            proxy.stop();
            for (Thread client : clients) client.join();

            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    /** Until a connection is refused. */
    private void loop(int port, boolean tls, int requestsPerConnection) {
        while (true) {
            try (RawClient client = tls ? RawClient.tls(port) : RawClient.plain(port)) {
                talk(client, requestsPerConnection);
            } catch (IOException refused) {
                return;
            }
        }
    }

    private void talk(RawClient client, int requests) {
        for (int done = 0; done < requests; done++) {
            try {
                TestResponse response = client.send(DrainTest.get("/")).readResponse();
                if (response.status() != 200 || !response.complete()) {
                    lost.add("request " + done + " of a connection: " + response);
                    return;
                }
                answered.incrementAndGet();
                if ("close".equals(response.field("Connection"))) return;
            } catch (SocketException e) {
                if (done == 0) resetByKernel.incrementAndGet();
                else lost.add("request " + done + " of a connection: " + e);
                return;
            } catch (IOException e) {
                lost.add("request " + done + " of a connection: " + e);
                return;
            }
        }
    }
}
