package dev.sluice.listener;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
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
        Set<Long> processes = holders(null, port).processes();
        return processes.stream().findFirst().map(this::describe);
    }

    /**
     * Those who would be in the way of a socket.
     *
     * @param host its address; null for all, and then every socket on the port is in the way
     */
    Holders holders(@Nullable InetAddress host, int port) {
        try {
            Set<String> sockets = listening(host, port);
            if (sockets.isEmpty()) return Holders.NONE;
            Set<Long> processes = new TreeSet<>();
            Set<String> owned = new HashSet<>();
            try (DirectoryStream<Path> all = Files.newDirectoryStream(proc, "[0-9]*")) {
                for (Path process : all)
                    if (holds(process, sockets, owned))
                        processes.add(Long.valueOf(process.getFileName().toString()));
            }
            sockets.removeAll(owned);
            // Of a process that has just ended, or closed it, there is nothing to find.
            if (!sockets.isEmpty()) sockets.retainAll(listening(host, port));
            return new Holders(processes, !sockets.isEmpty());
        } catch (IOException e) {
            log.debug("who holds port {} cannot be known", port, e);
            return Holders.NONE;
        }
    }

    /** How many sockets listen there. Asks for less than {@link #holders}. */
    int count(@Nullable InetAddress host, int port) {
        try {
            return listening(host, port).size();
        } catch (IOException e) {
            log.debug("who listens on port {} cannot be known", port, e);
            return 0;
        }
    }

    private Set<String> listening(@Nullable InetAddress host, int port) throws IOException {
        Set<String> sockets = new HashSet<>();
        for (String table : List.of("net/tcp", "net/tcp6")) sockets.addAll(listening(proc.resolve(table), host, port));
        return sockets;
    }

    /** Links as they stand in {@code /proc/PID/fd}: {@code socket:[inode]}. */
    private static Set<String> listening(Path table, @Nullable InetAddress host, int port) throws IOException {
        if (!Files.isReadable(table)) return Set.of();
        String suffix = String.format(":%04X", port);
        Set<String> sockets = new HashSet<>();
        try (BufferedReader lines = Files.newBufferedReader(table, StandardCharsets.US_ASCII)) {
            lines.readLine(); // The names of the columns.
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode ...
                String[] columns = line.trim().split("\\s+");
                // The kernel lists those that listen first, and then connections, which may be many.
                if (columns.length < 10 || !columns[3].equals(LISTEN)) break;
                String local = columns[1];
                if (local.endsWith(suffix) && meets(host, local.substring(0, local.length() - suffix.length())))
                    sockets.add("socket:[" + columns[9] + "]");
            }
        }
        return sockets;
    }

    private static boolean meets(@Nullable InetAddress host, String hex) throws UnknownHostException {
        if (host == null || host.isAnyLocalAddress()) return true;
        InetAddress other = address(hex);
        return other.isAnyLocalAddress() || other.equals(host);
    }

    /** Words of 32 bits, each in the order of bytes of the machine. */
    private static InetAddress address(String hex) throws UnknownHostException {
        ByteBuffer words = ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.nativeOrder());
        ByteBuffer address = ByteBuffer.allocate(words.capacity());
        while (words.hasRemaining()) address.putInt(words.getInt());
        return InetAddress.getByAddress(address.array());
    }

    /** @param owned takes those that it holds */
    private static boolean holds(Path process, Set<String> sockets, Set<String> owned) {
        boolean holds = false;
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                String target = target(descriptor);
                if (sockets.contains(target)) {
                    owned.add(target);
                    holds = true;
                }
            }
        } catch (IOException e) {
            // Another user's process, or one that has just ended.
            log.trace("{} cannot be read", process, e);
        }
        return holds;
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

    /** {@code nginx, pid 123}, or {@code this process}. */
    String describe(long pid) {
        if (pid == ProcessHandle.current().pid()) return "this process";
        try {
            return Files.readString(proc.resolve(Long.toString(pid)).resolve("comm"))
                            .trim() + ", pid " + pid;
        } catch (IOException e) {
            log.trace("process {} has ended", pid, e);
            return "pid " + pid;
        }
    }
}
