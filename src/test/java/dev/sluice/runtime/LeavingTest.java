package dev.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.ConfigReader;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestHead;
import dev.sluice.testkit.TestResponse;
import dev.sluice.upstream.PoolSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a backend still has that is not found any more has a time of its own. */
@Timeout(60)
@Once
class LeavingTest {
    private final FaultyOrigin leaver = FaultyOrigin.start("leaver");
    private final FaultyOrigin other = FaultyOrigin.start("other");
    private final Gate gate = new Gate();

    @TempDir
    private Path directory;

    @AfterEach
    void closeOrigins() {
        leaver.close();
        other.close();
    }

    private Sluice start(String leaving) throws Exception {
        list(leaver);
        return Sluice.of(ConfigReader.parse("sluice.yaml", """
                        listeners: { http: { address: "127.0.0.1:0" } }
                        drain: { deadline: 1s, linger: 50ms, leaving: %s }
                        pools: { app: { backends: [ { file: backends.yaml } ] } }
                        routes: [ { pool: app } ]
                        """.formatted(leaving), directory, Map.of()))
                .start();
    }

    private void list(FaultyOrigin... origins) throws IOException {
        StringBuilder text = new StringBuilder();
        for (FaultyOrigin origin : origins)
            text.append("- ").append(origin.url()).append('\n');
        Path whole = directory.resolve("new.yaml");
        Files.writeString(whole, text);
        Files.move(whole, directory.resolve("backends.yaml"), StandardCopyOption.ATOMIC_MOVE);
    }

    private static void awaitMembers(Sluice sluice, FaultyOrigin... origins) {
        List<String> urls = List.of(origins).stream().map(FaultyOrigin::url).toList();
        await().atMost(Gate.TIMEOUT)
                .until(() -> sluice.pools().get(0).backends().stream()
                        .map(PoolSnapshot.Member::origin)
                        .toList()
                        .equals(urls));
    }

    private static RawClient ask(Sluice sluice, String path) throws IOException {
        return RawClient.plain(sluice.port("http")).send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    }

    @Test
    void requestThatStillWaitsWhenTheTimeHasPassedIsAnsweredWith503() throws Exception {
        leaver.on("/never", (request, exchange) -> exchange.awaitAbort());
        try (Sluice sluice = start("300ms");
                RawClient client = ask(sluice, "/never")) {
            leaver.awaitRequest("/never");

            list(other);

            TestResponse answer = client.readResponse();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.field("Retry-After")).isEqualTo("1");
            leaver.awaitAborted("/never");
        }
    }

    @Test
    void answerThatHasBegunIsBrokenOffWhenTheTimeHasPassed() throws Exception {
        leaver.on("/stream", (request, exchange) -> {
            exchange.startChunked(200);
            exchange.chunk("begun");
            exchange.awaitAbort();
        });
        try (Sluice sluice = start("300ms");
                RawClient client = ask(sluice, "/stream")) {
            TestHead head = client.readHead();
            assertThat(head.status()).isEqualTo(200);

            list(other);

            leaver.awaitAborted("/stream");
            assertThat(client.readToEnd()).contains("begun").doesNotContain("0\r\n\r\n");
        }
    }

    @Test
    void exchangeThatEndsInTimeIsNotTouched() throws Exception {
        leaver.on("/slow", (request, exchange) -> {
            gate.pass();
            exchange.answer(200, "done");
        });
        try (Sluice sluice = start("1h");
                RawClient client = ask(sluice, "/slow")) {
            leaver.awaitRequest("/slow");
            list(other);
            awaitMembers(sluice, other);

            gate.open();

            assertThat(client.readResponse().text()).isEqualTo("done");
        }
    }

    @Test
    void backendThatIsFoundAgainKeepsWhatItHas() throws Exception {
        leaver.on("/slow", (request, exchange) -> {
            gate.pass();
            exchange.answer(200, "done");
        });
        other.on("/slow", (request, exchange) -> {
            gate.pass();
            exchange.answer(200, "done");
        });
        try (Sluice sluice = start("4s");
                RawClient kept = ask(sluice, "/slow")) {
            leaver.awaitRequest("/slow");
            list(other);
            awaitMembers(sluice, other);
            RawClient cut = ask(sluice, "/slow");
            other.awaitRequest("/slow");
            list(leaver);
            awaitMembers(sluice, leaver);

            // What the other one has is cut last, so by then the time of the first has passed as well.
            assertThat(cut.readResponse().status()).isEqualTo(503);
            gate.open(2);

            assertThat(kept.readResponse().text()).isEqualTo("done");
            cut.close();
        }
    }
}
