package dev.sluice.testkit;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/**
 * Clients that never pause, each with one connection after the other, until they are refused: what they lose while a proxy
 * stops is what the stop has cost.
 */
public final class BusyClients {
    private static final byte[] REQUEST =
            "GET / HTTP/1.1\r\nHost: sluice.test\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger resetByKernel = new AtomicInteger();
    private final List<String> lost = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    /** How a client connects. */
    public interface Connect {
        RawClient connect() throws IOException;
    }

    /**
     * Starts some.
     *
     * @param requests for each connection; {@link Integer#MAX_VALUE} for as many as it carries
     */
    public BusyClients start(int clients, int requests, Connect connect) {
        for (int i = 0; i < clients; i++) {
            Thread thread = new Thread(() -> loop(connect, requests), "client-" + threads.size());
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        return this;
    }

    /** Waits until they have had 25 answers each, on average. */
    public BusyClients awaitAtWork() {
        Awaitility.await("clients at work")
                .atMost(Gate.TIMEOUT.multipliedBy(3))
                .until(() -> answered.get() >= 25 * threads.size());
        return this;
    }

    /** Waits until all have been refused. */
    public BusyClients awaitRefused() throws InterruptedException {
        for (Thread thread : threads) thread.join();
        return this;
    }

    /** Requests that were lost, in words, but for those of {@link #resetByKernel()}. */
    public List<String> lost() {
        return List.copyOf(lost);
    }

    /** Connections of which the first request was reset: they were never accepted. */
    public int resetByKernel() {
        return resetByKernel.get();
    }

    private void loop(Connect connect, int requests) {
        while (true) {
            try (RawClient client = connect.connect()) {
                talk(client, requests);
            } catch (ConnectException refused) {
                return;
            } catch (IOException reset) {
                // In a handshake of TLS.
                resetByKernel.incrementAndGet();
            }
        }
    }

    private void talk(RawClient client, int requests) {
        for (int done = 0; done < requests; done++) {
            try {
                TestResponse response = client.send(REQUEST).readResponse();
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
