package dev.sluice.importing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/** Reads the file that is imported, and those that it includes, within bounds. For one import, one thread. */
final class SourceFiles {
    /** In bytes, of one file. */
    static final int LARGEST = 1 << 20;

    /** In bytes, of all. */
    private static final int LARGEST_IN_ALL = 8 << 20;

    private static final int MOST_FILES = 500;

    /** How deep files may include others. */
    static final int DEEPEST = 8;

    private int files;
    private int bytes;

    /** Of UTF-8, without the mark that some editors put before it. */
    String text(Path file) throws ImportException {
        if (++files > MOST_FILES)
            throw new ImportException(file.toString(), 0, "one file too many", "at most " + MOST_FILES + " files");
        byte[] content = bytes(file);
        bytes += content.length;
        if (content.length > LARGEST || bytes > LARGEST_IN_ALL)
            throw new ImportException(
                    file.toString(), 0, "too large", "at most 1 MiB, and " + (LARGEST_IN_ALL >> 20) + " MiB in all");
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new ImportException(file.toString(), 0, "bytes that are not UTF-8", "UTF-8");
        }
    }

    private static byte[] bytes(Path file) throws ImportException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(LARGEST + 1);
        } catch (NoSuchFileException e) {
            throw new ImportException(file.toString(), 0, "not found", "a file");
        } catch (IOException e) {
            throw new ImportException(file.toString(), 0, "cannot be read: " + e.getMessage(), "a readable file");
        }
    }

    /**
     * The files that a name stands for, in the order of their names. {@code *}, {@code ?} and {@code [abc]} may be in the
     * last part of it.
     *
     * @return empty when there are none
     */
    static List<Path> matching(Path directory, String name) {
        List<Path> found = new ArrayList<>();
        try {
            int slash = name.lastIndexOf('/');
            Path in = slash < 0 ? directory : directory.resolve(name.substring(0, slash + 1));
            String last = name.substring(slash + 1);
            if (!hasWildcard(last)) {
                Path file = in.resolve(last);
                return Files.isRegularFile(file) ? List.of(file) : List.of();
            }
            try (DirectoryStream<Path> files = Files.newDirectoryStream(in, last)) {
                for (Path file : files) {
                    boolean hidden = file.getFileName().toString().startsWith(".");
                    if (!hidden && Files.isRegularFile(file) && found.size() <= MOST_FILES) found.add(file);
                }
            }
        } catch (IOException | InvalidPathException | PatternSyntaxException e) {
            // Nothing can be there, or nobody may look: whoever asked says that there is no such file.
            return List.of();
        }
        Collections.sort(found);
        return found;
    }

    static boolean hasWildcard(String name) {
        return name.indexOf('*') >= 0 || name.indexOf('?') >= 0 || name.indexOf('[') >= 0;
    }
}
