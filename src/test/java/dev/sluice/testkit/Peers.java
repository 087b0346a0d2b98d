package dev.sluice.testkit;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Programs of others that some tests talk to: real servers and clients, where those are installed. */
public final class Peers {
    /** Where a daemon may be although an ordinary user's PATH does not say so. */
    private static final List<String> SYSTEM_DIRECTORIES = List.of("/usr/local/sbin", "/usr/sbin", "/sbin");

    /** Debian packages that are not named like their program. */
    private static final Map<String, String> PACKAGES = Map.of(
            "nginx",
            "nginx-light",
            "h2load",
            "nghttp2-client",
            "node",
            "nodejs",
            "dnsmasq",
            "dnsmasq-base",
            "systemd-notify",
            "systemd");

    private Peers() {}

    /**
     * Finds a program, or ends the test that asks for it: as skipped, or as failed when the system property
     * {@code sluice.requirePeers} is true.
     *
     * @param program its name, without a path
     * @return the executable file
     */
    public static Path require(String program) {
        return Stream.concat(
                        Arrays.stream(System.getenv("PATH").split(File.pathSeparator)), SYSTEM_DIRECTORIES.stream())
                .filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseGet(() -> missing(program));
    }

    /** Ends the test as skipped where a program for Linux on x86-64, the only one there is of its kind, cannot run. */
    public static void requireLinuxOnX86(String program) {
        String machine = System.getProperty("os.name") + " on " + System.getProperty("os.arch");
        if (!machine.equals("Linux on amd64"))
            abort("no " + program + " for " + machine + " (expected: Linux on amd64)");
    }

    private static Path missing(String program) {
        String reason = "no " + program + " on the PATH (Debian package " + PACKAGES.getOrDefault(program, program)
                + "; bin/test installs it)";
        return Boolean.getBoolean("sluice.requirePeers") ? fail(reason) : abort(reason);
    }
}
