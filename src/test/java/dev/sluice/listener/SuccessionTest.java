package dev.sluice.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.ListenerConfig;
import dev.sluice.testkit.Once;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One server after the other on the same port. The JVM of the tests opens {@code sun.nio.ch}, as the jar does. */
@Timeout(120)
@Once
class SuccessionTest {
    private static final byte[] REQUEST =
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    @BeforeEach
    void onlyLinuxKnowsThis() {
        assumeThat(System.getProperty("os.name")).isEqualTo("Linux");
    }

    @Test
    void listenersCanStepAside() throws Exception {
        try (TestServer server = TestServer.prepare(TestServer.plain("http")).start()) {
            assertThat(server.listeners.canStepAside()).isTrue();
        }
    }

    @Test
    void whoDoesNotAskForItIsToldThatTheAddressIsInUse() throws Exception {
        try (TestServer first = TestServer.prepare(TestServer.plain("http")).start();
                TestServer second = TestServer.prepare(on(first.port("http")))) {
            assertThatThrownBy(second.listeners::open)
                    .isInstanceOf(ListenerException.class)
                    .hasMessageContaining("address already in use (held by this process)");
            assertThat(first.listeners.shared()).isEmpty();
        }
    }

    @Test
    void successorThatIsOpenIsKnownToBothAndServesOnceTheOtherStepsAside() throws Exception {
        TestServer first = TestServer.prepare(TestServer.plain("http")).start();
        int port = first.port("http");
        try (first;
                TestServer second = TestServer.prepare(on(port))) {
            second.listeners.openBeside();
            second.server.start();

            assertThat(first.listeners.shared()).containsExactly("http");
            assertThat(second.listeners.shared()).containsExactly("http");
            assertThat(second.listeners.canStepAside()).isTrue();
            first.close();
            assertThat(fetch(port)).contains(" 200 ");
            assertThat(second.listeners.shared()).isEmpty();
        }
    }

    @Test
    void nothingIsLostInManySuccessions() throws Exception {
        TestServer serving = TestServer.prepare(TestServer.plain("http")).start();
        serving.server.setStopTimeout(30_000);
        int port = serving.port("http");
        try (Flood flood = new Flood(port, 8)) {
            for (int i = 0; i < 12; i++) {
                TestServer next = TestServer.prepare(on(port));
                next.server.setStopTimeout(30_000); // What is under way is finished.
                next.listeners.openBeside();
                next.server.start();
                flood.awaitMore(20);
                serving.close();
                serving = next;
            }
            flood.awaitMore(20);
            assertThat(flood.failures).isEmpty();
        } finally {
            serving.close();
        }
    }

    @Test
    void socketsThatCannotStepAsideAreStillSucceeded() throws Exception {
        TestServer first = TestServer.prepare(TestServer.plain("http"));
        ((ServerConnector) first.listeners.connector("http")).setReusePort(true);
        first.start();
        int port = first.port("http");
        try (first;
                TestServer second = TestServer.prepare(on(port))) {
            assertThat(first.listeners.canStepAside()).isFalse();
            second.listeners.openBeside();
            second.server.start();
            first.close();

            assertThat(fetch(port)).contains(" 200 ");
        }
    }

    private static ListenerConfig on(int port) {
        return new ListenerConfig("http", "127.0.0.1", port, null);
    }

    /** All that comes, up to the end of the connection. */
    private static String fetch(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(REQUEST);
            InputStream answer = socket.getInputStream();
            return new String(answer.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    /** Clients with a connection for each request. */
    private static final class Flood implements AutoCloseable {
        final Queue<String> failures = new ConcurrentLinkedQueue<>();
        private final AtomicInteger served = new AtomicInteger();
        private final List<Thread> clients = new ArrayList<>();
        private volatile boolean over;

        Flood(int port, int clients) {
            for (int i = 0; i < clients; i++) {
                Thread client = new Thread(() -> run(port), "flood-" + i);
                this.clients.add(client);
                client.start();
            }
        }

        private void run(int port) {
            while (!over) {
                try {
                    String answer = fetch(port);
                    if (answer.contains(" 200 ")) served.incrementAndGet();
                    else failures.add("answer: " + answer);
                } catch (IOException e) {
                    failures.add(e.toString());
                }
            }
        }

        void awaitMore(int requests) {
            int until = served.get() + requests;
            await().atMost(Duration.ofSeconds(30)).until(() -> served.get() >= until || !failures.isEmpty());
        }

        @Override
        public void close() throws InterruptedException {
            over = true;
            for (Thread client : clients) client.join(15_000);
        }
    }
}
