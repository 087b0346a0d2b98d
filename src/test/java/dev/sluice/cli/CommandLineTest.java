package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
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
    void everyCommandHasExamplesAndSaysHowItEnds() {
        commandLine.getSubcommands().forEach((name, command) -> {
            if (command.getCommandSpec().usageMessage().hidden()) return;
            assertThat(command.getUsageMessage()).as(name).contains("Exit status", "Examples:", "  sluice " + name);
        });
    }

    @Test
    void everyExitStatusIsInTheHelpAndOnThePage() throws Exception {
        String help = commandLine.getUsageMessage();
        String page = Files.readString(Path.of("docs/cli.md"));

        for (Field status : ExitStatus.class.getDeclaredFields()) {
            int number = status.getInt(null);
            assertThat(help).as(status.getName()).containsPattern("(?m)^ +" + number + " +[a-z]");
            assertThat(page).as(status.getName()).containsPattern("(?m)^\\| " + number + " \\|");
        }
    }

    @Test
    void everyCommandAndOptionIsOnThePage() throws Exception {
        String page = Files.readString(Path.of("docs/cli.md"));

        commandLine.getSubcommands().forEach((name, command) -> {
            if (command.getCommandSpec().usageMessage().hidden()) return;
            assertThat(page).contains("`sluice " + name);
            command.getCommandSpec().options().stream()
                    .map(OptionSpec::longestName)
                    .filter(option -> !option.equals("--help") && !option.equals("--version"))
                    .forEach(option -> assertThat(page).as(name).contains(option));
        });
    }

    @Test
    void configurationHasAShortOptionWhereverThereIsOne() {
        List<String> with = new ArrayList<>();
        commandLine.getSubcommands().forEach((name, command) -> {
            OptionSpec option = command.getCommandSpec().findOption("--config");
            if (option == null) return;
            with.add(name);
            assertThat(option.names()).as(name).containsExactly("-c", "--config");
        });

        assertThat(with).containsExactly("run", "check", "config", "route", "reload", "drain", "drill");
    }

    @Test
    void archiveIsForTheScriptToMake() {
        assertThat(commandLine.execute("archive")).isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo("archive: the jar cannot make one itself (expected: bin/sluice archive)\n");
    }

    @Test
    void versionIsACommandToo() {
        assertThat(commandLine.execute("version")).isZero();
        assertThat(out.toString()).startsWith("sluice ").contains("(Java ");
    }

    @Test
    void completionNamesEveryCommandAndItsOptions() {
        assertThat(commandLine.execute("completion")).isZero();
        assertThat(commandLine.execute("completion", "zsh")).isZero();
        assertThat(out.toString())
                .contains("run proxy check config route import reload drain", "--strict", "--takeover", "bashcompinit");
        assertThat(commandLine.execute("completion", "fish")).isEqualTo(2);
    }

    @Test
    void configIsPrintedAsYamlAndAsJson(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("sluice.yaml");
        Files.writeString(file, "drain: { deadline: 20s }");

        assertThat(commandLine.execute("config", "--config", file.toString())).isZero();
        assertThat(commandLine.execute("config", "--json", "--config", file.toString()))
                .isZero();
        assertThat(out.toString()).contains("  deadline: 20s\n", "\"deadline\" : \"20s\"");

        Files.writeString(file, "drian: {}");

        assertThat(commandLine.execute("config", "--config", file.toString())).isEqualTo(2);
        assertThat(err.toString()).startsWith(file + ":1:1: drian: unknown key");
    }

    @Test
    void proxySaysWhichOfItsAddressesIsNone() {
        assertThat(commandLine.execute("proxy", "--from", ":80800", "--to", "3000"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("--from: \":80800\" has a port out of range (expected 0 to 65535)");
        assertThat(commandLine.execute("proxy", "--to", "ftp://a")).isEqualTo(2);
        assertThat(err.toString()).contains("--to: \"ftp://a\" has the scheme \"ftp\" (expected http://host[:port]");
        assertThat(commandLine.execute("proxy")).isEqualTo(2);
        assertThat(err.toString()).contains("Missing required option: '--to=URL'");
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
