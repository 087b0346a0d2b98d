package dev.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.PoolConfig;
import dev.sluice.config.RetryConfig;
import dev.sluice.config.RouteConfig.ProxyProtocol;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.SecureOrigin;
import dev.sluice.testkit.TestAuthority;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Backends to which no connection comes about, whatever becomes of it: nothing of a request can have been processed there, so
 * any request goes to the next one, and that is no second try.
 */
@Once
class UnreachedTest {
    enum Way {
        REQUEST("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody", 200, ProxyProtocol.OFF),
        UPGRADE("GET /x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n", 101, ProxyProtocol.OFF),
        ANNOUNCED("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody", 200, ProxyProtocol.V1);

        private final String request;
        private final int status;
        private final ProxyProtocol announced;

        Way(String request, int status, ProxyProtocol announced) {
            this.request = request;
            this.status = status;
            this.announced = announced;
        }
    }

    enum Fault {
        /** Takes the connection, and says nothing in the handshake. */
        SILENT,
        /** Takes the connection, and sends a byte of a handshake now and then. */
        DRIPS,
        /** Takes the connection, and closes it. */
        CLOSES,
        /** Completes the handshake with a certificate that nobody trusts. */
        UNTRUSTED,
        /** Takes no connection. */
        REFUSES
    }

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final Queue<AutoCloseable> open = new ConcurrentLinkedQueue<>();

    private @TempDir Path directory = Path.of("");

    static Stream<Arguments> all() {
        return Stream.of(Way.values()).flatMap(way -> Stream.of(Fault.values()).map(fault -> Arguments.of(way, fault)));
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) each.close();
        threads.shutdownNow();
        timer.shutdownNow();
    }

    private ServerSocket listen() throws IOException {
        ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        open.add(server);
        return server;
    }

    private String faulty(Fault fault) throws IOException {
        if (fault == Fault.UNTRUSTED) {
            TestAuthority authority = new TestAuthority(directory, "nobody");
            SecureOrigin origin = SecureOrigin.start("untrusted", authority.issue("untrusted", "localhost"), null);
            open.add(origin);
            return origin.url("localhost");
        }
        ServerSocket server = listen();
        if (fault == Fault.DRIPS) serve(server, this::drip);
        if (fault == Fault.CLOSES) serve(server, Socket::close);
        if (fault == Fault.REFUSES) server.close();
        return "https://127.0.0.1:" + server.getLocalPort();
    }

    private interface Served {
        void serve(Socket socket) throws IOException;
    }

    private void serve(ServerSocket server, Served each) {
        threads.execute(() -> {
            while (!server.isClosed()) {
                try {
                    Socket socket = server.accept();
                    open.add(socket);
                    each.serve(socket);
                } catch (IOException e) {
                    if (!server.isClosed()) throw new UncheckedIOException(e);
                }
            }
        });
    }

    /** A record of a handshake that is so long that it would take half an hour. */
    private void drip(Socket socket) throws IOException {
        socket.getOutputStream().write(new byte[] {0x16, 3, 3, 0x3f, 0x7f});
        timer.scheduleAtFixedRate(() -> dripOne(socket), 0, 100, TimeUnit.MILLISECONDS);
    }

    /** Until the proxy has had enough: what it throws then ends it. */
    private static void dripOne(Socket socket) {
        try {
            socket.getOutputStream().write(2);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One that answers well, whether it is told of its client or not. */
    private String well() throws IOException {
        ServerSocket server = listen();
        serve(server, socket -> {
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            boolean upgrade = false;
            for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine())
                upgrade |= line.startsWith("Upgrade:");
            String head = upgrade
                    ? "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n"
                    : "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nwell";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
            if (!upgrade) socket.close();
        });
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    @ParameterizedTest
    @MethodSource("all")
    void requestGoesToTheNextBackend(Way way, Fault fault) throws Exception {
        PoolConfig pool = OnePool.of(faulty(fault), well())
                .withProxyProtocol(way.announced)
                .withRetries(RetryConfig.off());
        UpstreamConfig.Transport transport = UpstreamConfig.Transport.AUTO;
        try (Sluice sluice = OnePool.start(pool, transport, Duration.ofSeconds(20), Duration.ofSeconds(2))) {
            // Both are first in one of them.
            for (int i = 0; i < 2; i++) {
                try (RawClient client = RawClient.plain(sluice.port("http"))) {
                    client.send(way.request);
                    assertThat(client.readHead().status()).as("request " + i).isEqualTo(way.status);
                }
            }
        }
    }
}
