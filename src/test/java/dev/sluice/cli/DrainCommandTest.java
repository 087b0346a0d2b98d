package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.ConfigReader;
import dev.sluice.runtime.Sluice;
import dev.sluice.testkit.FaultyOrigin;
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

/** {@code sluice drain} against a proxy that runs. */
@Timeout(60)
class DrainCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final FaultyOrigin origin = FaultyOrigin.start();
    private Sluice sluice;

    @TempDir
    private Path directory;

    @BeforeEach
    void start() throws Exception {
        sluice = Sluice.of(ConfigReader.parse("sluice.yaml", """
                        listeners: { http: { address: "127.0.0.1:0" } }
                        drain: { linger: 100ms }
                        routes: [ { to: "%s" } ]
                        admin: { address: "127.0.0.1:0" }
                        """.formatted(origin.url()), directory, Map.of()))
                .start();
    }

    @AfterEach
    void stop() {
        sluice.close();
        origin.close();
    }

    private int drain(String... options) {
        List<String> args = new ArrayList<>(List.of("drain", "--admin", "127.0.0.1:" + sluice.adminPort()));
        args.addAll(List.of(options));
        return execute(args.toArray(String[]::new));
    }

    private int execute(String... args) {
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
    }

    @Test
    void planIsPrinted() {
        assertThat(drain("--plan")).isZero();
        assertThat(out.toString()).startsWith("If the drain began now: 0 exchanges under way");
        assertThat(drain("--plan", "--json")).isZero();
        assertThat(out.toString()).contains("{\"deadlineMillis\":10000,");
    }

    @Test
    void announcementAndItsCancellationAreDoneAndRefusedWhereThereIsNone() {
        assertThat(drain("--announce")).isZero();
        assertThat(sluice.isReady()).isFalse();
        assertThat(drain("--status")).isZero();
        assertThat(drain("--cancel")).isZero();
        assertThat(sluice.isReady()).isTrue();
        assertThat(out.toString())
                .isEqualTo("announced\nannounced: 0 exchanges under way, 0 connections open\ncancelled\n");

        assertThat(drain("--cancel")).isEqualTo(1);
        assertThat(err.toString()).isEqualTo("nothing is announced, or the stop has begun\n");
    }

    @Test
    void stopIsBegunAndFollowedToItsEnd() {
        assertThat(drain("--wait")).isZero();

        assertThat(out.toString()).startsWith("stopping\n").endsWith("stopped\n");
        await().until(() -> sluice.server().isStopped());
        assertThat(sluice.summary().isClean()).isTrue();
    }

    @Test
    void addressComesFromTheConfiguration() throws Exception {
        Path file = directory.resolve("my.yaml");
        Files.writeString(file, "admin: { address: \"127.0.0.1:" + sluice.adminPort() + "\" }\n");

        assertThat(execute("drain", "--status", "--config", file.toString())).isZero();

        assertThat(out.toString()).startsWith("serving: ");
    }

    @Test
    void addressIsFoundWhateverElseIsWrongOrSecretInTheFile() throws Exception {
        Path file = directory.resolve("my.yaml");
        Files.writeString(file, """
                include: [ admin.yaml, nowhere.yaml, broken.yaml, "${SLUICE_TEST_UNSET}.yaml" ]
                listeners: { https: { address: ":0", tls: { keystore: no.p12, password: "${SLUICE_TEST_UNSET}" } } }
                routes: [ { too: "${file:/nowhere/secret}" } ]
                """);
        Files.writeString(directory.resolve("broken.yaml"), "routes: [\n");
        Files.writeString(
                directory.resolve("admin.yaml"),
                "lisetners: {}\nadmin: { address: \"127.0.0.1:" + sluice.adminPort() + "\" }\n");

        assertThat(execute("drain", "--status", "--config", file.toString())).isZero();

        assertThat(out.toString()).startsWith("serving: ");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void addressThatCannotBeReadIsNamedAndNoOtherOneIsAsked() throws Exception {
        Path file = directory.resolve("my.yaml");
        for (String yaml : List.of(
                "admin: { address: \"${SLUICE_TEST_UNSET}\" }\n",
                "include: nowhere.yaml\n",
                "admin: { adress: \"127.0.0.1:1\" }\n",
                "admin: {\n")) {
            Files.writeString(file, yaml);

            assertThat(execute("drain", "--status", "--config", file.toString()))
                    .as(yaml)
                    .isEqualTo(2);

            assertThat(err.toString())
                    .contains("my.yaml:")
                    .endsWith(file + ": does not say where to ask"
                            + " (expected: a section admin that can be read, or --admin ADDRESS)\n");
            err.getBuffer().setLength(0);
        }
    }

    @Test
    void configurationWithoutAdminIsNamed() throws Exception {
        Path file = directory.resolve("my.yaml");
        Files.writeString(file, "{}\n");

        assertThat(execute("drain", "--config", file.toString())).isEqualTo(2);

        assertThat(err.toString()).contains(file + ": no section admin (expected: admin: {}, or --admin ADDRESS)");
        assertThat(sluice.server().isStarted()).isTrue();
    }

    @Test
    void addressAtWhichNobodyAnswersIsNamed() {
        int port = sluice.adminPort();
        sluice.stop();

        assertThat(execute("drain", "--status", "--admin", "127.0.0.1:" + port)).isEqualTo(1);

        assertThat(err.toString()).startsWith("nobody answers at 127.0.0.1:" + port + ": ");
    }

    @Test
    void twoThingsAtOnceAndWrongAddressesAreRefused() {
        assertThat(drain("--plan", "--announce")).isEqualTo(2);
        assertThat(execute("drain", "--admin", "nonsense")).isEqualTo(2);
        assertThat(err.toString()).contains("--admin: \"nonsense\" names no port");
        assertThat(sluice.isReady()).isTrue();
    }
}
