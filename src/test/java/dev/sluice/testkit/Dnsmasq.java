package dev.sluice.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * A real name server on a free port of 127.0.0.1, which knows what the test tells it and nothing else. Names that end in
 * {@code .test} and that it does not know do not exist; for all others it refuses to answer.
 */
public final class Dnsmasq implements AutoCloseable {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final Path hosts;
    private final int port;
    private Process process;
    private List<String> lines = List.of();

    private Dnsmasq(Path directory, int port) {
        this.hosts = directory.resolve("hosts-" + port);
        this.port = port;
    }

    /**
     * Starts one; ends the test as skipped, or failed, where there is no dnsmasq.
     *
     * @param directory for its file of hosts
     * @param options such as {@code --srv-host=_http._tcp.test,a.test,8000,0,1}
     */
    public static Dnsmasq start(Path directory, String... options) throws IOException {
        Dnsmasq dns = new Dnsmasq(directory, FreePort.next());
        Files.writeString(dns.hosts, "");
        dns.begin(options);
        return dns;
    }

    private void begin(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Peers.require("dnsmasq").toString(),
                "--no-daemon",
                "--conf-file=/dev/null",
                "--pid-file",
                "--no-resolv",
                "--no-hosts",
                "--bind-interfaces",
                "--listen-address=127.0.0.1",
                "--port=" + port,
                "--local=/test/",
                // Else it becomes a user who cannot read the test's directory.
                "--user=" + System.getProperty("user.name"),
                "--addn-hosts=" + hosts));
        command.addAll(List.of(options));
        Process started = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> said = new CopyOnWriteArrayList<>();
        Thread reader = new Thread(() -> read(started, said), "dnsmasq-" + started.pid());
        reader.setDaemon(true);
        reader.start();
        process = started;
        lines = said;
        awaitLines("started, version", 1);
        awaitLines("read " + hosts, 1);
    }

    private static void read(Process process, List<String> lines) {
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) lines.add(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitLines(String part, long times) {
        Awaitility.await(part)
                .atMost(LONG)
                .until(() -> lines.stream().filter(l -> l.contains(part)).count() >= times || !process.isAlive());
        if (!process.isAlive()) throw new IllegalStateException("dnsmasq has ended: " + lines);
    }

    public InetSocketAddress address() {
        return new InetSocketAddress("127.0.0.1", port);
    }

    /** Has other addresses from now on: lines as {@code /etc/hosts} has them. */
    public Dnsmasq hosts(String... entries) throws IOException {
        Path next = hosts.resolveSibling(hosts.getFileName() + ".next");
        Files.write(next, List.of(entries));
        Files.move(next, hosts, StandardCopyOption.ATOMIC_MOVE);
        long before = lines.stream().filter(l -> l.contains("read " + hosts)).count();
        signal("HUP");
        awaitLines("read " + hosts, before + 1);
        return this;
    }

    /** Does not answer any more until it goes on. */
    public void freeze() throws IOException {
        signal("STOP");
    }

    public void goOn() throws IOException {
        signal("CONT");
    }

    /** Ends: its port is closed. */
    public void stop() throws IOException {
        process.destroyForcibly();
        try {
            process.waitFor(LONG.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** On the same port again, with other options. */
    public void startAgain(String... options) throws IOException {
        stop();
        begin(options);
    }

    private void signal(String name) throws IOException {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .inheritIO()
                    .start()
                    .waitFor(LONG.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
