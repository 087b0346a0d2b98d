package dev.sluice.config;

import dev.sluice.config.HealthConfig.StatusRange;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A section whose keys are called like the components of its record: then whatever is added to the record is printed,
 * too. A percentage has its sign, and its key another end.
 */
final class RecordTree {
    private static final String PERCENT = "Percent";
    /** Keys of shares that are called neither like the component nor like it without its end. */
    private static final Map<String, String> SHARES = Map.of("failurePercent", "failureShare");
    /** Where nothing is said by {@code off}. Everywhere else it is said by no such key. */
    private static final Set<String> OFF = Set.of("totalTimeout", "lifetime");

    private RecordTree() {}

    /** @param texts for those that came from elsewhere */
    static Map<String, Object> of(Record section, ShownText texts) {
        Map<String, Object> tree = new LinkedHashMap<>();
        for (RecordComponent component : section.getClass().getRecordComponents()) {
            String name = component.getName();
            Object value = value(section, component);
            if (value instanceof Integer share && name.endsWith(PERCENT)) {
                String bare = name.substring(0, name.length() - PERCENT.length());
                tree.put(SHARES.getOrDefault(name, bare), share + "%");
            } else if (value == null && OFF.contains(name)) {
                tree.put(name, "off");
            } else {
                Object shown = shown(value, texts);
                if (shown != null) tree.put(name, shown);
            }
        }
        return tree;
    }

    private static @Nullable Object value(Record section, RecordComponent component) {
        try {
            return component.getAccessor().invoke(section);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a record of ours cannot be read: " + component, e);
        }
    }

    /** Null for what is not printed here. */
    private static @Nullable Object shown(@Nullable Object value, ShownText texts) {
        if (value instanceof Duration duration) return Durations.format(duration);
        if (value instanceof Enum<?> constant) return Section.word(constant);
        if (value instanceof Path path) return texts.plain(path.toString());
        if (value instanceof Integer || value instanceof Boolean) return value;
        if (value instanceof Record nested) return of(nested, texts);
        if (value instanceof List<?> list && !list.isEmpty() && list.get(0) instanceof StatusRange)
            return list.stream().map(Objects::toString).toList();
        return null;
    }
}
