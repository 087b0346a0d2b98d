package dev.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.ConfigReader;
import dev.sluice.config.SluiceConfig;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.MixedLoad;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.RunningProxy;
import dev.sluice.testkit.TestAuthority;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A thousand reloads while clients of every protocol are at work: nobody loses anything, and nothing is left behind. */
@Once
@Timeout(600)
class ReloadLoadTest {
    private static final int RELOADS = 1_000;
    /** What is made once, and kept, has been made by then. */
    private static final int WARM_UP = 100;

    private final FaultyOrigin origin = FaultyOrigin.start();
    private final FaultyOrigin other = FaultyOrigin.start("other");
    private final List<WeakReference<SluiceConfig>> earlier = new ArrayList<>();

    @TempDir
    private Path directory;

    private TestAuthority authority;
    private TestAuthority.Issued[] identities;

    @Test
    void thousandReloadsLoseNothingAndLeaveNothingBehind() throws Exception {
        authority = new TestAuthority(directory, "authority");
        identities =
                new TestAuthority.Issued[] {authority.issue("one", "localhost"), authority.issue("two", "localhost")};
        install(0);
        origin.on("/ws", (request, exchange) -> {
            exchange.acceptWebSocket();
            exchange.echoRaw();
        });
        try (origin;
                other;
                Sluice sluice = Sluice.of(config(0)).start();
                RawClient plain = webSocket(RawClient.plain(sluice.port("http")));
                RawClient secure = webSocket(RawClient.tls(sluice.port("https")))) {
            MixedLoad load = new MixedLoad(running(sluice), origin);
            AtomicBoolean over = new AtomicBoolean();
            Thread clients = new Thread(() -> work(load, over), "clients");
            clients.start();
            try {
                for (int i = 1; i <= WARM_UP; i++) reload(sluice, i);
                long threads = ManagementFactory.getThreadMXBean().getThreadCount();
                long files = openFiles();
                for (int i = WARM_UP + 1; i <= RELOADS; i++) {
                    reload(sluice, i);
                    if (i % 100 != 0) continue;
                    echo(plain, "plain" + i);
                    echo(secure, "secure" + i);
                }
                over.set(true);
                clients.join();
                assertThat(load.wrong()).isEmpty();
                assertThat(load.done()).isGreaterThan(200);
                echo(plain, "to the end");
                echo(secure, "to the end");
                assertNothingIsLeftBehind(threads, files);
            } finally {
                over.set(true);
                clients.join();
            }
        }
    }

    private static void work(MixedLoad load, AtomicBoolean over) {
        try {
            while (!over.get()) load.run(1, 1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void reload(Sluice sluice, int turn) throws Exception {
        if (turn % 10 == 0) install(turn / 10 % 2);
        SluiceConfig next = config(turn);
        if (turn % 50 == 0 && turn < RELOADS) earlier.add(new WeakReference<>(next));
        sluice.reload(next);
    }

    /** Routes, pools, rules and listeners come and go; what clients ask for means the same in each. */
    private SluiceConfig config(int turn) throws Exception {
        boolean more = turn % 4 == 1;
        String listener = turn % 20 == 3 ? "  more: { address: \"127.0.0.1:0\" }\n" : "";
        String rules = turn % 5 == 2 ? "retries: { timeout: " + (5 + turn % 7) + "s }, " : "";
        String weighted = turn % 3 == 0 ? "{ url: \"" + origin.url() + "\", weight: 2 }" : '"' + origin.url() + '"';
        return ConfigReader.parse(
                "sluice.yaml",
                "listeners:\n  http: { address: \"127.0.0.1:0\" }\n"
                        + "  https: { address: \"127.0.0.1:0\", tls: { certificate: cert.pem, key: key.pem } }\n"
                        + listener
                        + "drain: { deadline: 5s, linger: 100ms, leaving: 5s }\n"
                        + "pools: { app: { " + rules + "backends: [ " + weighted + " ] } }\n"
                        + "routes:\n  - { pool: app }\n  - { path: /ws, to: " + origin.url() + " }\n"
                        + (more ? "  - { path: /more" + turn % 7 + ", to: " + other.url() + " }\n" : ""),
                directory,
                Map.of());
    }

    private void install(int which) throws IOException {
        for (var file : Map.of("cert.pem", identities[which].certificate(), "key.pem", identities[which].key())
                .entrySet()) {
            Path whole = directory.resolve("new.pem");
            Files.copy(file.getValue(), whole, StandardCopyOption.REPLACE_EXISTING);
            Files.move(whole, directory.resolve(file.getKey()), StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private static RawClient webSocket(RawClient client) throws IOException {
        client.send("GET /ws HTTP/1.1\r\nHost: sluice.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        assertThat(client.readHead().status()).isEqualTo(101);
        return client;
    }

    private static void echo(RawClient client, String text) throws IOException {
        client.send(text);
        assertThat(new String(client.readBytes(text.length()))).isEqualTo(text);
    }

    /** What left has its time; then threads, selectors, sockets and memory are what they were. */
    private void assertNothingIsLeftBehind(long threads, long files) {
        await().atMost(Gate.TIMEOUT.multipliedBy(6)).untilAsserted(() -> {
            assertThat(openFiles()).as("open files").isLessThanOrEqualTo(files + 10);
            assertThat(ManagementFactory.getThreadMXBean().getThreadCount())
                    .as("threads")
                    .isLessThanOrEqualTo((int) threads + 10);
            System.gc();
            assertThat(earlier).filteredOn(one -> one.get() != null).hasSizeLessThan(2);
        });
    }

    /** Sockets, selectors and files of this process (Linux only). */
    private static long openFiles() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }

    private static RunningProxy running(Sluice sluice) {
        return new RunningProxy() {
            @Override
            public int httpPort() {
                return sluice.port("http");
            }

            @Override
            public int tlsPort() {
                return sluice.port("https");
            }

            @Override
            public void close() {
                sluice.close();
            }
        };
    }
}
