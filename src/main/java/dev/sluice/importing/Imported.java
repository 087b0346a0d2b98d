package dev.sluice.importing;

import java.util.List;

/**
 * What came of an import.
 *
 * @param yaml a configuration, with what is in {@code left} as comments at its beginning
 * @param left what was not carried over, in the order of files and lines
 */
public record Imported(String yaml, List<Left> left) {
    public Imported {
        left = List.copyOf(left);
    }
}
