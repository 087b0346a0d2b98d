package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.Peers;
import dev.sluice.testkit.RawClient;
import java.io.IOException;
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

/** The runnable jar reads its file again while a client goes on. */
@Timeout(300)
@Once
class ReloadIT {
    private final FaultyOrigin a = FaultyOrigin.start("a").otherwise((request, exchange) -> exchange.answer(200, "a"));
    private final FaultyOrigin b = FaultyOrigin.start("b").otherwise((request, exchange) -> exchange.answer(200, "b"));
    private int port;

    @TempDir
    private Path directory;

    @BeforeEach
    void configure() throws IOException {
        port = FreePort.next();
        write(a.url());
    }

    @AfterEach
    void closeOrigins() {
        a.close();
        b.close();
    }

    private void write(String backend) throws IOException {
        Files.writeString(directory.resolve("sluice.yaml"), """
                listeners: { http: { address: "127.0.0.1:%d" } }
                drain: { linger: 100ms }
                routes: [ { to: "%s" } ]
                """.formatted(port, backend));
    }

    private static String ask(RawClient client) throws IOException {
        return client.send("GET / HTTP/1.1\r\nHost: sluice.test\r\n\r\n")
                .readResponse()
                .text();
    }

    /** Where whoever runs the tests has SIGHUP ignored, as nohup does, the JVM would leave it so. */
    private JarProcess start(Map<String, String> environment) throws IOException {
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=HUP"));
        command.addAll(JarProcess.command("run"));
        return JarProcess.start(directory, "sluice", environment, command);
    }

    private static void hangup(JarProcess sluice) throws Exception {
        new ProcessBuilder("kill", "-HUP", Long.toString(sluice.pid())).start().waitFor();
    }

    @Test
    void hangupPutsTheFileIntoEffectAndAWrongFileChangesNothing() throws Exception {
        try (JarProcess sluice = start(Map.of()).serving();
                RawClient client = RawClient.plain(port)) {
            assertThat(ask(client)).isEqualTo("a");
            write(b.url());
            hangup(sluice);
            sluice.awaitLog("reload (SIGHUP): 2 changes in ")
                    .awaitLog("reload: ~ pool default: + " + b.url())
                    .awaitLog("reload: ~ pool default: - " + a.url());
            assertThat(ask(client)).isEqualTo("b");
            Files.writeString(directory.resolve("sluice.yaml"), "routs: []\n");
            hangup(sluice);
            sluice.awaitLog("reload (SIGHUP): refused, all goes on as before: sluice.yaml:1:1: routs: unknown key");
            Files.writeString(directory.resolve("sluice.yaml"), "routs: []\ndrian: {}\n");
            hangup(sluice);
            sluice.awaitLog("reload (SIGHUP): refused, all goes on as before: 2 errors")
                    .awaitLog("reload: sluice.yaml:1:1: routs: unknown key")
                    .awaitLog("reload: sluice.yaml:2:1: drian: unknown key");
            assertThat(ask(client)).isEqualTo("b");
            sluice.terminate();
            assertThat(sluice.exit()).isZero();
        }
    }

    @Test
    void changeOfTheFileIsSeenWhereThatIsWanted() throws Exception {
        try (JarProcess sluice =
                        JarProcess.run(directory, "sluice", "run", "--watch").serving();
                RawClient client = RawClient.plain(port)) {
            assertThat(ask(client)).isEqualTo("a");
            write(b.url());
            sluice.awaitLog("reload (a file has changed): 2 changes in ");
            assertThat(ask(client)).isEqualTo("b");
            write(a.url());
            await().atMost(Gate.TIMEOUT.multipliedBy(3)).until(() -> ask(client).equals("a"));
        }
    }

    @Test
    void supervisorIsToldOfAReload() throws Exception {
        Peers.require("systemd-notify");
        String address = directory.resolve("notify").toString();
        List<String> receiver = List.of(Peers.require("python3").toString(), "-c", SystemdIT.RECEIVER, address);
        try (JarProcess told = JarProcess.start(directory, "receiver", Map.of(), receiver)) {
            told.awaitLog("bound");
            try (JarProcess sluice = start(Map.of("NOTIFY_SOCKET", address))) {
                told.awaitLog("READY=1\nSTATUS=serving on http\n");
                hangup(sluice);
                told.awaitLog("RELOADING=1\nMONOTONIC_USEC=");
                await().atMost(Gate.TIMEOUT.multipliedBy(3))
                        .untilAsserted(() ->
                                assertThat(told.log().split("READY=1", -1)).hasSize(3));
                Files.writeString(directory.resolve("sluice.yaml"), "routs: []\npols: []\n");
                hangup(sluice);
                told.awaitLog("READY=1\nSTATUS=reload refused: sluice.yaml:1:1: routs: unknown key")
                        .awaitLog(" (and 1 more); serving on http\n");
            }
        }
    }
}
