package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.UpstreamConfig;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.Peers;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestResponse;
import dev.sluice.upstream.balance.RoundRobin;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opentest4j.AssertionFailedError;

/**
 * Real servers that close a connection when it was unused for a second, and clients that send a request about once in a
 * second: without care, some of them meet a connection that is just being closed, and a POST cannot be sent twice.
 */
@Timeout(120)
@Once
class ImpatientBackendTest {
    private static final Duration LONG = Duration.ofSeconds(10);
    /** It says nothing of its patience. */
    private static final String NGINX = """
            daemon off;
            pid nginx.pid;
            error_log stderr;
            events {}
            http {
                access_log off;
                keepalive_timeout 1s;
                client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                server {
                    listen 127.0.0.1:%d;
                    location / { return 200 "$connection_requests"; }
                }
            }
            """;
    /** It does, in Keep-Alive. */
    private static final String NODE = """
            const server = require('http').createServer((request, response) => {
                request.socket.count = (request.socket.count || 0) + 1;
                request.resume().on('end', () => response.end(String(request.socket.count)));
            });
            server.keepAliveTimeout = 1000;
            server.listen(%d, '127.0.0.1');
            """;

    private @TempDir Path directory = Path.of("");
    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void endPeers() throws InterruptedException {
        for (Process process : processes) {
            process.destroy();
            process.waitFor(10, TimeUnit.SECONDS);
        }
    }

    private void run(int port, String... command) throws IOException {
        processes.add(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start());
        await().ignoreExceptions().until(() -> {
            new Socket("127.0.0.1", port).close();
            return true;
        });
    }

    private int startNginx() throws IOException {
        int port = FreePort.next();
        Path file = Files.writeString(directory.resolve("nginx.conf"), NGINX.formatted(port));
        run(port, Peers.require("nginx").toString(), "-c", file.toString(), "-p", directory.toString());
        return port;
    }

    private int startNode() throws IOException {
        int port = FreePort.next();
        run(port, Peers.require("node").toString(), "-e", NODE.formatted(port));
        return port;
    }

    private static ProxyRig rig(UpstreamConfig.Transport transport, int port) throws Exception {
        var route = ProxyRig.route("default", null, "http://127.0.0.1:" + port);
        return new ProxyRig(List.of(route), ProxyRig.upstream(transport, 10, LONG, LONG), LONG, RoundRobin::new);
    }

    /** The number of the request on its connection to the backend. */
    private static int number(RawClient client, String method) throws IOException {
        String rest = method.equals("POST") ? "Content-Length: 2\r\n\r\nhi" : "\r\n";
        TestResponse response =
                client.send(method + " / HTTP/1.1\r\nHost: a\r\n" + rest).readResponse(method);
        if (response.status() != 200) throw new AssertionFailedError(response.status() + " " + response.text());
        return Integer.parseInt(response.text());
    }

    private static void pass(long millis) {
        long begin = System.nanoTime();
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> System.nanoTime() - begin >= TimeUnit.MILLISECONDS.toNanos(millis));
    }

    /** Requests in the last moments of a connection. */
    private static void postAroundTheEnd(ProxyRig rig, RawClient client) throws IOException {
        long failedBefore = rig.backends().get(0).failed();
        for (int gap = 940; gap <= 1060; gap += 15) {
            number(client, "GET");
            pass(gap);
            assertThat(number(client, "POST"))
                    .as("after %s ms, on a connection of its own", gap)
                    .isEqualTo(1);
        }
        // Whether the one before is free already when its answer is here is a matter of luck.
        await().pollInterval(Duration.ofMillis(5)).until(() -> number(client, "GET") > 1);
        assertThat(rig.backends().get(0).failed()).as("attempts that failed").isEqualTo(failedBefore);
    }

    /** Whether a connection is not used any more shortly before nginx would close it. */
    private static boolean isLearned(RawClient client) throws IOException {
        number(client, "GET");
        long begun = System.nanoTime();
        pass(900);
        boolean another = number(client, "GET") == 1;
        return another && System.nanoTime() - begun < TimeUnit.MILLISECONDS.toNanos(980);
    }

    @ParameterizedTest
    @EnumSource
    void onceItIsKnownWhenNginxClosesNoPostMeetsAConnectionThatIsBeingClosed(UpstreamConfig.Transport transport)
            throws Exception {
        try (ProxyRig rig = rig(transport, startNginx());
                RawClient client = RawClient.plain(rig.port())) {
            // More than two only where a busy machine draws them out.
            for (int i = 0; i < 10 && !isLearned(client); i++) pass(1_600);
            postAroundTheEnd(rig, client);
        }
    }

    @ParameterizedTest
    @EnumSource
    void nodeIsTakenAtItsWordFromTheFirstAnswerOn(UpstreamConfig.Transport transport) throws Exception {
        try (ProxyRig rig = rig(transport, startNode());
                RawClient client = RawClient.plain(rig.port())) {
            number(client, "GET");
            postAroundTheEnd(rig, client);
        }
    }
}
