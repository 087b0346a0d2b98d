package dev.sluice.config;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/** What a reading has looked at, found or not. For one thread. */
final class LookedAt {
    private final Set<Path> files = new LinkedHashSet<>();
    private final Set<Path> directories = new LinkedHashSet<>();

    void file(Path file) {
        files.add(file.toAbsolutePath());
    }

    /** One in which a pattern has looked for names. */
    void directory(Path directory) {
        directories.add(directory.toAbsolutePath());
    }

    Set<Path> files() {
        return files;
    }

    Set<Path> directories() {
        return directories;
    }
}
