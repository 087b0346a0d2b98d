package dev.sluice.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Files that hold one value each, as container platforms hand in secrets. Each is read once. */
final class ValueFiles {
    /** In bytes. */
    private static final int LARGEST = 64 << 10;
    /** Names beside a file that is not there, of which the nearest is suggested. */
    private static final int MOST_NAMES = 1000;

    private final LookedAt lookedAt;
    private final Map<Path, String> read = new HashMap<>();

    ValueFiles(LookedAt lookedAt) {
        this.lookedAt = lookedAt;
    }

    /**
     * What is in it, without the end of the last line.
     *
     * @param named as the user wrote it
     * @throws IllegalArgumentException with the message to report, in which nothing of the value is
     */
    String text(Path file, String named) {
        lookedAt.file(file);
        String known = read.get(file);
        if (known != null) return known;
        // Other than a regular file could block for ever.
        if (!Files.exists(file)) throw wrong(named, "not found", file, near(file, named));
        if (!Files.isRegularFile(file)) throw wrong(named, "is not a file", file, "");
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(LARGEST + 1);
        } catch (IOException e) {
            throw new IllegalArgumentException(Text.quote(named) + " cannot be read" + expected(file, ""), e);
        }
        if (bytes.length > LARGEST)
            throw new IllegalArgumentException(Text.quote(named) + " is too large (expected at most 64 KiB)");
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(
                    Text.quote(named) + " holds a byte that is not UTF-8 (expected UTF-8)", e);
        }
        String value = text.endsWith("\n") ? text.substring(0, text.length() - (text.endsWith("\r\n") ? 2 : 1)) : text;
        read.put(file, value);
        return value;
    }

    private static IllegalArgumentException wrong(String named, String flaw, Path file, String hint) {
        return new IllegalArgumentException(Text.quote(named) + " " + flaw + expected(file, hint));
    }

    private static String expected(Path file, String hint) {
        return " (expected a readable file at " + file + hint + ")";
    }

    /** A suggestion, empty when there is none. */
    static String near(Path missing, String named) {
        Path directory = missing.toAbsolutePath().getParent();
        Path name = missing.getFileName();
        if (directory == null || name == null) return "";
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> beside = Files.newDirectoryStream(directory)) {
            for (Path one : beside) {
                if (names.size() == MOST_NAMES) break;
                names.add(String.valueOf(one.getFileName()));
            }
        } catch (IOException e) {
            // Not to be read, or not there: then there is nothing to suggest.
            return "";
        }
        names.sort(null);
        String meant = Text.nearest(name.toString(), names);
        if (meant == null) return "";
        int slash = named.lastIndexOf('/');
        return "; did you mean " + Text.quote(named.substring(0, slash + 1) + meant) + "?";
    }
}
