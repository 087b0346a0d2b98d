package dev.sluice.drain;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LedgerJsonTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static Ledger ledger(int cut, String path) {
        List<CutExchange> exchanges = IntStream.range(0, cut)
                .mapToObj(i -> new CutExchange(
                        "http :80", "1.2.3.4:" + i, "GET", path, "r", "b", "waiting", Duration.ofSeconds(i), 0, 0))
                .toList();
        DrainSummary total = new DrainSummary(Duration.ofMillis(1500), 7, 2, 3, 4, 5, 6, cut);
        Instant began = Instant.parse("2026-01-02T03:04:05.678Z");
        return new Ledger(
                "SIGTERM",
                began.minusSeconds(5),
                began,
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                total,
                List.of(),
                List.of(),
                List.of(),
                exchanges);
    }

    @Test
    void documentHasEveryNumberOfTheSummary() throws IOException {
        JsonNode read = JSON.readTree(new LedgerJson(ledger(0, "/")).line(10));

        assertThat(read.path("announced").asText()).isEqualTo("2026-01-02T03:04:00.678Z");
        assertThat(read.path("ended").asText()).isEqualTo("2026-01-02T03:04:07.178Z");
        assertThat(read.path("pid").asLong()).isEqualTo(ProcessHandle.current().pid());
        assertThat(read.path("total").toString())
                .isEqualTo("{\"finished\":7,\"toldToClose\":2,\"endedEarly\":3,\"refused\":6,\"cut\":0,"
                        + "\"closedIdle\":4,\"closedInHead\":5}");
    }

    @Test
    void lineOfTheLogListsSoManyAndSaysHowManyMoreThereAre() throws IOException {
        JsonNode read = JSON.readTree(new LedgerJson(ledger(12, "/")).line(10));

        assertThat(read.path("cut").size()).isEqualTo(10);
        assertThat(read.path("cutNotListed").asInt()).isEqualTo(2);
    }

    @Test
    void fileListsAll() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new LedgerJson(ledger(1200, "/")).write(out);

        JsonNode read = JSON.readTree(out.toByteArray());

        assertThat(read.path("cut").size()).isEqualTo(1200);
        assertThat(read.has("cutNotListed")).isFalse();
    }

    @Test
    void whatAClientSentCannotBreakTheDocument() throws IOException {
        String path = "/\"},{\"\n\u0000é\\";

        JsonNode read = JSON.readTree(new LedgerJson(ledger(1, path)).line(10));

        assertThat(read.path("cut").get(0).path("path").asText()).isEqualTo(path);
        assertThat(new LedgerJson(ledger(1, path)).line(10)).doesNotContain("\n");
    }
}
