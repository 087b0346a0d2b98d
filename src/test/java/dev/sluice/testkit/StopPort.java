package dev.sluice.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Jetty's port for stopping a server, asked by hand and by Jetty's own {@code start.jar --stop}. */
public final class StopPort {
    private final int port;
    private final String key;

    public StopPort(int port, String key) {
        this.port = port;
        this.key = key;
    }

    /** One that is free. */
    public static StopPort free(String key) throws IOException {
        return new StopPort(JarProxy.freePorts()[0], key);
    }

    /** For the command line of the JVM that is to be stopped. */
    public List<String> systemProperties() {
        return List.of("-DSTOP.PORT=" + port, "-DSTOP.KEY=" + key);
    }

    /** For its {@code start.jar}. */
    public String[] arguments() {
        return new String[] {"STOP.PORT=" + port, "STOP.KEY=" + key};
    }

    /** Of Jetty's module shutdown. */
    public String[] moduleArguments() {
        return new String[] {"--module=shutdown", "jetty.shutdown.port=" + port, "jetty.shutdown.key=" + key};
    }

    /** Asks, and does not wait for the answer. */
    public void ask() throws IOException {
        try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port)) {
            socket.getOutputStream().write((key + "\r\nstop\r\n").getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** As people do it; returns when that program, which waits for the server's end, has ended. */
    public Process askByStartJar(Path home, Path log) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        home.resolve("start.jar").toString(),
                        "--stop",
                        "STOP.PORT=" + port,
                        "STOP.KEY=" + key,
                        "STOP.WAIT=" + TimeUnit.MINUTES.toSeconds(1))
                .directory(
                        Files.createDirectories(log.resolveSibling("stopper")).toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }
}
