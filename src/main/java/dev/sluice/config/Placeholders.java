package dev.sluice.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Puts in what {@code ${NAME}}, {@code ${NAME:-default}} and {@code ${file:path}} stand for, in every text; two dollars
 * in front of the brace stand for one. What comes out can be a number or a switch like any other text. For one reading.
 */
final class Placeholders {
    private static final String EXPECTED = "${NAME}, ${NAME:-default} or ${file:path}; $${ for a literal ${";
    /** A placeholder, or the beginning of one; or what stands for that beginning itself. */
    private static final Pattern FORM = Pattern.compile("\\$\\$\\{|\\$\\{([^}]*)(}?)");

    private static final Pattern VARIABLE = Pattern.compile("([A-Za-z_][A-Za-z0-9_]*)(:-(.*))?", Pattern.DOTALL);
    private static final String FILE = "file:";
    /** In characters, of all that comes out of one configuration: a small file must not become a huge one. */
    private static final int MOST = 8 << 20;

    private final Problems problems;
    private final Map<String, String> environment;
    private final ValueFiles files;
    private final Predicate<String> wanted;
    private int total;

    Placeholders(Problems problems, Map<String, String> environment, LookedAt lookedAt) {
        this(problems, environment, lookedAt, key -> true);
    }

    /** @param wanted which keys of a file; what stands under others stays as it is written */
    Placeholders(Problems problems, Map<String, String> environment, LookedAt lookedAt, Predicate<String> wanted) {
        this.wanted = wanted;
        this.problems = problems;
        this.environment = environment;
        this.files = new ValueFiles(lookedAt);
    }

    /** The same tree with everything put in; what cannot be has been reported, and is {@link Node.Refused}. */
    Node resolve(Node node, String path) {
        if (node instanceof Node.Scalar scalar) return scalar(scalar, path);
        if (node instanceof Node.Sequence list) {
            List<Node> items = new ArrayList<>();
            for (Node item : list.items()) items.add(resolve(item, path + "[" + items.size() + "]"));
            return new Node.Sequence(list.at(), items, list.starts());
        }
        return node instanceof Node.Mapping mapping ? mapping(mapping, path) : node;
    }

    private Node mapping(Node.Mapping mapping, String path) {
        Map<String, Node.Entry> entries = new LinkedHashMap<>();
        mapping.entries().forEach((key, entry) -> {
            if (path.isEmpty() && !wanted.test(key)) {
                entries.put(key, entry);
                return;
            }
            String keyPath = Text.join(path, key);
            if (key.contains("${"))
                problems.add(entry.keyAt(), keyPath, "a key cannot be a placeholder (expected it written out)");
            entries.put(key, new Node.Entry(entry.keyAt(), resolve(entry.value(), keyPath)));
        });
        return new Node.Mapping(mapping.at(), entries);
    }

    private Node scalar(Node.Scalar scalar, String path) {
        if (!scalar.text().contains("${")) return scalar;
        Assembly assembly = new Assembly(scalar.at().source());
        try {
            assembly.add(scalar.text());
            total += assembly.text.length();
            if (total > MOST)
                throw new IllegalArgumentException(
                        "too much is put in for placeholders (expected at most 8 MiB in all)");
        } catch (IllegalArgumentException e) {
            problems.add(scalar.at(), path, String.valueOf(e.getMessage()));
            return new Node.Refused(scalar.at());
        }
        String text = assembly.text.toString();
        if (!assembly.replaced) return new Node.Scalar(scalar.at(), text, scalar.kind());
        Substitution substitution =
                new Substitution(scalar.text(), text, Map.copyOf(assembly.values), !assembly.literal);
        problems.substituted(scalar.at(), substitution);
        return new Node.Scalar(scalar.at(), text, kind(text), substitution);
    }

    private static Node.Kind kind(String text) {
        if (text.matches("-?\\d{1,40}(\\.\\d{1,40})?")) return Node.Kind.NUMBER;
        return text.equals("true") || text.equals("false") ? Node.Kind.BOOLEAN : Node.Kind.TEXT;
    }

    /** What becomes of one text. Failures are {@link IllegalArgumentException}s with the message to report. */
    private final class Assembly {
        private final Source source;
        private final StringBuilder text = new StringBuilder();
        private final Map<String, String> values = new LinkedHashMap<>();
        private boolean replaced;
        /** Whether part of it stands in the file itself. */
        private boolean literal;

        Assembly(Source source) {
            this.source = source;
        }

        void add(String written) {
            Matcher form = FORM.matcher(written);
            int from = 0;
            for (; form.find(); from = form.end()) {
                literal(written.substring(from, form.start()));
                String inside = form.group(1);
                if (inside == null) literal("${");
                else if (form.group(2).isEmpty())
                    throw new IllegalArgumentException("a placeholder has no end (expected " + EXPECTED + ")");
                else placeholder(inside);
            }
            literal(written.substring(from));
        }

        private void literal(String part) {
            text.append(part);
            literal |= !part.isEmpty();
        }

        private void placeholder(String inside) {
            replaced = true;
            Matcher variable = VARIABLE.matcher(inside);
            if (inside.startsWith(FILE) && inside.length() > FILE.length()) file(inside.substring(FILE.length()));
            else if (variable.matches()) variable(variable.group(1), variable.group(3));
            else throw new IllegalArgumentException("not a placeholder (expected " + EXPECTED + ")");
        }

        /** As in a shell, the default is for a variable that is empty, too. */
        private void variable(String name, @Nullable String fallback) {
            if (fallback != null && fallback.contains("${"))
                throw new IllegalArgumentException("a placeholder within a placeholder (expected " + EXPECTED + ")");
            literal |= fallback != null;
            String value = environment.get(name);
            if (value == null && fallback == null) throw new IllegalArgumentException(unset(name));
            if (value == null || (value.isEmpty() && fallback != null)) {
                text.append(fallback);
                return;
            }
            text.append(value);
            values.put(value, "${" + name + "}");
        }

        private String unset(String name) {
            String meant =
                    Text.nearest(name, environment.keySet().stream().sorted().toList());
            String hint = meant == null ? "" : "; did you mean " + Text.quote(meant) + "?";
            return "the environment variable " + Text.escape(name) + " is not set (expected a value" + hint + ")";
        }

        private void file(String named) {
            Path path;
            try {
                path = source.directory().resolve(named);
            } catch (InvalidPathException e) {
                throw new IllegalArgumentException(Text.quote(named) + " is not a file name: " + e.getReason(), e);
            }
            String value = files.text(path, named);
            text.append(value);
            values.put(value, "${" + FILE + path.toAbsolutePath() + "}");
        }
    }
}
