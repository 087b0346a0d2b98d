package dev.sluice.listener;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out which process listens on a port, from Linux's {@code /proc}; elsewhere, or without the right, nothing. */
final class PortHolder {
    private static final Logger log = LoggerFactory.getLogger(PortHolder.class);
    private static final String LISTEN = "0A";

    private final Path proc;

    PortHolder() {
        this(Path.of("/proc"));
    }

    PortHolder(Path proc) {
        this.proc = proc;
    }

    /** For a message: {@code nginx, pid 123}, {@code this process}, or nothing when it cannot be known. */
    Optional<String> find(int port) {
        try {
            Set<String> sockets = new HashSet<>();
            for (String table : List.of("net/tcp", "net/tcp6")) sockets.addAll(listening(proc.resolve(table), port));
            return sockets.isEmpty() ? Optional.empty() : process(sockets);
        } catch (IOException e) {
            log.debug("who holds port {} cannot be known", port, e);
            return Optional.empty();
        }
    }

    /** Links as they stand in {@code /proc/PID/fd}: {@code socket:[inode]}. */
    private static Set<String> listening(Path table, int port) throws IOException {
        if (!Files.isReadable(table)) return Set.of();
        String suffix = String.format(":%04X", port);
        Set<String> sockets = new HashSet<>();
        for (String line : Files.readAllLines(table)) {
            // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode ...
            String[] columns = line.trim().split("\\s+");
            if (columns.length > 9 && columns[1].endsWith(suffix) && columns[3].equals(LISTEN))
                sockets.add("socket:[" + columns[9] + "]");
        }
        return sockets;
    }

    private Optional<String> process(Set<String> sockets) throws IOException {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
            for (Path process : processes) if (holds(process, sockets)) return Optional.of(describe(process));
        }
        return Optional.empty();
    }

    private static boolean holds(Path process, Set<String> sockets) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) if (sockets.contains(target(descriptor))) return true;
        } catch (IOException e) {
            // Another user's process, or one that has just ended.
            log.trace("{} cannot be read", process, e);
        }
        return false;
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            // Closed between the listing and now.
            log.trace("{} cannot be read", descriptor, e);
            return "";
        }
    }

    private static String describe(Path process) throws IOException {
        String pid = process.getFileName().toString();
        if (pid.equals(Long.toString(ProcessHandle.current().pid()))) return "this process";
        return Files.readString(process.resolve("comm")).trim() + ", pid " + pid;
    }
}
