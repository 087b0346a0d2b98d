package dev.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.EjectionConfig;
import dev.sluice.config.HealthConfig;
import dev.sluice.config.HealthConfig.StatusRange;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.RetryConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.Peers;
import dev.sluice.testkit.RawClient;
import dev.sluice.upstream.Backend.Standing;
import dev.sluice.upstream.PoolSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three backends, processes of their own, under a small load, of which one fails. No client repeats a request, and what a
 * backend has received it writes down first: a GET is never lost, a POST only one that a backend may have worked for. At
 * length, with more kinds of outages, and faster: {@code bench/outage}.
 */
@Timeout(120)
@Once
class OutageIT {
    private static final String BACKEND = """
            const fs = require('fs');
            const [file, name] = process.argv.slice(1);
            const server = require('http').createServer((request, response) => {
                if (request.headers['x-id']) fs.appendFileSync(file, request.headers['x-id'] + '\\n');
                request.resume().on('end', () => setTimeout(() => response.end(name), 10));
            });
            server.keepAliveTimeout = 60000;
            server.listen(0, '127.0.0.1', () => fs.writeFileSync(file + '.port', server.address().port + '\\n'));
            """;

    private static final int CLIENTS = 8;
    /** Of a request that was sent until so long after an end, nobody can tell whether it was read: a system had taken it. */
    private static final Duration ON_ITS_WAY = Duration.ofMillis(500);

    private record Asked(String id, String method, long begun, String answer) {
        boolean isLost() {
            return !NAMES.contains(answer);
        }
    }

    private static final List<String> NAMES = List.of("a", "b", "c");

    private final Map<String, Process> backends = new HashMap<>();
    private final Map<String, String> urls = new HashMap<>();
    private final Queue<Asked> asked = new ConcurrentLinkedQueue<>();
    private final AtomicInteger number = new AtomicInteger();
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean enough;
    private @TempDir Path directory = Path.of("");

