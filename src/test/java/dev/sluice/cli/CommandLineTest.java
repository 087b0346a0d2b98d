package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** What can be typed, in process: nothing here gets as far as opening a listener of the proxy. */
class CommandLineTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final CommandLine commandLine =
            Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));

    @Test
    void runTakesAConfigurationAndSeveralXmlFiles() {
        ParseResult run = commandLine
                .parseArgs("run", "--config", "a.yaml", "--xml", "b.xml", "--xml=c.xml")
                .subcommand();

        assertThat(run.commandSpec().name()).isEqualTo("run");
        assertThat(run.matchedOptionValue("--config", Path.of(""))).isEqualTo(Path.of("a.yaml"));
        assertThat(run.matchedOptionValue("--xml", List.of())).isEqualTo(List.of(Path.of("b.xml"), Path.of("c.xml")));
    }

    @Test
    void demoHasTheUsualPorts() {
        ParseResult demo = commandLine.parseArgs("demo", "--api-port", "9000").subcommand();

        assertThat(demo.commandSpec().optionsMap().get("--http-port").<Integer>getValue())
                .isEqualTo(8080);
        assertThat(demo.commandSpec().optionsMap().get("--https-port").<Integer>getValue())
                .isEqualTo(8443);
        assertThat(demo.commandSpec().optionsMap().get("--api-port").<Integer>getValue())
                .isEqualTo(9000);
        assertThat(demo.commandSpec().optionsMap().get("--web-port").<Integer>getValue())
                .isEqualTo(8001);
    }

    @Test
    void misspeltOptionIsAnsweredWithASuggestionAndTheUsage() {
        assertThat(commandLine.execute("run", "--confg=x")).isEqualTo(2);
        assertThat(err.toString()).contains("--confg", "Possible solutions: --config", "Usage: sluice run");
    }

    @Test
    void misspeltCommandIsAnsweredWithASuggestion() {
        assertThat(commandLine.execute("rum")).isEqualTo(2);
        assertThat(err.toString()).contains("Did you mean: sluice run?", "Usage: sluice");
    }

    @Test
    void withoutACommandTheCommandsAreNamed() {
        assertThat(commandLine.execute()).isEqualTo(2);
        assertThat(err.toString()).contains("Missing command", "run", "demo");
    }

    @Test
    void helpAndVersionGoToStandardOutput() {
        assertThat(commandLine.execute("--help")).isZero();
        assertThat(commandLine.execute("--version")).isZero();
        assertThat(out.toString()).contains("Usage: sluice", "sluice ", "(Java ");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void everyXmlFileThatCannotBeReadIsNamed(@TempDir Path directory) {
        Path missing = directory.resolve("missing.xml");

        assertThat(commandLine.execute("run", "--xml", missing.toString(), "--xml", directory.toString()))
                .isEqualTo(2);
        assertThat(err.toString()).contains("--xml: " + missing + " (expected", "--xml: " + directory + " (expected");
    }

    @Test
    void portOutOfRangeIsAUsageError() {
        assertThat(commandLine.execute("demo", "--http-port", "65536")).isEqualTo(2);
        assertThat(err.toString()).contains("--http-port: 65536 (expected: a port, 0 to 65535)");
    }

    @Test
    void takenPortOfADemoBackendIsNamedWithItsOptionAndWhoHoldsIt() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();

            assertThat(commandLine.execute("demo", "--web-port", "0", "--api-port", Integer.toString(port)))
                    .isEqualTo(1);
            assertThat(err.toString().strip())
                    .isEqualTo("port " + port
                            + " is taken, held by this process (expected a free one; choose with --api-port)");
        }
    }
}
