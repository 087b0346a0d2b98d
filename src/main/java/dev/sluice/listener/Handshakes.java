package dev.sluice.listener;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connections to a port that the kernel has answered and the client has not confirmed yet, from Linux's {@code /proc}. */
final class Handshakes {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerConnector.class);
    private static final String SYN_RECV = "03";

    private final Path proc;

    Handshakes() {
        this(Path.of("/proc"));
    }

    Handshakes(Path proc) {
        this.proc = proc;
    }

    /**
     * Whether there is any, to whichever process it belongs. Reads the whole table of connections, which takes about a
     * microsecond for each.
     */
    boolean underWay(int port) {
        String suffix = String.format(":%04X", port);
        for (String table : List.of("net/tcp", "net/tcp6")) {
            Path file = proc.resolve(table);
            if (!Files.isReadable(file)) continue;
            try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.US_ASCII)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine())
                    if (isHandshake(line, suffix)) return true;
            } catch (IOException e) {
                LOG.debug("handshakes on port {} cannot be known", port, e);
            }
        }
        return false;
    }

    /** {@code   0: 0100007F:1F90 0100007F:D2A4 03 ...}, with addresses of 8 or 32 digits. */
    private static boolean isHandshake(String line, String suffix) {
        int address = line.indexOf(": ");
        if (address < 0) return false;
        int end = line.indexOf(' ', address + 2);
        if (end < 0 || !line.startsWith(suffix, end - suffix.length())) return false;
        int state = line.indexOf(' ', end + 1) + 1;
        return state > 0 && line.startsWith(SYN_RECV, state);
    }
}
