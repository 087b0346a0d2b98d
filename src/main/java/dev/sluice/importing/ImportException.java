package dev.sluice.importing;

/** A file that cannot be read, or is not what it was taken for. The message names place, value and what was expected. */
public final class ImportException extends Exception {
    private static final long serialVersionUID = 1;

    /** @param line counted from 1, or 0 when the file as a whole is meant */
    ImportException(String file, int line, String what, String expected) {
        super((line == 0 ? file : file + ":" + line) + ": " + Leftovers.shown(what) + " (expected: " + expected + ")");
    }
}
