package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exit statuses of a real process, from class files: what needs no listener. */
@SuppressWarnings("NullAway.Init")
class MainExitTest {
    private static final Pattern LINE =
            Pattern.compile("(?m)^\\d{4}-\\d\\d-\\d\\dT[0-9:.]{12}(Z|[+-]\\d\\d:\\d\\d) INFO  drain    stopped$");

    @TempDir
    private Path directory;

    @Test
    void versionExitsWithZero() throws Exception {
        assertThat(exit(Map.of(), "--version")).isZero();
        assertThat(output()).startsWith("sluice ").contains("(Java ");
    }

    @Test
    void unknownOptionExitsWithTwo() throws Exception {
        assertThat(exit(Map.of(), "run", "--confg=x")).isEqualTo(2);
        assertThat(output()).contains("Possible solutions: --config");
    }

    @Test
    void unknownLogLevelExitsWithTwoAndStartsNothing() throws Exception {
        assertThat(exit(Map.of("SLUICE_LOG_LEVEL", "loud"), "demo")).isEqualTo(2);
        assertThat(output()).startsWith("SLUICE_LOG_LEVEL: \"loud\" is not a level");
    }

    /** What an archive of classes is made from. */
    @Test
    void rehearsalServesItselfAndStopsInOrder() throws Exception {
        assertThat(exit(Map.of(), "rehearse")).isZero();
        assertThat(output())
                .contains("listener https 127.0.0.1:", ", 0 cut")
                .containsPattern(LINE)
                .doesNotContain("ERROR");
    }

    private int exit(Map<String, String> environment, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended").isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    private String output() throws IOException {
        return Files.readString(directory.resolve("output"));
    }
}
