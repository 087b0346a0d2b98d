package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ConfigReader;
import dev.sluice.runtime.Sluice;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.RawClient;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code sluice reload} against a proxy that runs. */
@Timeout(60)
class ReloadCommandTest {
    private static final String ROUTES = "routes: [ { to: \"%s\" }, { path: /old, to: \"%s\" } ]\n";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final FaultyOrigin origin = FaultyOrigin.start();
    private Sluice sluice;

    @TempDir
    private Path directory;

    @BeforeEach
    void start() throws Exception {
        write(ROUTES.formatted(origin.url(), origin.url()));
        Path file = directory.resolve("sluice.yaml");
        sluice = Sluice.of(ConfigReader.read(file, Map.of())).start();
        sluice.readFrom(() -> ConfigReader.load(file, Map.of()));
    }

    private void write(String rest) throws Exception {
        Files.writeString(directory.resolve("sluice.yaml"), """
                listeners: { http: { address: "127.0.0.1:0" } }
                drain: { linger: 100ms }
                admin: { address: "127.0.0.1:0" }
                """ + rest);
    }

    @AfterEach
    void stop() {
        sluice.close();
        origin.close();
    }

    private int reload(String... options) {
        List<String> args = new ArrayList<>(List.of("--admin", "127.0.0.1:" + sluice.adminPort()));
        args.addAll(List.of(options));
        return execute(args);
    }

    private int execute(List<String> options) {
        List<String> args = new ArrayList<>(List.of("reload"));
        args.addAll(options);
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args.toArray(String[]::new));
    }

    @Test
    void saysWhatHasChanged() throws Exception {
        write("routes: [ { to: \"" + origin.url() + "\" } ]\n");
        assertThat(reload()).isZero();
        assertThat(out).hasToString("- route /old to pool /old\n- pool /old " + origin.url() + "\n");
        assertThat(sluice.config().routes()).hasSize(1);
        out.getBuffer().setLength(0);
        assertThat(reload("--json")).isZero();
        assertThat(out).hasToString("{\"changes\":[]}\n");
    }

    @Test
    void dryRunSaysWhatWouldBeDrainedAndChangesNothing() throws Exception {
        origin.on("/old/x", (request, exchange) -> exchange.awaitAbort());
        try (RawClient client = RawClient.plain(sluice.port("http"))) {
            client.send("GET /old/x HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
            origin.awaitRequest("/old/x");
            write("routes: [ { to: \"" + origin.url() + "\" } ]\n");
            assertThat(reload("--dry-run")).isZero();
            assertThat(out)
                    .hasToString(
                            "- route /old to pool /old\n- pool /old " + origin.url()
                                    + "\nwould drain route /old: 1 exchange, cut after 600 s\nwould drain pool /old: 1 exchange, cut after 600 s\n");
            assertThat(sluice.config().routes()).hasSize(2);
        }
    }

    @Test
    void whatIsWrongWithTheFileIsSaidAndNothingChanges() throws Exception {
        write("routes: [ { too: \"http://localhost\" } ]\n");
        assertThat(reload()).isEqualTo(1);
        assertThat(err.toString()).contains("sluice.yaml:4:13: routes[0].too: unknown key (expected one of: ");
        assertThat(reload("--dry-run")).isEqualTo(1);
        assertThat(sluice.config().routes()).hasSize(2);
    }

    @Test
    void whatIsWrongWithTheFileIsSaidByTheProxyThatReadsIt() throws Exception {
        Path file = directory.resolve("sluice.yaml");
        Files.writeString(
                file, "admin: { address: \"127.0.0.1:" + sluice.adminPort() + "\" }\nroutes: [ { too: x } ]\n");

        assertThat(execute(List.of("--config", file.toString()))).isEqualTo(1);

        assertThat(err.toString()).contains("sluice.yaml:2:13: routes[0].too: unknown key (expected one of: ");
        assertThat(sluice.config().routes()).hasSize(2);
    }

    @Test
    void whatOnlyAStartReadsIsNamed() throws Exception {
        write("server: { threads: 50 }\n" + ROUTES.formatted(origin.url(), origin.url()));
        assertThat(reload("--dry-run")).isEqualTo(1);
        assertThat(err.toString()).contains("~ server.threads 200 -> 50");
    }
}
