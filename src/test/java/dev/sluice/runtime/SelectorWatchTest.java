package dev.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.EmbeddedProxy;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.MixedLoad;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.SelectorWatch;
import java.io.FileOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nothing blocks on the threads that select, and nothing holds them for long. */
@Timeout(120)
@Once
class SelectorWatchTest {
    /**
     * Of processor time. Once warm, the longest seen on two slow and busy processors is 5 to 8 ms; 23 ms once, in ciphers that
     * were not compiled yet. What runs away, or works through something whole, takes longer than this.
     */
    private static final Duration LIMIT = Duration.ofMillis(50);

    private final FaultyOrigin origin = FaultyOrigin.start();
    private final Sluice sluice = Sluice.builder()
            .listen("127.0.0.1:0")
            .listenTls("127.0.0.1:0")
            .fallback(origin.url())
            .build();

    private @TempDir Path directory = Path.of("");

    @Test
    void nothingBlocksOrHoldsAThreadThatSelects() throws Exception {
        try (origin;
                sluice) {
            sluice.start();
            MixedLoad load = new MixedLoad(new EmbeddedProxy(sluice), origin);
            load.run(3, 6); // Until what is hot is compiled, and all classes are there.
            assertThat(load.wrong()).isEmpty();
            SelectorWatch watch = SelectorWatch.over(sluice.server(), LIMIT);
            try (watch) {
                load.run(3, 10);
            }
            assertThat(load.wrong()).isEmpty();
            assertThat(watch.looks()).isGreaterThan(100);
            assertThat(watch.findings())
                    .as("%d looks, longest %s", watch.looks(), watch.longest())
                    .isEmpty();
        }
    }

    // The watch itself sees what it is there for.

    private interface Deed {
        void run() throws Exception;
    }

    @Test
    void threadThatWaitsIsFound() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        assertFound(() -> assertThat(never.await(100, TimeUnit.MILLISECONDS)).isFalse(), "CountDownLatch.await");
    }

    @Test
    void threadThatWaitsForAGateIsFound() throws Exception {
        assertFound(() -> new Gate().pass(Duration.ofMillis(100)), "Gate.pass");
    }

    @Test
    void threadThatWritesToAFileIsFound() throws Exception {
        byte[] piece = new byte[1 << 20];
        assertFound(
                () -> {
                    try (FileOutputStream out = new FileOutputStream(
                            Files.createTempFile(directory, "written", "").toFile())) {
                        for (int i = 0; i < 50; i++) out.write(piece);
                    }
                },
                "FileOutputStream.write");
    }

    @Test
    void threadThatIsBusyIsFound() throws Exception {
        assertFound(
                () -> {
                    long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
                    long spent = 0;
                    while (spent < TimeUnit.MILLISECONDS.toNanos(200)) {
                        spent = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start;
                    }
                },
                "busy for PT0.");
    }

    /** Has a handler that says it does not block do this, and looks at what is said about it. */
    private void assertFound(Deed deed, String expected) throws Exception {
        sluice.server().setHandler(new Handler.Abstract.NonBlocking() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) throws Exception {
                deed.run();
                callback.succeeded();
                return true;
            }
        });
        try (origin;
                sluice) {
            sluice.start();
            try (SelectorWatch watch = SelectorWatch.over(sluice.server(), LIMIT);
                    RawClient client = RawClient.plain(sluice.port("http"))) {
                await().atMost(Gate.TIMEOUT).untilAsserted(() -> {
                    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
                    assertThat(watch.findings())
                            .anySatisfy(finding -> assertThat(finding)
                                    .contains(expected, getClass().getName()));
                });
            }
        }
    }
}
