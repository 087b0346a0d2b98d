package dev.sluice.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts a configuration together from the main file and those that {@code include} names: lists follow one another,
 * mappings are joined key by key, and what stands in two files is an error that names both places. For one reading.
 */
final class Includes {
    static final String KEY = "include";

    private static final int DEEPEST = 8;
    private static final int MOST_FILES = 1000;
    /** In characters, of all included files. */
    private static final int MOST_TEXT = 16 << 20;
    /** What can be joined at all; in others nothing can stand twice. */
    private static final List<String> LISTS = List.of("routes", "trustedProxies");

    private final Problems problems;
    private final Placeholders placeholders;
    private final LookedAt lookedAt;
    private final Map<String, Node.Entry> joined = new LinkedHashMap<>();
    /** Where each file was named, by its real path; that of the main file is the beginning of it. */
    private final Map<Path, String> named = new HashMap<>();

    private final Deque<Path> open = new ArrayDeque<>();
    private int files;
    private int text;
    private boolean broken;

    Includes(Problems problems, Placeholders placeholders, LookedAt lookedAt) {
        this.problems = problems;
        this.placeholders = placeholders;
        this.lookedAt = lookedAt;
    }

    /**
     * @param root of the main file
     * @param file the main file; null when it is none
     * @throws ConfigException when a part cannot be understood at all: without it nothing can be said of the rest
     */
    Node join(Node.Mapping root, @Nullable Path file) throws ConfigException {
        Node whole = joinWhatThereIs(root, file);
        if (broken) problems.throwIfAny();
        return whole;
    }

    /** The same without the parts that cannot be understood at all, which have been reported. */
    Node.Mapping joinWhatThereIs(Node.Mapping root, @Nullable Path file) {
        Path real = file == null ? null : real(file);
        if (real != null) {
            named.put(real, "the main file");
            open.push(real);
        }
        add(root);
        return new Node.Mapping(root.at(), joined);
    }

    private void add(Node.Mapping part) {
        part.entries().forEach((key, entry) -> {
            if (!key.equals(KEY)) joined.merge(key, entry, (first, second) -> both(key, first, second));
        });
        Node.Entry include = part.entries().get(KEY);
        if (include == null) return;
        Node node = include.value();
        if (!(node instanceof Node.Sequence list)) include(node, KEY);
        else for (int i = 0; i < list.items().size(); i++) include(list.items().get(i), KEY + "[" + i + "]");
    }

    private void include(Node node, String path) {
        String expected = "a file or a pattern such as conf.d/*.yaml, or a list of them";
        String pattern = Section.text(node, path, problems, "a file name", expected);
        if (pattern == null) return;
        try {
            for (Path found :
                    new FilePattern(pattern, lookedAt).under(node.at().source().directory()))
                read(found, node.at(), path);
        } catch (IllegalArgumentException e) {
            problems.add(node.at(), path, String.valueOf(e.getMessage()));
        }
    }

    /** @param file relative to where it is named, or absolute */
    private void read(Path file, Place at, String path) {
        Source source = at.source().beside(file);
        Path place = at.source().directory().resolve(file);
        String shown = Text.quote(file.toString());
        // Looked at before it is read, but no more of them than may be.
        if (files < MOST_FILES && text <= MOST_TEXT) lookedAt.file(place);
        Path real = real(place);
        String first = real == null ? null : named.putIfAbsent(real, "at " + at);
        if (real == null) {
            String hint = ValueFiles.near(place, file.toString());
            problems.add(at, path, shown + " not found (expected a file at " + place + hint + ")");
        } else if (real.equals(open.peek())) {
            problems.add(at, path, shown + " is this file itself (expected others)");
        } else if (open.contains(real)) {
            problems.add(at, path, shown + " includes this file, and is included by it (expected no circle)");
        } else if (first != null) {
            problems.add(at, path, shown + " is included twice (first " + first + "; expected each file once)");
        } else if (!Files.isRegularFile(place)) {
            // Others could block for ever.
            problems.add(at, path, shown + " is not a file (expected one, or a pattern such as conf.d/*.yaml)");
        } else if (text > MOST_TEXT) {
            problems.add(at, path, "too much is included (expected at most 16 MiB in all)");
        } else if (++files > MOST_FILES) {
            problems.add(at, path, "too many files are included (expected at most " + MOST_FILES + ")");
        } else if (open.size() > DEEPEST) {
            problems.add(at, path, shown + " is included more than " + DEEPEST + " levels deep (expected one or two)");
        } else {
            open.push(real);
            read(place, source);
            open.pop();
        }
    }

    private void read(Path place, Source source) {
        String yaml;
        try {
            yaml = ConfigReader.text(place, source.name());
        } catch (ConfigException e) {
            broken = true;
            problems.addAll(e.errors());
            return;
        }
        text += yaml.length();
        try {
            Node root = YamlTree.read(ConfigReader.bare(yaml), source, problems);
            if (root != null) root = placeholders.resolve(root, "");
            if (root instanceof Node.Mapping mapping) add(mapping);
            else if (root != null && !Section.isNull(root))
                problems.unexpected(root, "", "a mapping", "keys as in the main file");
            else
                problems.add(
                        new Place(source, 1, 1), "", "nothing is set in this file (expected {} if nothing is meant)");
        } catch (ConfigException e) {
            // Its errors are among the problems already.
            broken = true;
        }
    }

    private Node.Entry both(String key, Node.Entry first, Node.Entry second) {
        if (Section.isNull(first.value())) return second;
        if (Section.isNull(second.value())) return first;
        if (first.value() instanceof Node.Sequence a
                && second.value() instanceof Node.Sequence b
                && LISTS.contains(key)) return new Node.Entry(first.keyAt(), both(a, b));
        if (first.value() instanceof Node.Mapping a && second.value() instanceof Node.Mapping b)
            return new Node.Entry(first.keyAt(), both(key, a, b));
        twice(key, first, second);
        return first;
    }

    private static Node both(Node.Sequence a, Node.Sequence b) {
        List<Node> items = new ArrayList<>(a.items());
        items.addAll(b.items());
        List<Integer> starts = new ArrayList<>(a.starts());
        b.starts().forEach(start -> starts.add(a.items().size() + start));
        return new Node.Sequence(a.at(), items, starts);
    }

    private Node both(String path, Node.Mapping a, Node.Mapping b) {
        Map<String, Node.Entry> entries = new LinkedHashMap<>(a.entries());
        b.entries().forEach((key, entry) -> {
            Node.Entry first = entries.putIfAbsent(key, entry);
            if (first != null) twice(Text.join(path, key), first, entry);
        });
        return new Node.Mapping(a.at(), entries);
    }

    private void twice(String path, Node.Entry first, Node.Entry second) {
        problems.add(
                second.keyAt(), path, "given twice (first at " + first.keyAt() + "; expected it in one of the files)");
    }

    /** Null when it is not there. */
    private static @Nullable Path real(Path file) {
        try {
            return file.toRealPath();
        } catch (IOException e) {
            return null;
        }
    }
}