    @BeforeEach
    void startBackends() throws IOException {
        String node = Peers.require("node").toString();
        for (String name : NAMES) {
            backends.put(
                    name,
                    new ProcessBuilder(node, "-e", BACKEND, received(name).toString(), name)
                            .redirectErrorStream(true)
                            .redirectOutput(directory.resolve(name + ".log").toFile())
                            .start());
        }
        for (String name : NAMES) {
            Path port = directory.resolve(name + ".port");
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> Files.exists(port) && Files.readString(port).endsWith("\n"));
            urls.put(name, "http://127.0.0.1:" + Files.readString(port).strip());
        }
    }

    @AfterEach
    void end() throws Exception {
        enough = true;
        for (Process each : backends.values()) each.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        for (Thread each : clients) each.join();
    }

    private Path received(String name) {
        return directory.resolve(name);
    }

    private Set<String> received() throws IOException {
        Set<String> ids = new HashSet<>();
        for (String name : NAMES) if (Files.exists(received(name))) ids.addAll(Files.readAllLines(received(name)));
        return ids;
    }

    private Sluice start() throws Exception {
        HealthConfig.Check check =
                new HealthConfig.Http("/healthz", List.of(new StatusRange(200, 299)), null, null, Map.of());
        RetryConfig retries = RetryConfig.defaults();
        EjectionConfig ejection = EjectionConfig.defaults();
        PoolConfig pool = OnePool.of(NAMES.stream().map(urls::get).toArray(String[]::new))
                .withHealth(new HealthConfig(check, null, Duration.ofMillis(300), Duration.ofMillis(700), 2, 2))
                .withEjection(new EjectionConfig(
                        ejection.failures(),
                        ejection.failurePercent(),
                        ejection.requests(),
                        ejection.window(),
                        List.of(),
                        Duration.ofSeconds(1),
                        ejection.longest(),
                        ejection.mostPercent()))
                .withRetries(new RetryConfig(
                        retries.tries(),
                        retries.methods(),
                        true,
                        retries.statuses(),
                        retries.budgetPercent(),
                        retries.burst(),
                        retries.timeout(),
                        retries.body()));
        return OnePool.start(pool, UpstreamConfig.Transport.AUTO, Duration.ofSeconds(2));
    }

    private void load(Sluice sluice) {
        for (int i = 0; i < CLIENTS; i++) {
            String method = i % 4 == 0 ? "POST" : "GET";
            Thread client = new Thread(() -> go(sluice.port("http"), method), "client-" + i);
            client.start();
            clients.add(client);
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> asked.size() > 100);
    }

    private void go(int port, String method) {
        while (!enough) {
            try (RawClient client = RawClient.plain(port)) {
                boolean answered = true;
                while (!enough && answered) answered = ask(client, method);
            } catch (IOException e) {
                asked.add(new Asked("none", "connection", System.nanoTime(), e.toString()));
            }
        }
    }

    private boolean ask(RawClient client, String method) {
        String id = Integer.toString(number.incrementAndGet());
        long begun = System.nanoTime();
        String head = method + " /x HTTP/1.1\r\nHost: h\r\nX-Id: " + id + "\r\n";
        try {
            client.send(head + (method.equals("POST") ? "Content-Length: 2\r\n\r\nhi" : "\r\n"));
            var response = client.readResponse(method);
            asked.add(new Asked(id, method, begun, response.text()));
            return true;
        } catch (IOException | AssertionError e) {
            asked.add(new Asked(id, method, begun, e.toString()));
            return false;
        }
    }

    private List<Asked> lost(boolean posts) {
        return asked.stream()
                .filter(a -> a.isLost() && a.method().equals("POST") == posts)
                .toList();
    }

    private static Standing standing(Sluice sluice, int backend) {
        PoolSnapshot pool = sluice.pools().get(0);
        return pool.backends().get(backend).standing();
    }

    private void awaitMore(String backend, int requests) {
        long before = answeredBy(backend);
        await().atMost(Duration.ofSeconds(30)).until(() -> answeredBy(backend) >= before + requests);
    }

    private long answeredBy(String backend) {
        return asked.stream().filter(a -> a.answer().equals(backend)).count();
    }

    private void assertLostNothingButWhatABackendHad(long outage) {
        assertThat(lost(false)).as("lost, although it might have been repeated").isEmpty();
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            Set<String> received = received();
            assertThat(lost(true).stream()
                            .filter(a -> !received.contains(a.id()))
                            .filter(a -> a.begun() - outage > ON_ITS_WAY.toNanos())
                            .collect(Collectors.toList()))
                    .as("POSTs lost that no backend had received")
                    .isEmpty();
        });
    }

    @Test
    void backendThatIsKilledCostsOnlyPostsThatItHad() throws Exception {
        try (Sluice sluice = start()) {
            load(sluice);
            backends.get("b").destroyForcibly().waitFor();
            long killed = System.nanoTime();
            await().atMost(Duration.ofSeconds(20)).until(() -> standing(sluice, 1) != Standing.USED);
            awaitMore("a", 100);
            enough = true;
            for (Thread each : clients) each.join();
            assertThat(answeredBy("b")).as("by b before").isPositive();
            assertLostNothingButWhatABackendHad(killed);
        }
    }

    @Test
    void backendThatIsFrozenCostsOnlyPostsThatItHad() throws Exception {
        try (Sluice sluice = start()) {
            load(sluice);
            long frozen = System.nanoTime();
            try {
                signal("STOP");
                await().atMost(Duration.ofSeconds(20)).until(() -> standing(sluice, 1) != Standing.USED);
                awaitMore("a", 100);
            } finally {
                signal("CONT");
            }
            await().atMost(Duration.ofSeconds(20)).until(() -> standing(sluice, 1) == Standing.USED);
            awaitMore("b", 20);
            enough = true;
            for (Thread each : clients) each.join();
            assertLostNothingButWhatABackendHad(frozen);
        }
    }

    private void signal(String name) throws Exception {
        String pid = Long.toString(backends.get("b").pid());
        int status = new ProcessBuilder("kill", "-" + name, pid).start().waitFor();
        assertThat(status).as("kill -" + name).isZero();
    }
}
