package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The runnable jar as a process, with what it says in a file of its own. */
final class JarProcess implements AutoCloseable {
    private final Process process;
    private final Path log;

    private JarProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** The command line that runs it. */
    static List<String> command(String... arguments) {
        Path jar =
                Path.of(System.getProperty("sluice.jar", "target/sluice.jar")).toAbsolutePath();
        assertThat(jar).as("the jar that `mvn package` makes, or -Dsluice.jar").exists();
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar", jar.toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    static JarProcess start(Path directory, String name, Map<String, String> environment, List<String> command)
            throws IOException {
        Path log = directory.resolve(name + ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        return new JarProcess(builder.start(), log);
    }

    static JarProcess run(Path directory, String name, String... arguments) throws IOException {
        return start(directory, name, Map.of(), command(arguments));
    }

    JarProcess awaitLog(String text) {
        await().atMost(Duration.ofSeconds(90)).until(() -> {
            if (!log().contains(text) && !process.isAlive()) throw new IllegalStateException("ended: " + log());
            return log().contains(text);
        });
        return this;
    }

    JarProcess serving() {
        return awaitLog("route default to ");
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Sends SIGTERM. */
    void terminate() {
        process.toHandle().destroy();
    }

    int exit() throws InterruptedException {
        assertThat(process.waitFor(90, TimeUnit.SECONDS)).as("ended: %s", log()).isTrue();
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
