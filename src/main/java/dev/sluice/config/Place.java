package dev.sluice.config;

/**
 * Where something stands.
 *
 * @param source in which file
 * @param line counted from 1
 * @param column in characters, counted from 1
 */
record Place(Source source, int line, int column) {
    /** As one can click on it: {@code sluice.yaml:3:1}. */
    @Override
    public String toString() {
        return source.name() + ":" + line + ":" + column;
    }
}
