package dev.sluice.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.runtime.Sluice;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.RawClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.eclipse.jetty.util.NanoTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** WebSockets are told to end one after the other, so that their clients do not all come back at once. */
@Timeout(60)
@Once
class DrainSpreadTest {
    private static final Duration FAR = Duration.ofSeconds(60);
    private static final byte[] GOING_AWAY = {(byte) 0x88, 2, 3, (byte) 0xE9};
    private static final byte[] MASKED_CLOSE = {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 3, (byte) 0xE9};

    private final FaultyOrigin origin = FaultyOrigin.start();
    private final ExecutorService readers = Executors.newCachedThreadPool();
    private final List<RawClient> clients = new ArrayList<>();

    @BeforeEach
    void speakWebSocket() {
        origin.on("/up", (request, exchange) -> {
            exchange.start(101, Field.of("Connection", "Upgrade"), Field.of("Upgrade", "websocket"));
            exchange.readRaw(8);
            exchange.raw(GOING_AWAY);
            exchange.close();
        });
    }

    @AfterEach
    void closeAll() throws IOException {
        readers.shutdownNow();
        for (RawClient client : clients) client.close();
        origin.close();
    }

    private DrainingProxy start(Duration spread) throws Exception {
        return DrainingProxy.start(Sluice.builder()
                .listen("127.0.0.1:0")
                .listenTls("127.0.0.1:0")
                .fallback(origin.url())
                .drainLinger(Duration.ofMillis(50))
                .drainDeadline(FAR)
                .drainSpread(spread)
                .build());
    }

    /** When each was told, in nanoseconds from the start of the drain. */
    private List<Long> tellAll(DrainingProxy proxy, int sockets) throws Exception {
        for (int i = 0; i < sockets; i++) {
            RawClient client = proxy.connectRaw();
            clients.add(client);
            client.send("GET /up HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(101);
        }
        proxy.awaitLive(sockets);
        List<CompletableFuture<Long>> told = new ArrayList<>();
        long start = NanoTime.now();
        for (RawClient client : clients)
            told.add(CompletableFuture.supplyAsync(() -> awaitGoodbye(client, start), readers));
        proxy.stop();
        List<Long> times = new ArrayList<>();
        for (CompletableFuture<Long> one : told) times.add(one.get());
        times.sort(null);
        return times;
    }

    private static long awaitGoodbye(RawClient client, long start) {
        try {
            assertThat(client.readBytes(4)).isEqualTo(GOING_AWAY);
            long told = NanoTime.since(start);
            client.send(MASKED_CLOSE);
            return told;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void manyAreToldWithinTheSpreadAndNotAtOnce() throws Exception {
        Duration spread = Duration.ofMillis(1_500);
        try (DrainingProxy proxy = start(spread)) {
            List<Long> times = tellAll(proxy, 200);

            long first = times.get(0);
            long first50 = times.get(49) - first;
            long all = times.get(199) - first;
            assertThat(Duration.ofNanos(all)).isBetween(spread.dividedBy(2), spread.plusSeconds(5));
            // Evenly: a quarter of them takes far longer than telling them takes.
            assertThat(Duration.ofNanos(all - first50)).isGreaterThan(spread.dividedBy(3));
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().finished()).isEqualTo(200);
            assertThat(proxy.summary().cut()).isZero();
        }
    }

    @Test
    void oneIsToldAtOnceAndAFewDoNotWaitForLong() throws Exception {
        try (DrainingProxy proxy = start(FAR)) {
            List<Long> times = tellAll(proxy, 5);

            assertThat(Duration.ofNanos(times.get(4))).isLessThan(Duration.ofSeconds(5));
            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.summary().took()).isLessThan(FAR.dividedBy(4));
        }
    }

    @Test
    void withoutASpreadAllAreToldAtOnce() throws Exception {
        try (DrainingProxy proxy = start(Duration.ZERO)) {
            assertThat(tellAll(proxy, 50)).hasSize(50);
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }
}
