package dev.sluice.listener;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connections to a port that the kernel has answered and the client has not confirmed yet, from Linux's {@code /proc}. */
final class Handshakes {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerConnector.class);
    private static final String SYN_RECV = "03";

    /** Answered so many times again, a handshake is none that a client is waiting for: a scanner's, most likely. */
    private static final int HOPELESS = 2;

    private final Path proc;

    Handshakes() {
        this(Path.of("/proc"));
    }

    Handshakes(Path proc) {
        this.proc = proc;
    }

    /**
     * Whose they are, to whichever process they belong. Reads the whole tables of connections, which takes the kernel some ten
     * milliseconds, and a microsecond more for each.
     *
     * @return addresses of clients as the table has them; nothing when it cannot be read
     */
    Optional<Set<String>> underWay(int port) {
        String suffix = String.format(":%04X", port);
        Set<String> clients = new HashSet<>();
        // Most listeners of Java's are in the first one, and with them the handshakes of IPv4 too. Of two that share a
        // port
        // one may be of a JVM that is confined to IPv4, and only it is in the other.
        for (String table : List.of("net/tcp6", "net/tcp")) {
            Path file = proc.resolve(table);
            if (!Files.isReadable(file)) continue;
            try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.US_ASCII)) {
                collect(lines, suffix, clients);
            } catch (IOException e) {
                LOG.debug("handshakes on port {} cannot be known", port, e);
                return Optional.empty();
            }
        }
        return Optional.of(clients);
    }

    private static void collect(BufferedReader lines, String suffix, Set<String> clients) throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            int address = line.indexOf(": ");
            int end = address < 0 ? -1 : line.indexOf(' ', address + 2);
            if (end < 0 || !line.startsWith(suffix, end - suffix.length())) continue;
            // sl: local_address rem_address st tx:rx tr:when retrnsmt ...
            String[] columns = line.substring(end + 1).trim().split("\\s+");
            if (columns.length < 5) continue;
            if (columns[1].equals(SYN_RECV) && Integer.parseInt(columns[4], 16) < HOPELESS) clients.add(columns[0]);
        }
    }
}
