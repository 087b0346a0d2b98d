package dev.sluice.drain;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Where ledgers are kept: a file, which each drain replaces, or a directory, in which each drain makes one of its own. A
 * reader sees a whole document or none.
 */
final class LedgerFile {
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmssSSS'Z'").withZone(ZoneOffset.UTC);

    private final Path place;

    LedgerFile(Path place) {
        this.place = place;
    }

    /**
     * Writes it; blocks.
     *
     * @return the file
     * @throws IOException when it cannot be written, for example because there is no such directory
     */
    Path write(Ledger ledger) throws IOException {
        Path file = Files.isDirectory(place) ? place.resolve(name(ledger)) : place;
        Path directory = file.toAbsolutePath().getParent();
        // Beside it, because only there a move is one step.
        Path whole = Files.createTempFile(directory, ".sluice-ledger", ".json");
        try {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(whole))) {
                new LedgerJson(ledger).write(out);
            }
            Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(whole);
        }
        return file;
    }

    private static String name(Ledger ledger) {
        return "ledger-" + STAMP.format(ledger.began()) + "-"
                + ProcessHandle.current().pid() + ".json";
    }
}
