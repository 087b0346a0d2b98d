package dev.sluice.drain;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.config.ConfigReader;
import dev.sluice.config.SluiceConfig;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.RawClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The account of a drain: one JSON document, in the log and in a file. */
@Timeout(60)
class DrainLedgerTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final FaultyOrigin origin = FaultyOrigin.start();
    private final FaultyOrigin api = FaultyOrigin.start("api");
    private final Gate gate = new Gate();

    @TempDir
    private Path directory;

    @AfterEach
    void closeOrigins() {
        origin.close();
        api.close();
    }

    private DrainingProxy start(Path ledger) throws Exception {
        return DrainingProxy.start(config("""
                listeners:
                  http: { address: "127.0.0.1:0" }
                  https: { address: "127.0.0.1:0", tls: {} }
                drain: { deadline: 1s, linger: 100ms, ledger: "%s" }
                routes:
                  - { path: /api, to: "%s" }
                  - to: "%s"
                """.formatted(ledger, api.url(), origin.url())));
    }

    private static SluiceConfig config(String yaml) throws Exception {
        return ConfigReader.parse("sluice.yaml", yaml, Path.of("."), Map.of());
    }

    @Test
    void ledgerCountsByListenerRouteAndBackendAndNamesWhatWasCut() throws Exception {
        api.on("/api/slow", (request, exchange) -> {
            gate.pass();
            exchange.answer(200, "done");
        });
        origin.on("/never", (request, exchange) -> exchange.awaitAbort());
        Path file = directory.resolve("ledger.json");
        Instant before = Instant.now().minusMillis(1);
        try (DrainingProxy proxy = start(file);
                RawClient slow = proxy.connectRaw();
                RawClient idle = proxy.connectRaw();
                RawClient stuck = RawClient.tls(proxy.tlsPort())) {
            slow.send("GET /api/slow HTTP/1.1\r\nHost: a\r\n\r\n");
            stuck.send("POST /never?secret=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n12345");
            api.awaitRequest("/api/slow");
            origin.awaitRequest("/never");
            DrainingProxy.await("three connections", () -> proxy.openConnections() == 3);

            proxy.stop();
            gate.open();

            assertThat(slow.readResponse().status()).isEqualTo(200);
            assertThat(proxy.awaitStopped()).isFalse();
            idle.awaitClosed();

            JsonNode ledger = JSON.readTree(Files.readString(file));
            assertThat(ledger.path("version").asInt()).isEqualTo(1);
            assertThat(ledger.path("trigger").asText()).isEqualTo("Sluice.stop()");
            assertThat(ledger.path("outcome").asText()).isEqualTo("cut");
            assertThat(Instant.parse(ledger.path("began").asText())).isBetween(before, Instant.now());
            assertThat(Instant.parse(ledger.path("ended").asText()))
                    .isAfter(Instant.parse(ledger.path("began").asText()));
            assertThat(ledger.path("deadlineMillis").asLong()).isEqualTo(1000);
            assertThat(ledger.path("tookMillis").asLong()).isBetween(1000L, 9000L);
            assertThat(ledger.has("announced")).isFalse();
            assertThat(counts(ledger.path("total"))).isEqualTo("finished 1 cut 1 idle 1");
            assertThat(part(ledger, "listeners", "http 127.0.0.1:" + proxy.httpPort()))
                    .isEqualTo("finished 1 cut 0 idle 1");
            assertThat(part(ledger, "listeners", "https 127.0.0.1:" + proxy.tlsPort()))
                    .isEqualTo("finished 0 cut 1 idle 0");
            assertThat(part(ledger, "routes", "/api")).startsWith("finished 1 cut 0");
            assertThat(part(ledger, "routes", "default")).startsWith("finished 0 cut 1");
            assertThat(part(ledger, "backends", api.url())).startsWith("finished 1 cut 0");
            assertThat(part(ledger, "backends", origin.url())).startsWith("finished 0 cut 1");
            JsonNode cut = ledger.path("cut");
            assertThat(cut.size()).isEqualTo(1);
            assertThat(cut.get(0).path("listener").asText()).isEqualTo("https 127.0.0.1:" + proxy.tlsPort());
            assertThat(cut.get(0).path("client").asText())
                    .isEqualTo("127.0.0.1:" + stuck.socket().getLocalPort());
            assertThat(cut.get(0).path("method").asText()).isEqualTo("POST");
            assertThat(cut.get(0).path("path").asText()).isEqualTo("/never");
            assertThat(cut.get(0).path("route").asText()).isEqualTo("default");
            assertThat(cut.get(0).path("backend").asText()).isEqualTo(origin.url());
            assertThat(cut.get(0).path("phase").asText()).isEqualTo("reading");
            assertThat(cut.get(0).path("ageMillis").asLong()).isGreaterThanOrEqualTo(1000);
            assertThat(cut.get(0).path("received").asLong()).isEqualTo(5);
            assertThat(cut.get(0).path("sent").asLong()).isZero();
            assertThat(proxy.lines("ledger {"))
                    .singleElement()
                    .satisfies(line -> assertThat(JSON.readTree(line.substring("ledger ".length())))
                            .isEqualTo(ledger));
        }
    }

    private static String part(JsonNode ledger, String kind, String name) {
        for (JsonNode part : ledger.path(kind)) if (part.path("name").asText().equals(name)) return counts(part);
        throw new AssertionError(kind + " has no " + name + ": " + ledger.path(kind));
    }

    private static String counts(JsonNode part) {
        return "finished " + part.path("finished").asLong() + " cut "
                + part.path("cut").asLong() + " idle "
                + part.path("closedIdle").asLong();
    }

    @Test
    void eachDrainReplacesTheFile() throws Exception {
        Path file = directory.resolve("ledger.json");
        Files.writeString(file, "what an earlier drain wrote");

        stopAtOnce(file);

        assertThat(JSON.readTree(Files.readString(file)).path("outcome").asText())
                .isEqualTo("clean");
        assertThat(files()).containsExactly("ledger.json");
    }

    @Test
    void inADirectoryEachDrainMakesAFileOfItsOwn() throws Exception {
        stopAtOnce(directory);
        stopAtOnce(directory);

        assertThat(files())
                .hasSize(2)
                .allMatch(name -> name.matches(
                        "ledger-\\d{8}T\\d{9}Z-" + ProcessHandle.current().pid() + "\\.json"));
    }

    private void stopAtOnce(Path ledger) throws Exception {
        try (DrainingProxy proxy = start(ledger)) {
            proxy.stop();
            assertThat(proxy.awaitStopped()).isTrue();
        }
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Test
    void drainEndsAlsoWhenTheLedgerCannotBeWritten() throws Exception {
        Path gone = Files.createDirectory(directory.resolve("gone"));
        try (DrainingProxy proxy = start(gone.resolve("ledger.json"))) {
            Files.delete(gone);

            proxy.stop();

            assertThat(proxy.awaitStopped()).isTrue();
            assertThat(proxy.lines("ledger cannot be written: ")).hasSize(1);
            assertThat(proxy.lines("ledger {")).hasSize(1);
        }
    }
}
