package dev.sluice.config;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where settings stand, and which of them came about by placeholders. Immutable. */
public final class Origins {
    private final @Nullable Node root;
    private final String name;
    private final List<Substitution> substitutions;
    private final boolean known;

    /** The longest first, so that no part of it is taken for another. */
    static final Comparator<Map.Entry<String, String>> LONGEST_FIRST = Comparator.comparing(
                    (Map.Entry<String, String> one) -> -one.getKey().length())
            .thenComparing(Map.Entry::getValue);

    private Origins(@Nullable Node root, String name, List<Substitution> substitutions, boolean known) {
        this.root = root;
        this.name = name;
        this.substitutions = List.copyOf(substitutions);
        this.known = known;
    }

    static Origins of(@Nullable Node root, Source main, List<Substitution> substitutions) {
        return new Origins(root, main.name(), substitutions, true);
    }

    static Origins none() {
        return new Origins(null, "built-in default", List.of(), true);
    }

    /** Of what somebody made, and may have put secrets into. */
    static Origins unknown() {
        return new Origins(null, "configuration", List.of(), false);
    }

    /** Whether it is known what came about by placeholders. */
    boolean areKnown() {
        return known;
    }

    /**
     * Something to say of a setting, at its place. Where it is not written out, that of what it would stand in.
     *
     * @param message what is said of it, with what was expected
     * @param steps keys, and the numbers of items in lists: {@code "routes", "0", "path"}
     */
    public ConfigError at(String message, String... steps) {
        Place at = null;
        Node node = root;
        String path = "";
        for (String step : steps) {
            Node.Entry entry = entry(node, step);
            path = node instanceof Node.Sequence list && entry != null
                    ? path + list.number(Integer.parseInt(step))
                    : Text.join(path, step);
            node = entry == null ? null : entry.value();
            if (entry != null) at = entry.keyAt();
        }
        return at == null
                ? new ConfigError(name, 0, 0, path, message)
                : new ConfigError(at.source().name(), at.line(), at.column(), path, message);
    }

    /** Whether that setting is written out. */
    public boolean says(String... steps) {
        Node node = root;
        for (String step : steps) {
            Node.Entry entry = entry(node, step);
            if (entry == null) return false;
            node = entry.value();
        }
        return true;
    }

    private static Node.@Nullable Entry entry(@Nullable Node node, String step) {
        if (node instanceof Node.Mapping mapping) return mapping.entries().get(step);
        if (!(node instanceof Node.Sequence list) || !step.matches("\\d{1,9}")) return null;
        int index = Integer.parseInt(step);
        if (index >= list.items().size()) return null;
        Node item = list.items().get(index);
        return new Node.Entry(item.at(), item);
    }

    /** What came from elsewhere, in the order in which it should be looked for: the longest first. */
    List<Map.Entry<String, String>> values() {
        return substitutions.stream()
                .flatMap(one -> one.values().entrySet().stream())
                .distinct()
                .sorted(LONGEST_FIRST)
                .toList();
    }
}
