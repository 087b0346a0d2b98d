package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.JarProxy;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.ProxySetup;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A proxy whose supervisor gave it fewer file descriptors than clients want. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@Once
class FileDescriptorsIT {
    private static final int MORE = 30;
    private static final Duration LONG = Duration.ofSeconds(30);

    private @TempDir Path directory = Path.of("");

    @Test
    void withoutDescriptorsItPausesAndGoesOnWhenThereAreSomeAgain() throws Exception {
        try (FaultyOrigin origin = FaultyOrigin.start();
                JarProxy proxy = JarProxy.start(ProxySetup.none().route(null, origin.url()), directory)) {
            // A limit during the start would be another test.
            await().atMost(LONG).until(() -> proxy.log().contains("route "));
            exchange(proxy); // What is loaded for a first request has its files open.
            long pid = proxy.process().pid();
            long inUse = descriptors(pid);
            limit(pid, inUse + MORE);
            List<Socket> held = new ArrayList<>();
            try {
                for (int i = 0; i < 2 * MORE; i++) held.add(connect(proxy));
                // Several pauses later: it has tried now and then, and not all the time.
                await().atMost(LONG)
                        .untilAsserted(() -> assertThat(lines(proxy))
                                .as("tries, in use %d: %s", inUse, proxy.log())
                                .isGreaterThanOrEqualTo(4));
                assertThat(lines(proxy)).as("tries").isLessThan(20);
            } finally {
                for (Socket socket : held) socket.close();
            }
            await().atMost(LONG)
                    .ignoreExceptions()
                    .untilAsserted(() -> assertThat(exchange(proxy)).startsWith("HTTP/1.1 200"));
        }
    }

    private static long lines(JarProxy proxy) {
        return proxy.log()
                .lines()
                .filter(line -> line.contains("a connection cannot be accepted"))
                .count();
    }

    private static long descriptors(long pid) throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return open.count();
        }
    }

    private static void limit(long pid, long descriptors) throws Exception {
        Process prlimit = new ProcessBuilder("prlimit", "--pid", Long.toString(pid), "--nofile=" + descriptors)
                .inheritIO()
                .start();
        assertThat(prlimit.waitFor()).isZero();
    }

    private static Socket connect(JarProxy proxy) throws IOException {
        return new Socket(InetAddress.getByName("127.0.0.1"), proxy.httpPort());
    }

    private static String exchange(JarProxy proxy) throws IOException {
        try (Socket socket = connect(proxy)) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }
}
