package dev.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.ConfigReader;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.EmbeddedProxy;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GrpcPeer;
import dev.sluice.testkit.H2Wire;
import dev.sluice.testkit.MixedLoad;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestAuthority;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
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
    private final GrpcPeer calls = GrpcPeer.start("test.Echo");
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    /** By the turn in which they were new. */
    private final Map<Integer, List<WeakReference<Object>>> earlier = new TreeMap<>();

    @TempDir
    private Path directory;

    private TestAuthority authority;
    private TestAuthority.Issued[] identities;

    /** Something that a client keeps open all the time: what it sends comes back. */
    private interface Held {
        void echo(String text) throws Exception;
    }

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
        origin.on("/events", (request, exchange) -> {
            exchange.startChunked(200, Field.of("Content-Type", "text/event-stream"));
            try {
                while (true) exchange.chunk(events.take());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // The origin is closed.
            }
        });
        try (origin;
                other;
                calls;
                Sluice sluice = Sluice.of(config(0)).start();
                RawClient plain = webSocket(RawClient.plain(sluice.port("http")));
                RawClient secure = webSocket(RawClient.tls(sluice.port("https")));
                H2Wire stream = webSocket(H2Wire.tls(sluice.port("https")));
                TestClient reader = ClientProtocol.H2C.connect(new EmbeddedProxy(sluice))) {
            EmbeddedProxy proxy = new EmbeddedProxy(sluice);
            ManagedChannel channel = GrpcPeer.channel(proxy, false);
            ManagedChannel secureChannel = GrpcPeer.channel(proxy, true);
            List<Held> held = List.of(
                    text -> echo(plain, text),
                    text -> echo(secure, text),
                    text -> echo(stream, text),
                    conversation(channel),
                    conversation(secureChannel),
                    eventStream(reader));
            MixedLoad load = new MixedLoad(proxy, origin);
            AtomicBoolean over = new AtomicBoolean();
            Thread clients = new Thread(() -> work(load, over), "clients");
            clients.start();
            try {
                for (int i = 1; i <= WARM_UP; i++) reload(sluice, i);
                long threads = ManagementFactory.getThreadMXBean().getThreadCount();
                long files = openFiles();
                for (int i = WARM_UP + 1; i <= RELOADS; i++) {
                    reload(sluice, i);
                    if (i % 100 == 0) for (Held one : held) one.echo("turn " + i);
                }
                over.set(true);
                clients.join();
                assertThat(load.wrong()).isEmpty();
                assertThat(load.done()).isGreaterThan(200);
                for (Held one : held) one.echo("to the end");
                assertNothingIsLeftBehind(threads, files);
            } finally {
                over.set(true);
                clients.join();
                channel.shutdownNow();
                secureChannel.shutdownNow();
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
        if (turn % 100 == 1) {
            // A route that comes and goes, and its pool: who still had a proxy of that time would have them too.
            RouteConfig more = next.routes().get(next.routes().size() - 1);
            earlier.put(
                    turn,
                    Stream.of(next, more.action(), more.pools().get(0))
                            .map(WeakReference<Object>::new)
                            .toList());
        }
        sluice.reload(next);
    }

    /** Routes, pools, rules, listeners and what is done on the way come and go; what clients ask for means the same. */
    private SluiceConfig config(int turn) throws Exception {
        String listener = turn % 20 == 3 ? "  more: { address: \"127.0.0.1:0\" }\n" : "";
        String rules = turn % 5 == 2 ? "retries: { timeout: " + (5 + turn % 7) + "s }, " : "";
        if (turn % 25 == 7) rules += "health: { path: /healthz, interval: 500ms }, ";
        String weighted = turn % 3 == 0 ? "{ url: \"" + origin.url() + "\", weight: 2 }" : '"' + origin.url() + '"';
        String shadow = turn % 6 == 4 ? ", shadow: { backends: [ \"" + other.url() + "\" ] }" : "";
        String way = shadow.isEmpty() ? "" : ", mirror: { pool: shadow, share: 10% }";
        if (turn % 7 == 5) way += ", response: { compress: true, headers: { set: { X-Turn: \"" + turn + "\" } } }";
        return ConfigReader.parse(
                "sluice.yaml",
                "listeners:\n  http: { address: \"127.0.0.1:0\" }\n"
                        + "  https: { address: \"127.0.0.1:0\", tls: { certificate: cert.pem, key: key.pem } }\n"
                        + listener
                        + "drain: { deadline: 5s, linger: 100ms, leaving: 5s }\n"
                        + "pools: { app: { " + rules + "backends: [ " + weighted + " ] }" + shadow + " }\n"
                        + "routes:\n  - { pool: app" + way + " }\n  - { path: /ws, to: " + origin.url() + " }\n"
                        + "  - { path: /events, to: " + origin.url() + " }\n"
                        + "  - { path: /test.Echo, to: \"" + calls.url() + "\" }\n"
                        + more(turn),
                directory,
                Map.of());
    }

    private String more(int turn) {
        return switch (turn % 4) {
            case 1 -> "  - { path: /more" + turn % 7 + ", to: " + other.url() + " }\n";
            case 2 -> "  - { path: /old, redirect: /new" + turn % 7 + " }\n";
            case 3 -> "  - { path: /own, respond: { body: " + turn + " } }\n";
            default -> "";
        };
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

    private static H2Wire webSocket(H2Wire client) throws IOException {
        client.openWebSocket(1, "/ws");
        client.awaitHead(1);
        return client;
    }

    private static void echo(H2Wire client, String text) throws IOException {
        client.data(1, false, text.getBytes(StandardCharsets.UTF_8));
        assertThat(new String(client.awaitData(1), StandardCharsets.UTF_8)).isEqualTo(text);
    }

    private static Held conversation(Channel channel) {
        var call = new GrpcPeer.Conversation(channel, GrpcPeer.CHAT, CallOptions.DEFAULT);
        List<String> said = new ArrayList<>();
        return text -> {
            said.add(text);
            call.send(text);
            assertThat(call.awaitMessages(said.size())).isEqualTo(said);
        };
    }

    private Held eventStream(TestClient reader) throws IOException {
        TestExchange stream = reader.open(TestRequest.get("/events"));
        return text -> {
            events.add(text);
            assertThat(stream.awaitBody(text.length())).asString().isEqualTo(text);
        };
    }

    /** What left has its time; then threads, selectors, sockets and memory are what they were. */
    private void assertNothingIsLeftBehind(long threads, long files) {
        await().atMost(Gate.TIMEOUT.multipliedBy(6)).untilAsserted(() -> {
            assertThat(openFiles()).as("open files").isLessThanOrEqualTo(files + 10);
            assertThat(ManagementFactory.getThreadMXBean().getThreadCount())
                    .as("threads")
                    .isLessThanOrEqualTo((int) threads + 10);
            System.gc();
            // What a connection or a thread did last may be kept until it does something else: of one time or two.
            assertThat(earlier.values())
                    .filteredOn(parts -> parts.stream().anyMatch(part -> part.get() != null))
                    .hasSizeLessThan(3);
        });
    }

    /** Sockets, selectors and files of this process (Linux only). */
    private static long openFiles() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }
}
