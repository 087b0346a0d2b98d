package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.Peers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The runnable jar under a supervisor that speaks as systemd does: sockets handed over, and messages about how it goes. */
@Timeout(300)
@SuppressWarnings("NullAway.Init")
@Once
class SystemdIT {
    /** Receives what is said to NOTIFY_SOCKET, a line for each assignment. */
    static final String RECEIVER = """
            import socket, sys
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            s.bind(sys.argv[1])
            print("bound", flush=True)
            while True:
                print(s.recv(65536).decode(), flush=True)
            """;

    /** Opens sockets, and runs a command with them as often as asked for, one after the other, each when told to. */
    private static final String SUPERVISOR = """
            import os, socket, sys
            names, ports, times, command = sys.argv[1], sys.argv[2].split(","), int(sys.argv[3]), sys.argv[4:]
            sockets = []
            for port in ports:
                s = socket.socket(socket.AF_INET6)
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(("::", int(port)))
                s.listen(100)
                sockets.append(s)
            fds = [os.dup2(s.fileno(), 20 + i) for i, s in enumerate(sockets)]
            for n in range(times):
                pid = os.fork()
                if pid == 0:
                    for i, fd in enumerate(fds):
                        os.dup2(fd, 3 + i, inheritable=True)
                    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(fds)), LISTEN_FDNAMES=names)
                    os.execvp(command[0], command)
                print("started", pid, flush=True)
                print("exited", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
                if n + 1 < times:
                    sys.stdin.readline()
            """;

    @TempDir
    private Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();
    private HttpServer backend;
    private int port;

