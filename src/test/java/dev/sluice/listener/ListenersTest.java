package dev.sluice.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.ListenerConfig;
import dev.sluice.config.ServerConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ListenersTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

    @Test
    void plainListenerSpeaksHttp2AsWellAsHttp1() throws Exception {
        try (TestServer server = TestServer.prepare(TestServer.plain("http")).start();
                HttpClient client = new HttpClient(new HttpClientTransportOverHTTP2(new HTTP2Client()))) {
            client.start();

            ContentResponse answer = client.GET("http://127.0.0.1:" + server.port("http") + "/a%2Fb//c?d");

            assertThat(answer.getContentAsString()).startsWith("GET /a%2Fb//c?d HTTP/2.0\n");
            assertThat(answer.getHeaders().contains("Date")).isFalse();
            assertThat(RawClient.send(server.port("http"), GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")))
                    .contains("GET / HTTP/1.1\n");
        }
    }

    @Test
    void http2HostThatDiffersFromItsAuthorityIsRefused() throws Exception {
        try (TestServer server = TestServer.prepare(TestServer.plain("http")).start();
                HttpClient client = new HttpClient(new HttpClientTransportOverHTTP2(new HTTP2Client()))) {
            client.start();

            ContentResponse answer = client.newRequest("127.0.0.1", server.port("http"))
                    .headers(fields -> fields.put("Host", "other"))
                    .send();

            assertThat(answer.getStatus()).isEqualTo(400);
            assertThat(answer.getContentAsString()).isEqualTo("400 Bad Request\n");
        }
    }

    /** Jetty's client sends one byte for each of these characters, as HPACK does. */
    @Test
    void http2TargetIsTheSameTextAsInHttp1() throws Exception {
        try (TestServer server = TestServer.prepare(TestServer.plain("http")).start();
                HttpClient client = new HttpClient(new HttpClientTransportOverHTTP2(new HTTP2Client()))) {
            client.start();

            ContentResponse utf8 = client.newRequest("127.0.0.1", server.port("http"))
                    .path("/caf\u00c3\u00a9?q=\u00c3\u00bc")
                    .send();
            ContentResponse none = client.newRequest("127.0.0.1", server.port("http"))
                    .path("/caf\u00e9")
                    .send();

            assertThat(new String(utf8.getContent(), StandardCharsets.UTF_8))
                    .startsWith("GET /caf\u00e9?q=\u00fc HTTP/2.0\n");
            assertThat(none.getStatus()).isEqualTo(400);
        }
    }

    @Test
    void portsAndAddressesAreThoseThatWereBound() throws Exception {
        ListenerConfig everywhere = new ListenerConfig("http", null, 0, null);
        try (TestServer server =
                TestServer.prepare(everywhere, TestServer.plain("local")).start()) {
            assertThat(server.port("http")).isPositive();
            assertThat(server.listeners.addresses())
                    .containsExactly(
                            java.util.Map.entry("http", ":" + server.port("http")),
                            java.util.Map.entry("local", "127.0.0.1:" + server.port("local")));
            assertThatThrownBy(() -> server.port("nothing"))
                    .hasMessage("listener nothing (expected: one of [http, local])");
        }
    }

    @Test
    void connectorsAreBuiltForADrain() throws Exception {
        try (TestServer server = TestServer.prepare(TestServer.plain("http"), TestServer.tls("https", null))) {
            for (ServerConnector connector : server.listeners.connectors()) {
                assertThat(connector.getShutdownIdleTimeout()).isEqualTo(-1);
                assertThat(connector.getIdleTimeout()).isEqualTo(60_000);
                assertThat(connector.getAcceptQueueSize()).isEqualTo(1024);
                assertThat(connector.getAcceptors()).as("threads that accept").isZero();
            }
            assertThat(server.listeners.xmlIds())
                    .containsOnlyKeys(
                            "httpConfig",
                            "sslHttpConfig",
                            "httpConnector",
                            "httpsConnector",
                            "sslConnector",
                            "httpsSslContextFactory",
                            "sslContextFactory");
        }
    }

    @Test
    void connectionsAreQueuedFromOpenOnAndServedFromStartOn() throws Exception {
        try (TestServer server = TestServer.prepare(TestServer.plain("http"))) {
            server.listeners.open();
            try (Socket early = connect(server.port("http"))) {
                early.getOutputStream().write(GET.getBytes(StandardCharsets.US_ASCII));
                server.server.start();
                assertThat(statusLine(early)).isEqualTo("HTTP/1.1 200 OK");
            }
        }
    }

    @Test
    void takenPortIsNamedAndNoListenerStaysOpen() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            int port = taken.getLocalPort();
            TestServer server = TestServer.prepare(
                    TestServer.plain("first"), new ListenerConfig("second", "127.0.0.1", port, null));

            assertThatThrownBy(server.listeners::open)
                    .isInstanceOfSatisfying(
                            ListenerException.class,
                            e -> assertThat(e.listener()).isEqualTo("second"))
                    .hasMessageMatching("listener second: cannot bind 127\\.0\\.0\\.1:" + port
                            + ": address already in use( \\(held by this process\\))?");
            assertThat(server.listeners.connector("first").isOpen()).isFalse();
        }
    }

    @Test
    void addressOfAnotherMachineIsNamed() {
        // 192.0.2.0/24 is for documentation (RFC 5737).
        Listeners listeners = Listeners.create(
                new Server(),
                java.util.List.of(new ListenerConfig("http", "192.0.2.1", 8080, null)),
                ServerConfig.defaults());

        assertThatThrownBy(listeners::open)
                .hasMessage("listener http: cannot bind 192.0.2.1:8080: cannot assign requested address");
    }

    @Test
    void hostThatIsNoneIsNamed() {
        Listeners listeners = Listeners.create(
                new Server(),
                java.util.List.of(new ListenerConfig("http", "no.such.host.invalid", 8080, null)),
                ServerConfig.defaults());

        assertThatThrownBy(listeners::open)
                .hasMessage("listener http: cannot bind no.such.host.invalid:8080: unknown host");
    }

    @Test
    void connectionsBeyondTheBoundWaitAndNoneIsLost() throws Exception {
        ServerConfig two = new ServerConfig(200, 2, 1024, Duration.ofSeconds(60), 16_384, 32_768, false, 128, 256);
        try (TestServer server =
                        TestServer.prepare(two, TestServer.plain("http")).start();
                Socket first = connect(server.port("http"));
                Socket second = connect(server.port("http"));
                Socket third = connect(server.port("http"))) {
            assertThat(exchange(first)).isEqualTo("HTTP/1.1 200 OK");
            assertThat(exchange(second)).isEqualTo("HTTP/1.1 200 OK");
            third.setSoTimeout(200);
            assertThatThrownBy(() -> exchange(third)).isInstanceOf(SocketTimeoutException.class);

            first.close();

            third.setSoTimeout(5_000);
            assertThat(statusLine(third)).isEqualTo("HTTP/1.1 200 OK");
            assertThat(exchange(second)).isEqualTo("HTTP/1.1 200 OK");
        }
    }

    @Test
    void theBoundIsOneForAllListeners() throws Exception {
        ServerConfig one = new ServerConfig(200, 1, 1024, Duration.ofSeconds(60), 16_384, 32_768, false, 128, 256);
        try (TestServer server = TestServer.prepare(one, TestServer.plain("a"), TestServer.plain("b"))
                        .start();
                Socket first = connect(server.port("a"))) {
            assertThat(exchange(first)).isEqualTo("HTTP/1.1 200 OK");
            // The acceptor of the other listener was waiting already, and yet leaves this one to the kernel.
            try (Socket second = connect(server.port("b"))) {
                second.setSoTimeout(200);
                assertThatThrownBy(() -> exchange(second)).isInstanceOf(SocketTimeoutException.class);
                first.close();
                second.setSoTimeout(5_000);
                assertThat(statusLine(second)).isEqualTo("HTTP/1.1 200 OK");
            }
            await().untilAsserted(() ->
                    assertThat(server.listeners.connector("a").isAccepting()).isTrue());
        }
    }

    @Test
    void acceptorsAndSelectorsAreProperties() {
        System.setProperty("jetty.http.selectors", "3");
        System.setProperty("jetty.http.acceptors", "2");
        System.setProperty("jetty.internal.acceptors", "many");
        try {
            TestServer server = TestServer.prepare(TestServer.plain("http"));
            assertThat(server.listeners.connector("http").getAcceptors()).isEqualTo(2);
            assertThat(server.listeners.connector("http").getSelectorManager().getSelectorCount())
                    .isEqualTo(3);
            assertThatThrownBy(() -> TestServer.prepare(TestServer.plain("internal")))
                    .hasMessage("listener internal: jetty.internal.acceptors: many (expected: a number, 0 or more)");
        } finally {
            System.clearProperty("jetty.http.selectors");
            System.clearProperty("jetty.http.acceptors");
            System.clearProperty("jetty.internal.acceptors");
        }
    }

    @Test
    void connectionsAreSpreadOverTheSelectors() throws Exception {
        System.setProperty("jetty.http.selectors", "3");
        List<Socket> open = new ArrayList<>();
        try (TestServer server = TestServer.prepare(TestServer.plain("http")).start()) {
            for (int i = 0; i < 60; i++) {
                open.add(connect(server.port("http")));
                assertThat(exchange(open.get(i))).isEqualTo("HTTP/1.1 200 OK");
            }
            for (ManagedSelector selector :
                    server.listeners.connector("http").getSelectorManager().getBeans(ManagedSelector.class)) {
                // One of them has the listening socket besides.
                assertThat(selector.getTotalKeys()).isBetween(20, 21);
            }
        } finally {
            System.clearProperty("jetty.http.selectors");
            for (Socket socket : open) socket.close();
        }
    }

    @Test
    void acceptingStopsAndGoesOnAsOftenAsItIsTold() throws Exception {
        try (TestServer server = TestServer.prepare(TestServer.plain("http")).start()) {
            ServerConnector connector = server.listeners.connector("http");
            for (int i = 0; i < 1_000; i++) {
                connector.setAccepting(false);
                connector.setAccepting(true);
            }
            try (Socket socket = connect(server.port("http"))) {
                assertThat(exchange(socket)).isEqualTo("HTTP/1.1 200 OK");
            }
            connector.setAccepting(false);
            try (Socket waiting = connect(server.port("http"))) {
                waiting.setSoTimeout(200);
                assertThatThrownBy(() -> exchange(waiting)).isInstanceOf(SocketTimeoutException.class);
                connector.setAccepting(true);
                waiting.setSoTimeout(5_000);
                assertThat(statusLine(waiting)).isEqualTo("HTTP/1.1 200 OK");
            }
        }
    }

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(5_000);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return socket;
    }

    private static String exchange(Socket socket) throws IOException {
        socket.getOutputStream().write(GET.getBytes(StandardCharsets.US_ASCII));
        return statusLine(socket);
    }

    /** The first line of an answer whose rest is read away, by its Content-Length. */
    private static String statusLine(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = in.read();
            if (b < 0) throw new IOException("closed after: " + head);
            head.append((char) b);
        }
        in.readNBytes(Integer.parseInt(head.toString().replaceAll("(?s).*Content-Length: (\\d+).*", "$1")));
        return head.substring(0, head.indexOf("\r\n"));
    }
}
