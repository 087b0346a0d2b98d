package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.ConfigReader;
import dev.sluice.config.LoadedConfig;
import dev.sluice.runtime.Sluice;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.LoggedLines;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code --watch} sees, and what comes of it. */
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class ReloadsTest {
    private static final Duration PAUSE = Duration.ofMillis(10);
    private static final Duration POLL = Duration.ofMillis(10);

    private final LoggedLines log = new LoggedLines("reload");
    private Sluice sluice;
    private Reloads reloads;
    private Supervised supervised;
    private Thread watch;
    private TestAuthority authority;

    @TempDir
    private Path directory;

    @BeforeEach
    void configure() throws Exception {
        authority = new TestAuthority(directory, "authority");
        authority.issue("site", "localhost");
        write("closed.html", "closed");
        write("secret", "secret");
        write("conf.d/10.yaml", route("ten", "ten"));
        write("sluice.yaml", """
                include: conf.d/*.yaml
                listeners:
                  http: { address: "127.0.0.1:0" }
                  https: { address: "127.0.0.1:0", tls: { certificate: site.pem, key: site-key.pem } }
                drain: { linger: 10ms }
                routes:
                  - { path: /closed, maintenance: { page: closed.html }, respond: 200 }
                  - { path: /secret, respond: { body: "${file:secret}" } }
                """);
        Path file = directory.resolve("sluice.yaml");
        LoadedConfig read = ConfigReader.load(file, Map.of());
        reloads = new Reloads(file, read);
        supervised = Supervised.of(read.config().drain(), Map.of(StopLimit.VARIABLE, "30s"));
        sluice = Sluice.of(read.config()).start();
        reloads.readFor(sluice, supervised);
    }

    @AfterEach
    void stop() throws Exception {
        if (watch != null) {
            watch.interrupt();
            watch.join();
        }
        sluice.close();
        log.close();
    }

    private static String route(String name, String body) {
        return "routes: [ { path: /" + name + ", respond: { body: " + body + " } } ]";
    }

    private Path write(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.resolveSibling(""));
        return Files.writeString(file, text);
    }

    private void watch() {
        watch = reloads.watch(sluice, supervised, PAUSE);
    }

    private String ask(String path) throws IOException {
        try (RawClient client = RawClient.plain(sluice.port("http"))) {
            return client.send("GET /" + path + " HTTP/1.1\r\nHost: sluice.test\r\n\r\n")
                    .readResponse()
                    .text();
        }
    }

    private void awaitAnswer(String path, String expected) {
        await().pollInterval(POLL)
                .atMost(Gate.TIMEOUT)
                .untilAsserted(() -> assertThat(ask(path)).isEqualTo(expected));
    }

    private void awaitLog(String line) {
        await().pollInterval(POLL)
                .atMost(Gate.TIMEOUT)
                .untilAsserted(() -> assertThat(log.all()).anyMatch(logged -> logged.contains(line)));
    }

    @Test
    void everyFileThatTakesPartIsWatched() throws Exception {
        watch();
        write("conf.d/10.yaml", route("ten", "included"));
        awaitAnswer("ten", "included");
        write("conf.d/20.yaml.off", route("twenty", "new"));
        Files.move(directory.resolve("conf.d/20.yaml.off"), directory.resolve("conf.d/20.yaml"));
        awaitAnswer("twenty", "new");
        write("secret", "another");
        awaitAnswer("secret", "another");
        write("closed.html", "page");
        awaitAnswer("closed", "page");
        authority.issue("site", "localhost");
        awaitLog("reload: ~ listener https: certificate");
        assertThat(log.all()).noneMatch(line -> line.startsWith("ERROR"));
    }

    @Test
    void whatWasRefusedIsReadAgainWhenTheFileAtFaultIsMended() throws Exception {
        watch();
        write("conf.d/20.yaml", "routs: []");
        awaitLog("refused, all goes on as before: " + directory.resolve("conf.d/20.yaml") + ":1:1: routs: unknown key");
        write("conf.d/20.yaml", route("twenty", "mended"));
        awaitAnswer("twenty", "mended");
    }

    @Test
    void changeSinceTheFileWasReadAtTheStartIsSeen() throws Exception {
        write("conf.d/10.yaml", route("ten", "meanwhile"));
        watch();
        awaitAnswer("ten", "meanwhile");
    }

    @Test
    void changeThatADryRunHasShownIsStillPutIntoEffect() throws Exception {
        write("conf.d/10.yaml", route("ten", "shown"));
        assertThat(sluice.planReload()).isNotEmpty();
        assertThat(ask("ten")).isEqualTo("ten");
        watch();
        awaitAnswer("ten", "shown");
    }

    @Test
    void drainThatBecomesTooLongForTheSupervisorIsWarnedOf() throws Exception {
        try (LoggedLines warnings = new LoggedLines(StopLimit.class.getName())) {
            write("conf.d/10.yaml", "{}");
            sluice.reload("test");
            assertThat(warnings.all()).isEmpty();
            Path main = directory.resolve("sluice.yaml");
            String text = Files.readString(main).replace("linger: 10ms", "linger: 10ms, deadline: 40s");
            Files.move(write("new", text), main, StandardCopyOption.REPLACE_EXISTING);
            sluice.reload("test");
            assertThat(warnings.all())
                    .containsExactly("WARN SLUICE_STOP_TIMEOUT: 30000 ms, after which this process is killed, and a"
                            + " stop may take 41000 ms (expected: no less; what is left then is lost and not named)");
            sluice.reload("test");
            assertThat(warnings.all()).hasSize(1);
        }
    }
}