    @BeforeEach
    void startBackend() throws IOException {
        assumeThat(System.getProperty("os.name")).isEqualTo("Linux");
        backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        backend.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write("ok".getBytes(StandardCharsets.UTF_8));
            exchange.close();
        });
        backend.start();
        port = FreePort.next();
    }

    @AfterEach
    void endEverything() throws Exception {
        for (AutoCloseable each : open) each.close();
        backend.stop(0);
    }

    @Test
    void whatConnectsBetweenTwoProcessesOnAnInheritedSocketIsServedByTheSecond() throws Exception {
        int notWanted = FreePort.next();
        int bound = FreePort.next();
        configure("10s", "  other: { address: \":%d\" }\n".formatted(bound));
        Process supervisor = supervise("http:nobody", port + "," + notWanted, 2);
        awaitLog("out", "route default to ");
        assertThat(log("out"))
                .contains("listener http: inherited, [0:0:0:0:0:0:0:0]:" + port)
                .contains("inherited socket nobody ([0:0:0:0:0:0:0:0]:" + notWanted + "): no listener wants it")
                .contains("listeners [other]: no socket was inherited, so they are bound here");
        assertThat(fetch(port)).contains(" 200 ").endsWith("ok");
        assertThat(fetch(bound)).contains(" 200 ").endsWith("ok");

        terminate(started(1));
        awaitLog("supervisor", "exited 0");
        try (Socket waits = connect(port)) {
            supervisor.getOutputStream().write('\n');
            supervisor.getOutputStream().flush();

            assertThat(new String(waits.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .contains(" 200 ")
                    .endsWith("ok");
        }
        terminate(started(2));
        assertThat(supervisor.waitFor()).isZero();
    }

    @Test
    void socketWithoutANameGoesToTheListenerOfItsAddress() throws Exception {
        configure("10s", "");
        supervise("", "" + port, 1);
        awaitLog("out", "route default to ");

        assertThat(log("out")).contains("listener http: inherited, ").doesNotContain("no socket was inherited");
        assertThat(fetch(port)).contains(" 200 ");
        terminate(started(1));
        awaitLog("supervisor", "exited 0");
    }

    @Test
    void supervisorIsToldOfTheStartAndOfTheStop() throws Exception {
        Peers.require("systemd-notify");
        configure("7s", "");
        try (JarProcess sluice =
                JarProcess.start(directory, "sluice", Map.of("NOTIFY_SOCKET", receive()), JarProcess.command("run"))) {
            awaitLog("receiver", "READY=1\nSTATUS=serving on http\n");
            // A request that is not whole keeps the drain waiting, so that there is somebody to be told about.
            try (Socket half = new Socket(InetAddress.getLoopbackAddress(), port)) {
                half.getOutputStream().write("GET / HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII));
                sluice.terminate();
                awaitLog("receiver", "STOPPING=1\nEXTEND_TIMEOUT_USEC=8000000\nSTATUS=draining\n");
            }
            sluice.exit();
            assertThat(sluice.log()).doesNotContain("the supervisor was not told");
        }
    }

    @Test
    void successorIsTheMainProcessBeforeTheOtherOneIsEnded() throws Exception {
        Peers.require("systemd-notify");
        configure("7s", "");
        Map<String, String> supervisor = Map.of("NOTIFY_SOCKET", receive());
        try (JarProcess old = JarProcess.start(directory, "old", supervisor, JarProcess.command("run"))
                        .serving();
                JarProcess next =
                        JarProcess.start(directory, "next", supervisor, JarProcess.command("run", "--takeover"))) {
            assertThat(old.exit()).isZero();
            next.awaitLog("process " + old.pid() + " has ended, after ");
            // The end of the old one is not that of the service: systemd would stop the whole of it.
            assertThat(log("receiver"))
                    .contains("READY=1\n", "MAINPID=" + next.pid() + "\n")
                    .doesNotContain("STOPPING=1");
        }
    }

    @Test
    void supervisorThatCannotBeToldIsNamedOnce() throws Exception {
        configure("7s", "");
        Map<String, String> environment = Map.of("NOTIFY_SOCKET", "/nowhere/at/all");
        try (JarProcess sluice = JarProcess.start(directory, "sluice", environment, JarProcess.command("run"))) {
            sluice.awaitLog("the supervisor was not told READY=1: systemd-notify: ");
            assertThat(fetch(port)).contains(" 200 ");
            sluice.terminate();
            assertThat(sluice.exit()).isZero();
        }
    }

    @Test
    void limitOfTheSupervisorThatIsTooShortIsWarnedOf() throws Exception {
        configure("10s", "");
        Map<String, String> environment = Map.of(StopLimit.VARIABLE, "10");
        try (JarProcess sluice = JarProcess.start(directory, "sluice", environment, JarProcess.command("run"))) {
            sluice.awaitLog(
                    "SLUICE_STOP_TIMEOUT: 10000 ms, after which this process is killed, and a stop may take 11000"
                            + " ms (expected: no less");
        }
        try (JarProcess sluice =
                JarProcess.start(directory, "sluice", Map.of(StopLimit.VARIABLE, "soon"), JarProcess.command("run"))) {
            assertThat(sluice.exit()).isEqualTo(2);
            assertThat(sluice.log()).contains("SLUICE_STOP_TIMEOUT: soon (expected: a duration such as 30s");
        }
    }

    private void configure(String deadline, String listener) throws IOException {
        Files.writeString(directory.resolve("sluice.yaml"), """
                listeners:
                  http: { address: ":%d" }
                %sdrain: { deadline: %s }
                routes:
                  - to: http://127.0.0.1:%d
                """.formatted(
                        port, listener, deadline, backend.getAddress().getPort()));
    }

    private Process supervise(String names, String ports, int times) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(Peers.require("python3").toString(), "-c", SUPERVISOR, names, ports, Integer.toString(times)));
        command.addAll(List.of("sh", "-c", "exec \"$@\" >>out.log 2>&1", "sh"));
        command.addAll(JarProcess.command("run"));
        Files.createFile(directory.resolve("out.log"));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectOutput(directory.resolve("supervisor.log").toFile())
                .redirectError(directory.resolve("supervisor.err").toFile())
                .start();
        open.add(process::destroyForcibly);
        open.add(() -> log("supervisor")
                .lines()
                .filter(line -> line.startsWith("started "))
                .map(line -> Long.valueOf(line.substring(8)))
                .forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly)));
        return process;
    }

    /** @return what NOTIFY_SOCKET is to be */
    private String receive() throws IOException {
        String address = directory.resolve("notify").toString();
        JarProcess receiver = JarProcess.start(
                directory,
                "receiver",
                Map.of(),
                List.of(Peers.require("python3").toString(), "-c", RECEIVER, address));
        open.add(receiver);
        receiver.awaitLog("bound");
        return address;
    }

    private long started(int which) throws IOException {
        awaitLogUnchecked(which);
        return log("supervisor")
                .lines()
                .filter(line -> line.startsWith("started "))
                .skip(which - 1)
                .map(line -> Long.valueOf(line.substring(8)))
                .findFirst()
                .orElseThrow();
    }

    private void awaitLogUnchecked(int which) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> log("supervisor")
                                .lines()
                                .filter(l -> l.startsWith("started "))
                                .count()
                        >= which);
    }

    private static void terminate(long pid) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
    }

    private void awaitLog(String name, String text) {
        await().atMost(Duration.ofSeconds(90))
                .untilAsserted(() -> assertThat(log(name)).contains(text));
    }

    private String log(String name) throws IOException {
        return Files.readString(directory.resolve(name + ".log"));
    }

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(60_000);
        socket.getOutputStream()
                .write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static String fetch(int port) throws IOException {
        try (Socket socket = connect(port)) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }
}
