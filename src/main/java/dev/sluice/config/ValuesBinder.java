package dev.sluice.config;

import dev.sluice.config.ValueCondition.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What headers, query parameters or cookies must be: by name a value, {@code { pattern }} or {@code { present }}. */
final class ValuesBinder {
    private static final String EXPECTED = "a value, { pattern: '...' } or { present: true }";

    private final Problems problems;

    ValuesBinder(Problems problems) {
        this.problems = problems;
    }

    /**
     * What could be read; the rest has been reported.
     *
     * @param nameFlaw what is wrong with a name, or null
     */
    List<ValueCondition> bind(Section route, String key, Function<String, @Nullable String> nameFlaw) {
        List<ValueCondition> conditions = new ArrayList<>();
        Node node = route.value(key);
        if (node == null) return conditions;
        if (!(node instanceof Node.Mapping mapping)) {
            problems.unexpected(node, route.path(key), "a mapping", "one such as { X-Version: \"2\" }");
            return conditions;
        }
        if (mapping.entries().isEmpty())
            problems.add(node.at(), route.path(key), "there is none (expected at least one, or no such key)");
        Map<String, String> seen = new HashMap<>();
        mapping.entries().forEach((name, entry) -> {
            String path = Text.join(route.path(key), name);
            // The names of headers are the same in any case, those of the others are not.
            String same = key.equals("headers") ? name.toLowerCase(Locale.ROOT) : name;
            String twice = seen.putIfAbsent(same, name) == null ? null : "is given twice (expected it once)";
            String flaw = twice == null ? nameFlaw.apply(name) : twice;
            if (flaw != null) problems.add(entry.keyAt(), path, Text.quote(name) + " " + flaw);
            ValueCondition condition = value(name, entry.value(), path);
            if (condition != null && flaw == null) conditions.add(condition);
        });
        return conditions;
    }

    private @Nullable ValueCondition value(String name, Node node, String path) {
        if (node instanceof Node.Mapping) return form(name, node, path);
        String text = Section.text(node, path, problems, "a value", EXPECTED);
        if (text == null) return null;
        String value = Section.parsed(node, path, problems, text, ValuesBinder::exact);
        return value == null ? null : ValueCondition.of(name, value);
    }

    private @Nullable ValueCondition form(String name, Node node, String path) {
        Section form = Section.of(node, path, problems, RouteKeys.CONDITION);
        if (form == null) return null;
        Node pattern = form.value("pattern");
        if (pattern == null) {
            if (form.value("present") == null) {
                if (!form.misspelt("pattern")) form.missing("present", "true or false, or a pattern in its place");
                return null;
            }
            Kind kind = form.flag("present", true) ? Kind.PRESENT : Kind.ABSENT;
            return new ValueCondition(name, kind, "");
        }
        form.refuse("present", "stands beside pattern, which asks for one already (expected one of the two)");
        String text = form.text("pattern", "a regular expression", "one such as '[0-9]+'");
        String checked = text == null
                ? null
                : Section.parsed(pattern, form.path("pattern"), problems, text, value -> {
                    Expression.compile(value);
                    return value;
                });
        return checked == null ? null : new ValueCondition(name, Kind.PATTERN, checked);
    }

    /** What comes over the wire has neither blanks around it (RFC 9110 §5.5) nor control characters. */
    private static String exact(String value) {
        if (!value.equals(value.strip()))
            throw new IllegalArgumentException(
                    Text.quote(value) + " has blanks around it, which are never sent (expected it without)");
        if (value.chars().allMatch(c -> c >= ' ' && c != 0x7f)) return value;
        throw new IllegalArgumentException(Text.quote(value) + " holds a control character (expected none)");
    }
}
