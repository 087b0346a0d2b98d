package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Once;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands of the runnable jar, each a process: what they print, and nothing beside it. */
@Timeout(120)
@Once
class CommandsIT {
    @TempDir
    Path directory;

    @Test
    void proxyServesWithoutAFileAndDrainsAtASignal() throws Exception {
        HttpServer backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        backend.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write("ok".getBytes(StandardCharsets.UTF_8));
            exchange.close();
        });
        backend.start();
        String from = "127.0.0.1:" + FreePort.next();
        String to = "127.0.0.1:" + backend.getAddress().getPort();
        try (JarProcess proxy = JarProcess.run(directory, "proxy", "proxy", "--from", from, "--to", to)) {
            proxy.serving();

            HttpRequest request =
                    HttpRequest.newBuilder(URI.create("http://" + from + "/")).build();
            assertThat(HttpClient.newHttpClient()
                            .send(request, BodyHandlers.ofString())
                            .body())
                    .isEqualTo("ok");

            proxy.terminate();

            assertThat(proxy.exit()).isZero();
            assertThat(proxy.log()).contains("configuration: command line", "drained in");
        } finally {
            backend.stop(0);
        }
    }

    @Test
    void checkSaysWhatItHasToSayAndNoMore() throws Exception {
        Files.writeString(directory.resolve("sluice.yaml"), "routes: [ { to: http://localhost:1 } ]");

        assertThat(printed(4, "check", "--strict")).isEqualTo("""
                        sluice.yaml: warning: listeners.https.tls: the certificate is made at start, which no client trusts \
                        (expected certificate and key, or keystore)
                        sluice.yaml: can be used: 2 listeners, 1 route, 1 pool; 1 warning
                        """);
    }

    @Test
    void printedConfigurationIsCheckedAsAFile() throws Exception {
        Files.writeString(
                directory.resolve("sluice.yaml"), "drain: { deadline: \"${DRAIN}\" }\ntrustedProxies: [ 10.0.0.1 ]");

        String printed = printed(0, "config");

        assertThat(printed).startsWith("listeners:\n").contains("\n  deadline: 20s\n");
        Files.writeString(directory.resolve("again.yaml"), printed);
        assertThat(printed(0, "config", "--config", "again.yaml")).isEqualTo(printed);
        Files.writeString(directory.resolve("again.json"), printed(0, "config", "--json"));
        assertThat(printed(0, "config", "--config", "again.json")).isEqualTo(printed);
    }

    @Test
    void completionIsAScriptThatBashUnderstands() throws Exception {
        Path script = Files.writeString(directory.resolve("completion.sh"), printed(0, "completion"));
        String ask =
                "source " + script + "; COMP_WORDS=(sluice check --st); COMP_CWORD=2; _complete_sluice 2>/dev/null; "
                        + "echo \"${COMPREPLY[@]}\"";

        try (JarProcess bash = JarProcess.start(directory, "bash", Map.of(), List.of("bash", "-c", ask))) {
            assertThat(bash.exit()).isZero();
            assertThat(bash.log().strip()).isEqualTo("--strict");
        }
    }

    private String printed(int status, String... arguments) throws Exception {
        try (JarProcess process =
                JarProcess.start(directory, "output", Map.of("DRAIN", "20s"), JarProcess.command(arguments))) {
            assertThat(process.exit()).as(process.log()).isEqualTo(status);
            return process.log();
        }
    }
}
