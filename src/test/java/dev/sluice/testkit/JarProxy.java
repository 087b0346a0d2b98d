package dev.sluice.testkit;

import dev.sluice.config.RouteConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * The runnable jar in a JVM of its own, as a user runs it. The system property {@code sluice.jar} says where the jar
 * is; {@code target/sluice.jar} otherwise.
 */
public final class JarProxy implements RunningProxy {
    private static final Duration START = Duration.ofSeconds(30);

    private final Process process;
    private final Path log;
    private final int httpPort;
    private final int tlsPort;

    private JarProxy(Process process, Path log, int httpPort, int tlsPort) {
        this.process = process;
        this.log = log;
        this.httpPort = httpPort;
        this.tlsPort = tlsPort;
    }

    /**
     * Starts it and waits until both listeners accept.
     *
     * @param setup only its routes and its transport count
     * @param directory for the configuration and the log
     * @param jvmOptions such as {@code -Xmx64m}
     */
    public static JarProxy start(ProxySetup setup, Path directory, String... jvmOptions) throws IOException {
        return start(setup, directory, List.of(jvmOptions), List.of());
    }

    /** @param arguments of {@code run}, beside the configuration */
    public static JarProxy start(ProxySetup setup, Path directory, List<String> jvmOptions, List<String> arguments)
            throws IOException {
        Path jar =
                Path.of(System.getProperty("sluice.jar", "target/sluice.jar")).toAbsolutePath();
        if (!Files.exists(jar)) throw new IllegalStateException(jar + ": missing (expected: mvn package has run)");
        int[] ports = freePorts();
        Path config = Files.writeString(directory.resolve("sluice.yaml"), yaml(setup, ports));
        Path log = directory.resolve("sluice.log");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions);
        command.addAll(List.of("-jar", jar.toString(), "run", "--config", config.toString()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        JarProxy proxy = new JarProxy(process, log, ports[0], ports[1]);
        try {
            Awaitility.await("a proxy on ports " + ports[0] + " and " + ports[1])
                    .atMost(START)
                    .until(() -> proxy.accepts(ports[0]) && proxy.accepts(ports[1]));
        } catch (RuntimeException e) {
            String said = proxy.log();
            proxy.close();
            throw new IllegalStateException("proxy did not start: " + said, e);
        }
        return proxy;
    }

    static int[] freePorts() {
        return new int[] {FreePort.next(), FreePort.next()};
    }

    private static String yaml(ProxySetup setup, int[] ports) {
        StringBuilder text = new StringBuilder();
        text.append("listeners:\n");
        text.append("  http: { address: \"127.0.0.1:").append(ports[0]).append("\" }\n");
        text.append("  https: { address: \"127.0.0.1:").append(ports[1]).append("\", tls: {} }\n");
        // Hundreds of connections at once, on a machine that has other things to do: it is not the clock that is
        // tested.
        String transport = setup.upstream().transport().name().toLowerCase(Locale.ROOT);
        text.append("upstream: { connectTimeout: 60s, transport: ")
                .append(transport)
                .append(" }\n");
        text.append("routes:\n");
        for (ProxySetup.Route route : setup.routes()) {
            String to = "to: [ \"" + String.join("\", \"", route.to()) + "\" ]\n";
            if (route.proxyProtocol() != RouteConfig.ProxyProtocol.OFF) {
                String version = route.proxyProtocol().name().toLowerCase(Locale.ROOT);
                to += "    proxyProtocol: " + version + "\n";
            }
            if (route.path() == null) text.append("  - ").append(to);
            else text.append("  - path: ").append(route.path()).append("\n    ").append(to);
        }
        return text.toString();
    }

    private boolean accepts(int port) {
        if (!process.isAlive()) throw new IllegalStateException("exit status " + process.exitValue());
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 500);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** What it has written to its standard output and error so far. */
    public String log() {
        try {
            return Files.readString(log, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Process process() {
        return process;
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
