package dev.sluice.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is wrong in one file, so that all of it is told at once. For one thread. */
final class Problems {
    private final String file;
    private final List<ConfigError> errors = new ArrayList<>();

    Problems(String file) {
        this.file = file;
    }

    /** How much is wrong so far. */
    int count() {
        return errors.size();
    }

    void add(Place at, String path, String message) {
        errors.add(new ConfigError(file, at.line(), at.column(), path, message));
    }

    /** What is wrong in another file that this one names. */
    void addAll(List<ConfigError> others) {
        errors.addAll(others);
    }

    /** A value of the wrong kind, in the same words everywhere. Says nothing about a node that was refused before. */
    void unexpected(Node node, String path, String what, String expected) {
        if (node instanceof Node.Refused) return;
        boolean missing = node instanceof Node.Scalar s && s.isNull();
        String found = missing ? "has no value" : node.describe() + " is not " + what;
        add(node.at(), path, found + " (expected " + expected + ")");
    }

    /** The place as one can click on it: {@code sluice.yaml:3:1}. */
    String where(Place at) {
        return file + ":" + at.line() + ":" + at.column();
    }

    void throwIfAny() throws ConfigException {
        if (errors.isEmpty()) return;
        // The sort is stable: two errors in one place stay in the order they were found.
        errors.sort(Comparator.comparing((ConfigError e) -> !e.file().equals(file))
                .thenComparing(ConfigError::file)
                .thenComparingInt(ConfigError::line)
                .thenComparingInt(ConfigError::column));
        throw new ConfigException(errors);
    }
}
