package dev.sluice.testkit;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A program of {@code src/test/node}, run by Node.js: what people write with the libraries of its world. */
public final class NodePeer implements AutoCloseable {
    private static final Path SCRIPTS = Path.of("src", "test", "node");
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Process process;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    private NodePeer(Process process) {
        this.process = process;
        Thread reader = new Thread(this::read, "node-" + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts a script; ends the test as skipped, or failed, where Node.js or the libraries are missing. */
    public static NodePeer start(String script, String... arguments) throws IOException {
        Path node = Peers.require("node");
        if (!Files.isDirectory(SCRIPTS.resolve("node_modules"))) {
            String reason = SCRIPTS + "/node_modules: missing (bin/test installs it)";
            if (Boolean.getBoolean("sluice.requirePeers")) fail(reason);
            else abort(reason);
        }
        List<String> command = new ArrayList<>(List.of(node.toString(), script));
        command.addAll(List.of(arguments));
        return new NodePeer(new ProcessBuilder(command)
                .directory(SCRIPTS.toFile())
                .redirectErrorStream(true)
                .start());
    }

    /** Runs a script to its end; what it said. */
    public static List<String> run(String script, String... arguments) throws IOException, InterruptedException {
        try (NodePeer peer = start(script, arguments)) {
            return peer.awaitEnd();
        }
    }

    /** What it says until it ends, which it does within half a minute. */
    public List<String> awaitEnd() throws InterruptedException {
        if (!process.waitFor(LONG.toSeconds(), TimeUnit.SECONDS))
            throw new IllegalStateException("still running after " + LONG + ": " + lines);
        Awaitility.await()
                .until(() -> !lines.isEmpty() && lines.get(lines.size() - 1).equals("\0"));
        return lines.subList(0, lines.size() - 1);
    }

    /** The number in its line {@code listening PORT}. */
    public int port() {
        awaitLine("listening ");
        String line = lines.stream()
                .filter(l -> l.startsWith("listening "))
                .findFirst()
                .orElseThrow();
        return Integer.parseInt(line.substring("listening ".length()));
    }

    /** Waits for a line that begins so. */
    public void awaitLine(String beginning) {
        Awaitility.await(beginning)
                .atMost(LONG)
                .until(() -> lines.stream().anyMatch(line -> line.startsWith(beginning)));
    }

    public List<String> lines() {
        return List.copyOf(lines);
    }

    private void read() {
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) lines.add(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            lines.add("\0"); // The end.
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
