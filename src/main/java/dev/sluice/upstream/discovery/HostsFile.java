package dev.sluice.upstream.discovery;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Address;

/**
 * The names that the system has in a file, which come before those in DNS; and {@code localhost}, which is this machine
 * whether it stands there or not (RFC 6761 §6.3). The file is read at every look-up: it is small, and may change.
 */
final class HostsFile {
    private static final Logger LOG = LoggerFactory.getLogger("discovery");
    /** Lines; more are not read. */
    private static final int LONGEST = 100_000;

    private final Path file;

    HostsFile(Path file) {
        this.file = file;
    }

    static HostsFile ofSystem() {
        String windows = System.getenv("SystemRoot");
        boolean unix = windows == null || !System.getProperty("os.name", "").startsWith("Windows");
        return new HostsFile(unix ? Path.of("/etc/hosts") : Path.of(windows, "System32", "drivers", "etc", "hosts"));
    }

    /** All addresses of a name, both families; none when it is not in the file. */
    List<InetAddress> addresses(String name) {
        String asked = plain(name);
        Set<InetAddress> found = new LinkedHashSet<>();
        try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
            int lines = 0;
            for (String line = in.readLine(); line != null && lines < LONGEST; line = in.readLine(), lines++) {
                InetAddress address = address(line, asked);
                if (address != null) found.add(address);
            }
        } catch (IOException e) {
            LOG.debug("{}: {}", file, e.toString());
        }
        if (found.isEmpty() && (asked.equals("localhost") || asked.endsWith(".localhost"))) return loopback();
        return new ArrayList<>(found);
    }

    /** The address of a line that names the name, else null. */
    private static @Nullable InetAddress address(String line, String asked) {
        int comment = line.indexOf('#');
        String[] words =
                (comment < 0 ? line : line.substring(0, comment)).trim().split("\\s+");
        for (int i = 1; i < words.length; i++) {
            if (!plain(words[i]).equals(asked)) continue;
            byte[] bytes = Address.toByteArray(words[0], Address.IPv4);
            if (bytes == null) bytes = Address.toByteArray(words[0], Address.IPv6);
            return bytes == null ? null : of(bytes);
        }
        return null;
    }

    private static List<InetAddress> loopback() {
        byte[] six = new byte[16];
        six[15] = 1;
        return List.of(of(new byte[] {127, 0, 0, 1}), of(six));
    }

    private static InetAddress of(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of 4 or 16 bytes is one", e);
        }
    }

    private static String plain(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }
}
