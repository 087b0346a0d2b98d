package dev.sluice.config;

import java.nio.file.Path;

/**
 * A file that settings stand in.
 *
 * @param name as the user would call it
 * @param directory what paths in it are relative to
 */
record Source(String name, Path directory) {
    /** A file that this one names: the same name, as seen from where this one was named. */
    Source beside(Path named) {
        int slash = Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\'));
        String shown = named.isAbsolute() ? named.toString() : name.substring(0, slash + 1) + named;
        // Not normalized: behind a symbolic link, ".." is not what it looks like.
        return new Source(shown, directory.resolve(named).resolveSibling(""));
    }
}
