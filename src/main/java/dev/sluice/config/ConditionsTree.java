package dev.sluice.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** From what a route looks for back to the keys of the file. For one printing. */
final class ConditionsTree {
    private final ShownText texts;

    ConditionsTree(ShownText texts) {
        this.texts = texts;
    }

    /** Only what there is. */
    Map<String, Object> of(Conditions conditions) {
        Map<String, Object> tree = new LinkedHashMap<>();
        list(tree, "host", conditions.hosts());
        PathCondition path = conditions.path();
        if (path != null) tree.put(key(path.kind()), texts.within(path.text()));
        list(tree, "methods", conditions.methods());
        values(tree, "headers", conditions.headers());
        values(tree, "query", conditions.query());
        values(tree, "cookies", conditions.cookies());
        list(tree, "clients", conditions.clients().stream().map(Cidr::toString).toList());
        list(tree, "listeners", conditions.listeners());
        return tree;
    }

    private static String key(PathCondition.Kind kind) {
        return switch (kind) {
            case PREFIX -> "path";
            case EXACT -> "exactPath";
            case PATTERN -> "pathPattern";
        };
    }

    private void list(Map<String, Object> tree, String key, List<String> values) {
        if (!values.isEmpty()) tree.put(key, values.stream().map(texts::plain).toList());
    }

    void values(Map<String, Object> tree, String key, List<ValueCondition> conditions) {
        if (conditions.isEmpty()) return;
        Map<String, Object> each = new LinkedHashMap<>();
        for (ValueCondition condition : conditions) {
            String name = key.equals("cookies") ? "cookie " + condition.name() : condition.name();
            each.put(texts.plain(condition.name()), value(name, condition));
        }
        tree.put(key, each);
    }

    /** What a client is to know may be a secret. */
    private Object value(String name, ValueCondition condition) {
        return switch (condition.kind()) {
            case EXACT -> texts.wanted(name, condition.value());
            case PATTERN -> Map.of("pattern", texts.wanted(name, condition.value()));
            case PRESENT -> Map.of("present", true);
            case ABSENT -> Map.of("present", false);
        };
    }
}
