package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Once;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xml.sax.InputSource;
import picocli.CommandLine;

/** {@code sluice drill} as people type it. */
@Timeout(120)
@Once
class DrillCommandTest {
    private static final String CONFIG = """
            listeners: { "a": { address: ":8080" } }
            drain: { deadline: 3s, linger: 1s }
            routes: [ { to: "http://10.0.0.1:80" } ]
            """;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final CommandLine commandLine =
            Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));

    @TempDir
    private Path directory;

    private Path config() throws Exception {
        return Files.writeString(directory.resolve("sluice.yaml"), CONFIG);
    }

    @Test
    void drillThatLosesNothingSaysSoLastAndEndsWithZero() throws Exception {
        Path report = directory.resolve("drill.html");
        Path json = directory.resolve("drill.json");

        int status = commandLine.execute(
                "drill",
                "--config=" + config(),
                "--clients=1",
                "--seconds=0.5",
                "--report=" + report,
                "--json=" + json);

        assertThat(status).as(out.toString() + err).isZero();
        assertThat(out.toString())
                .startsWith("Drill of ")
                .endsWith("\nNothing was lost.\n")
                .contains("slow upload");
        assertThat(err.toString())
                .contains("drill: at work", "drill: ending it")
                .doesNotContain("\u001b");
        assertThat(json).content().contains("\"nothingLost\" : true");
        String page = Files.readString(report);
        assertThat(page).contains("Nothing was lost.", "<title>Drill of ").doesNotContain("<script");
        String svg = page.substring(page.indexOf("<svg viewBox='0 0 1200"), page.lastIndexOf("</svg>") + 6);
        var document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
        assertThat(document.getElementsByTagName("g").getLength()).isGreaterThan(7);
    }

    @Test
    void drillThatLosesSomethingNamesItAndEndsWithThree() throws Exception {
        int status = commandLine.execute("drill", "--config=" + config(), "--clients=1", "--seconds=0.5", "--stuck=1");

        assertThat(status).as(out.toString() + err).isEqualTo(3);
        assertThat(out.toString())
                .endsWith("\n1 request was lost: 1 × stuck request (cut at the deadline).\n")
                .contains("a, stuck request 1: GET /drill, waiting for the answer: ");
    }

    @Test
    void drillOfBackendsThatAreNotThereEndsWithOne() throws Exception {
        Path config = Files.writeString(
                directory.resolve("none.yaml"), CONFIG.replace("http://10.0.0.1:80", "http://127.0.0.1:1"));

        int status =
                commandLine.execute("drill", "--config=" + config, "--clients=1", "--seconds=0.1", "--backends=real");

        assertThat(status).as(out.toString() + err).isEqualTo(1);
        assertThat(out.toString()).contains("\nNo request was answered: this drill shows nothing.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --what=relaod                | --what: relaod (expected: stop, restart or reload)
                    --backends=none              | --backends: none (expected: stand-in or real)
                    --clients=0                  | --clients: 0 (expected: 1 to 64)
                    --clients=65                 | --clients: 65 (expected: 1 to 64)
                    --seconds=0                  | --seconds: 0.0 (expected: 0.1 to 600)
                    --seconds=NaN                | --seconds: NaN (expected: 0.1 to 600)
                    --stuck=65                   | --stuck: 65 (expected: 0 to 64)
                    --backends=real --stuck=1    | --stuck: 1 (expected: 0 with real backends, which cannot be told to wait)
                    --path=x                     | --path: x (expected: a path that begins with /, percent-encoded)
                    --report=/no/where.html      | --report: /no/where.html (expected: a file that can be written)
                    --json=/                     | --json: / (expected: a file that can be written)
                    --config=/no/where.yaml      | /no/where.yaml: not found (expected a YAML file)
                    """)
    void whatCannotBeDrilledIsAUsageError(String options, String message) {
        int status = commandLine.execute(("drill " + options).split(" +"));

        assertThat(status).isEqualTo(2);
        assertThat(err.toString().strip()).isEqualTo(message);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void tooManyClientsInAllAreAUsageError() throws Exception {
        StringBuilder listeners = new StringBuilder("listeners:\n");
        for (int i = 0; i < 3; i++)
            listeners
                    .append("  l")
                    .append(i)
                    .append(": { address: \":")
                    .append(8080 + i)
                    .append("\" }\n");
        Path many = Files.writeString(
                directory.resolve("many.yaml"), listeners + "routes: [ { to: \"http://localhost:1\" } ]\n");

        assertThat(commandLine.execute("drill", "--config=" + many, "--clients=64"))
                .isEqualTo(2);
        assertThat(err.toString().strip())
                .isEqualTo("--clients: 64 makes 1344 on 3 listeners (expected: at most 1000 in all)");
    }

    @Test
    void optionsOfADrillAreInItsHelp() {
        assertThat(commandLine.execute("drill", "--help")).isZero();
        assertThat(out.toString()).contains("--what", "--stuck", "--report", "Exit status: 0 nothing was lost");
    }
}
