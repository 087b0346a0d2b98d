package dev.sluice.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Collects what is wrong in a file and those that it names, so that all of it is told at once. For one thread. */
final class Problems {
    private final Source main;
    private final Set<ConfigError> errors = new LinkedHashSet<>();
    private final Map<Place, Substitution> substituted = new LinkedHashMap<>();

    /** @param main whose errors come first */
    Problems(Source main) {
        this.main = main;
    }

    /** What stands there is not what messages may show. */
    void substituted(Place at, Substitution what) {
        substituted.put(at, what);
    }

    List<Substitution> substitutions() {
        return List.copyOf(substituted.values());
    }

    /** How much is wrong so far. */
    int count() {
        return errors.size();
    }

    void add(Place at, String path, String message) {
        Substitution substitution = substituted.get(at);
        String shown = substitution == null ? message : substitution.mask(message);
        // A set: what several settings have from one place is told once.
        errors.add(new ConfigError(at.source().name(), at.line(), at.column(), path, shown));
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

    void throwIfAny() throws ConfigException {
        if (errors.isEmpty()) return;
        Map<String, String> values = new LinkedHashMap<>();
        substituted.values().forEach(one -> values.putAll(one.values()));
        List<ConfigError> shown = new ArrayList<>(
                errors.stream().map(error -> masked(error, values)).toList());
        // The sort is stable: two errors in one place stay in the order they were found.
        shown.sort(Comparator.comparing((ConfigError e) -> !e.file().equals(main.name()))
                .thenComparing(ConfigError::file)
                .thenComparingInt(ConfigError::line)
                .thenComparingInt(ConfigError::column));
        throw new ConfigException(shown);
    }

    /** A value can be repeated where another one is told of: what it collides with, or where it went. */
    private static ConfigError masked(ConfigError error, Map<String, String> values) {
        String message = Substitution.maskElsewhere(error.message(), values);
        return new ConfigError(error.file(), error.line(), error.column(), error.path(), message);
    }
}
