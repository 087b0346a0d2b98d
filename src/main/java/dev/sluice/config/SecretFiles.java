package dev.sluice.config;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Settings that name a file, as those of certificates and keys do, and their passwords. */
final class SecretFiles {
    /** Nothing beside it: half a password in the file is half of it given away. */
    static final String REFERENCE = "\"${NAME}\" from the environment or \"${file:path}\"";

    private final Problems problems;
    private final LookedAt lookedAt;

    SecretFiles(Problems problems, LookedAt lookedAt) {
        this.problems = problems;
        this.lookedAt = lookedAt;
    }

    /** Null when the key is not there, or names nothing that could be a file. */
    @Nullable
    Path file(Section section, String key) {
        Node node = section.value(key);
        return node == null ? null : file(node, section.path(key));
    }

    /** As {@link #file(Section, String)}, of a list of backends. */
    @Nullable
    Path list(Section section, String key) {
        Node node = section.value(key);
        return node == null ? null : file(node, section.path(key), lookedAt::list);
    }

    /** Null when it names nothing that could be a file. */
    @Nullable
    Path file(Node node, String path) {
        return file(node, path, lookedAt::file);
    }

    private @Nullable Path file(Node node, String path, Consumer<Path> look) {
        String text = Section.text(node, path, problems, "a file name", "a file, relative to this one");
        Path file = text == null ? null : resolved(path, node, text);
        if (text == null || file == null) return null;
        look.accept(file);
        String flaw = null;
        if (!Files.exists(file)) flaw = "not found";
        else if (!Files.isRegularFile(file)) flaw = "is not a file";
        else if (!Files.isReadable(file)) flaw = "cannot be read by this user";
        if (flaw != null) {
            String expected = " (expected a readable file at " + file + ")";
            problems.add(node.at(), path, Text.quote(text) + " " + flaw + expected);
        }
        return file;
    }

    /** A file, or a directory to put files into, that is going to be written; null when the key is not there. */
    @Nullable
    Path output(Section section, String key) {
        Node node = section.value(key);
        String text = section.text(key, "a file name", "a file or a directory, relative to this file");
        Path place = node == null || text == null ? null : resolved(section.path(key), node, text);
        if (node == null || text == null || place == null) return null;
        Path directory =
                Files.isDirectory(place) ? place : place.toAbsolutePath().getParent();
        if (directory == null || !Files.isDirectory(directory) || !Files.isWritable(directory)) {
            String expected = " (expected a directory in which this user may write at " + directory + ")";
            problems.add(node.at(), section.path(key), Text.quote(text) + " cannot be written" + expected);
        }
        return place.normalize();
    }

    private @Nullable Path resolved(String path, Node node, String text) {
        try {
            return node.at().source().directory().resolve(text);
        } catch (InvalidPathException e) {
            problems.add(node.at(), path, Text.quote(text) + " is not a file name: " + e.getReason());
            return null;
        }
    }

    /** Whether it can be read: if not, that has been reported. */
    boolean isThere(Path file) {
        return Files.isRegularFile(file) && Files.isReadable(file);
    }

    /** What a placeholder stands for; null when the key is not there. Never repeats what stands there: it may be the password. */
    @Nullable
    String password(Section section, String key) {
        return secret(section, key, "password");
    }

    /** The same of what is called by another word. */
    @Nullable
    String secret(Section section, String key, String what) {
        Node node = section.value(key);
        if (node == null || node instanceof Node.Refused) return null;
        if (Section.isNull(node)) {
            problems.unexpected(node, section.path(key), "a reference", REFERENCE);
            return null;
        }
        if (node instanceof Node.Scalar s && s.from() != null && s.from().wholly()) return s.text();
        String why = "a " + what + " does not belong into this file, which is copied, mailed and kept in repositories";
        problems.add(node.at(), section.path(key), why + " (expected " + REFERENCE + ")");
        return null;
    }
}
