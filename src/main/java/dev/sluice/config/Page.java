package dev.sluice.config;

import java.nio.file.Path;

/**
 * A page that answers of this proxy can have in the place of a line. Immutable.
 *
 * @param file that it was read from
 * @param type its media type, by the end of the file's name
 * @param text UTF-8
 */
public record Page(Path file, String type, String text) {
    @Override
    public String toString() {
        return file.toString();
    }
}
