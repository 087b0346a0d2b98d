package dev.sluice.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A Jetty in a JVM of its own, started from a base as a user of Jetty would start it. The system properties {@code
 * sluice.jettyHome}, {@code sluice.jettyBase} and {@code sluice.war} say where {@code mvn verify} put what it needs.
 */
public final class JettyProcess implements RunningProxy {
    private static final Duration START = Duration.ofSeconds(60);

    private final Process process;
    private final Path log;
    private final int httpPort;
    private final int tlsPort;

    private JettyProcess(Process process, Path log, int httpPort, int tlsPort) {
        this.process = process;
        this.log = log;
        this.httpPort = httpPort;
        this.tlsPort = tlsPort;
    }

    /** A copy of the project's base, with the WAR that was built, for a test to change. */
    public static Path copyBase(Path directory) throws IOException {
        Path source = required("sluice.jettyBase", "jetty-base");
        Path base = directory.resolve("jetty-base");
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path copy = base.resolve(source.relativize(file).toString());
                if (Files.isDirectory(file)) Files.createDirectories(copy);
                else Files.copy(file, copy);
            }
        }
        return base;
    }

    /** The WAR that was built. */
    public static Path war() {
        return required("sluice.war", "target/sluice.war");
    }

    /**
     * Runs {@code start.jar} to the end, for options such as {@code --add-modules}.
     *
     * @return what it said
     */
    public static String configure(Path base, String... arguments) throws IOException, InterruptedException {
        Path log = base.resolve("configure.log");
        Process process = launch(base, log, List.of(arguments));
        if (!process.waitFor(START.toSeconds(), TimeUnit.SECONDS)) process.destroyForcibly();
        return Files.readString(log);
    }

    /**
     * Starts it on free ports of 127.0.0.1 and waits until it says that it has started.
     *
     * @param arguments of {@code start.jar}: properties, XML files
     */
    public static JettyProcess start(Path base, String... arguments) throws IOException {
        int[] ports = JarProxy.freePorts();
        List<String> all = new ArrayList<>(List.of(
                "jetty.http.host=127.0.0.1",
                "jetty.http.port=" + ports[0],
                "jetty.ssl.host=127.0.0.1",
                "jetty.ssl.port=" + ports[1]));
        all.addAll(List.of(arguments));
        Path log = base.resolve("jetty.log");
        JettyProcess jetty = new JettyProcess(launch(base, log, all), log, ports[0], ports[1]);
        try {
            Awaitility.await("a Jetty on ports " + ports[0] + " and " + ports[1])
                    .atMost(START)
                    .until(jetty::started);
        } catch (RuntimeException e) {
            String said = jetty.log();
            jetty.close();
            throw new IllegalStateException("Jetty did not start: " + said, e);
        }
        return jetty;
    }

    private static Process launch(Path base, Path log, List<String> arguments) throws IOException {
        Path home = home();
        Path temporary = Files.createDirectories(base.resolve("work"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1", // It lives for seconds: most of its time goes into the start.
                "-Djava.io.tmpdir=" + temporary,
                "-jar",
                home.resolve("start.jar").toString()));
        command.addAll(arguments);
        return new ProcessBuilder(command)
                .directory(base.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    /** The Jetty that bases are started with. */
    public static Path home() {
        return required("sluice.jettyHome", "target/jetty-home/jetty-home-12.1.12");
    }

    private static Path required(String property, String usual) {
        Path path = Path.of(System.getProperty(property, usual)).toAbsolutePath();
        if (!Files.exists(path)) throw new IllegalStateException(path + ": missing (expected: mvn verify runs this)");
        return path;
    }

    private boolean started() {
        if (!process.isAlive()) throw new IllegalStateException("exit status " + process.exitValue());
        return log().contains(":INFO :oejs.Server:main: Started ");
    }

    /** What it has written to its standard output and error so far. */
    public String log() {
        try {
            return Files.readString(log, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends SIGTERM and returns at once. */
    public void terminate() {
        process.destroy();
    }

    /** Waits for its end, and says its exit status. */
    public int awaitExit() throws InterruptedException {
        if (!process.waitFor(30, TimeUnit.SECONDS))
            throw new IllegalStateException("still running 30 s after the signal: " + log());
        return process.exitValue();
    }

    public long pid() {
        return process.pid();
    }

    @Override
    public int httpPort() {
        return httpPort;
    }

    @Override
    public int tlsPort() {
        return tlsPort;
    }

    /** Asks it to end and, where it does not within 15 s, ends it. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(15, TimeUnit.SECONDS))
                process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
