package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParseResult;

/** The everyday command line, read without picocli: what it says must be what picocli would have said. */
class RunArgumentsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "run",
                "run --config a.yaml",
                "run --config=/etc/sluice/a-1.yaml",
                "run --xml b.xml --config a.yaml --xml=c.xml",
                "run -c a.yaml --watch",
                "run -c=a.yaml",
                "run --config=a=b.yaml",
                "run --takeover",
                "run --takeover --config a.yaml"
            })
    void everydayLineIsReadAsPicocliReadsIt(String line) {
        String[] args = line.split(" ");
        ParseResult picocli = Main.commandLine().parseArgs(args).subcommand();
        Path config = picocli.matchedOptionValue("--config", (Path) null);
        List<Path> xml = picocli.matchedOptionValue("--xml", List.of());

        assertThat(RunArguments.readPlain(args))
                .isEqualTo(new RunArguments(
                        config,
                        xml,
                        picocli.matchedOptionValue("--takeover", false),
                        picocli.matchedOptionValue("--watch", false)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "demo",
                "--version",
                "run --help",
                "run --config",
                "run --config=",
                "run --config --xml",
                "run --config a.yaml --config b.yaml",
                "run -c a.yaml --config b.yaml",
                "run -ca.yaml",
                "run --config @arguments",
                "run @arguments",
                "run --config \"a.yaml\"",
                "run a.yaml",
                "run --takeover --takeover",
                "run --takeover=true",
                "run --confg a.yaml",
                "run -- --config a.yaml"
            })
    void whateverElseIsForPicocli(String line) {
        assertThat(RunArguments.readPlain(line.split(" "))).isNull();
    }

    @Test
    void nothingAtAllIsForPicocli() {
        assertThat(RunArguments.readPlain(new String[0])).isNull();
    }
}
