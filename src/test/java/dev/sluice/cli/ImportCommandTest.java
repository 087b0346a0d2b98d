package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code sluice import} writes, where, and how it ends. */
class ImportCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory;

    private int run(Object... args) {
        String[] all = new String[args.length + 1];
        all[0] = "import";
        for (int i = 0; i < args.length; i++) all[i + 1] = args[i].toString();
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all);
    }

    private Path nginx(String inLocation) throws Exception {
        return Files.writeString(
                directory.resolve("nginx.conf"),
                "server { listen 8080; location / { proxy_pass http://a:1;\n proxy_set_header Host $http_host;\n"
                        + inLocation + " } }");
    }

    @Test
    void whatCanBeCarriedOverGoesToStandardOutput() throws Exception {
        Path file = nginx("");

        assertThat(run(file)).isZero();
        assertThat(out.toString()).isEqualTo("# Made by sluice import of " + file + """


                listeners:
                  http:
                    address: ":8080"

                routes:
                  - to: http://a:1
                """);
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void whatCannotIsListedInTheFileAndOnStandardErrorAndEndsWithFour() throws Exception {
        Path file = nginx("limit_rate 5k;");

        assertThat(run(file)).isEqualTo(4);
        String line = file + ":3: limit_rate 5k: Sluice slows nobody down";
        assertThat(err.toString()).isEqualTo("not carried over:\n" + line + "\n");
        assertThat(out.toString()).contains("# not carried over:\n#   " + line + "\n");
    }

    @Test
    void fileThatIsThereIsReplacedOnlyByForce() throws Exception {
        Path file = nginx("");
        Path output = Files.writeString(directory.resolve("sluice.yaml"), "mine");

        assertThat(run(file, "--output", output)).isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo("--output: " + output + " is there already (expected: another name, or --force)\n");
        assertThat(output).hasContent("mine");
        assertThat(run(file, "--output", output, "--force")).isZero();
        assertThat(output).content().contains("to: http://a:1");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void fileThatMakesNoSenseIsNamedWithItsPlaceAndEndsWithTwo() throws Exception {
        Path file = nginx("} } }");

        assertThat(run(file)).isEqualTo(2);
        assertThat(err.toString()).isEqualTo(file + ":3: } (expected: a directive, or the end of the file)\n");
        assertThat(out.toString()).isEmpty();
    }
}
