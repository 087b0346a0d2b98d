package dev.sluice.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * From declared keys to a JSON Schema, draft 2020-12: maps, lists, texts, numbers and switches. Whatever the reader takes
 * fits it. It says less than the reader does of ranges of durations and shares, and nothing of how values go together.
 * For one schema.
 */
final class SchemaTree {
    /** A value holds a placeholder: what it stands for, a schema cannot know. */
    private static final String PLACEHOLDER = "\\$\\{";

    private static final String DURATION = "[0-9]{1,12}(ms|s|m|h)";
    private static final String SIZE = "[0-9]{1,13}(KiB|MiB|GiB)?";
    private static final String PERCENT = "(0|[1-9][0-9]{0,8})%";
    private static final String STATUSES = "[2-5][0-9]{2}(-[2-5][0-9]{2})?";
    private static final String SECRET = "^\\$\\{([A-Za-z_][A-Za-z0-9_]*|file:[^}]+)\\}$";

    /** Each section once, by its name. */
    private final Map<String, Object> sections = new LinkedHashMap<>();

    private final Map<String, Keys> named = new HashMap<>();

    /** The schema of a file. */
    Map<String, Object> of(Keys file, String id, String title) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        tree.put("$id", id);
        tree.put("title", title);
        tree.putAll(section(file));
        tree.put("$defs", sections);
        return tree;
    }

    private Map<String, Object> section(Keys keys) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("type", "object");
        Map<String, Object> properties = new LinkedHashMap<>();
        List<Object> required = new ArrayList<>();
        for (Key key : keys.all()) {
            properties.put(key.name(), key(key));
            if (key.needed()) required.add(key.name());
        }
        tree.put("properties", properties);
        if (!required.isEmpty()) tree.put("required", required);
        if (!keys.oneOf().isEmpty())
            tree.put(
                    "oneOf",
                    keys.oneOf().stream()
                            .map(key -> Map.of("required", List.of(key)))
                            .toList());
        tree.put("additionalProperties", false);
        return tree;
    }

    private Map<String, Object> key(Key key) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("description", description(key));
        tree.putAll(value(key.takes()));
        if (key.usual() != null) tree.put("default", literal(key.takes(), key.usual()));
        return tree;
    }

    /** Without links: what reads it does not know the page that they are relative to. */
    private static String description(Key key) {
        StringBuilder text = new StringBuilder(capital(key.effect())).append('.');
        String takes = key.takes().inWords();
        if (!takes.isEmpty()) text.append("\n\nTakes: ").append(takes).append('.');
        if (!key.byDefault().isEmpty())
            text.append("\n\nDefault: ").append(key.byDefault()).append('.');
        if (key.danger() != null)
            text.append("\n\nDanger: ").append(key.danger()).append('.');
        return text.toString().replaceAll("\\[([^\\]]+)\\]\\([^)]+\\)", "$1");
    }

    private static String capital(String text) {
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }

    private static Object literal(Takes takes, String usual) {
        List<Takes> choices = takes instanceof Takes.Either either ? either.choices() : List.of(takes);
        if (choices.stream().anyMatch(Takes.Number.class::isInstance)) return Integer.valueOf(usual);
        if (choices.stream().anyMatch(Takes.Flag.class::isInstance)) return Boolean.valueOf(usual);
        return usual;
    }

    private Map<String, Object> value(Takes takes) {
        if (takes instanceof Takes.Nested nested) return reference(nested.keys());
        if (takes instanceof Takes.ListOf list) return list(list);
        if (takes instanceof Takes.Named named) return named(named);
        if (takes instanceof Takes.Either either) return either(either.choices());
        return scalar(takes);
    }

    private Map<String, Object> reference(Keys keys) {
        Keys first = named.putIfAbsent(keys.name(), keys);
        if (first != null && first != keys) throw new IllegalStateException("two sections are called " + keys.name());
        if (first == null) {
            // Before what is in it: the order is that of the file.
            sections.put(keys.name(), Map.of());
            sections.put(keys.name(), section(keys));
        }
        return Map.of("$ref", "#/$defs/" + keys.name());
    }

    private Map<String, Object> list(Takes.ListOf list) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("type", "array");
        tree.put("items", value(list.item()));
        if (list.least() > 0) tree.put("minItems", list.least());
        if (list.most() < Integer.MAX_VALUE) tree.put("maxItems", list.most());
        return list.orOne() ? Map.of("oneOf", List.of(value(list.item()), tree)) : tree;
    }

    private Map<String, Object> named(Takes.Named named) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("type", "object");
        if (named.name() != null) tree.put("propertyNames", Map.of("pattern", "^(" + named.name() + ")$"));
        if (named.least() > 0) tree.put("minProperties", named.least());
        tree.put("additionalProperties", value(named.value()));
        return tree;
    }

    private Map<String, Object> either(List<Takes> choices) {
        List<Object> all = new ArrayList<>();
        List<Object> words = new ArrayList<>();
        for (Takes choice : choices) {
            if (choice instanceof Takes.Word word) words.add(literal(word.word()));
            else all.add(value(choice));
        }
        if (!words.isEmpty()) {
            all.add(0, Map.of("enum", words));
            all.add(text(null));
        }
        return Map.of("anyOf", all);
    }

    private static Object literal(String word) {
        return word.equals("true") || word.equals("false") ? (Object) Boolean.valueOf(word) : word;
    }

    private static Map<String, Object> scalar(Takes takes) {
        if (takes instanceof Takes.Span span) return text(DURATION + (span.off() ? "|off" : ""));
        if (takes instanceof Takes.Percent) return text(PERCENT);
        if (takes instanceof Takes.Size size) return size(size);
        if (takes instanceof Takes.Number number) return number(number.least(), number.most());
        if (takes instanceof Takes.Flag) return ofTypes("boolean");
        if (takes instanceof Takes.Choice choice)
            return Map.of("anyOf", List.of(Map.of("enum", choice.words()), text(null)));
        if (takes instanceof Takes.Secret) return fits(SECRET);
        if (takes instanceof Takes.Status status) {
            Map<String, Object> tree = number(status.least(), status.most());
            tree.put("pattern", pattern(STATUSES));
            return tree;
        }
        if (takes instanceof Takes.Nothing) return Map.of("type", "null");
        if (takes instanceof Takes.Text text)
            // What YAML takes for a number or a switch is a text to the reader.
            return text.pattern() == null
                    ? Map.of("type", List.of("string", "number", "boolean"))
                    : text(text.pattern());
        throw new IllegalStateException("no schema for " + takes);
    }

    private static Map<String, Object> size(Takes.Size size) {
        Map<String, Object> tree = number(size.least(), size.most());
        tree.put("pattern", pattern(SIZE));
        return tree;
    }

    private static Map<String, Object> number(long least, long most) {
        Map<String, Object> tree = ofTypes("integer");
        tree.put("minimum", least);
        tree.put("maximum", most);
        return tree;
    }

    /** Of that type, or a text that holds a placeholder: a pattern says something of texts alone. */
    private static Map<String, Object> ofTypes(String type) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("type", List.of(type, "string"));
        tree.put("pattern", PLACEHOLDER);
        return tree;
    }

    /** A text that fits, or that holds a placeholder; null for that alone. */
    private static Map<String, Object> text(@Nullable String pattern) {
        return fits(pattern == null ? PLACEHOLDER : pattern(pattern));
    }

    private static Map<String, Object> fits(String pattern) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("type", "string");
        tree.put("pattern", pattern);
        return tree;
    }

    private static String pattern(String whole) {
        return "^(" + whole + ")$|" + PLACEHOLDER;
    }
}
