package dev.sluice.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A part of a configuration as it is, which is compared, and as it may be shown.
 *
 * @param label its key, as it may be shown
 * @param exact a mapping, a list, a text, a number or a switch
 * @param shown the same in shape
 */
record Twin(String label, Object exact, Object shown) {
    /** Stands where something is longer, or not to be shown. */
    private static final String OMITTED = ShownText.REDACTED;

    /** @param printed makes it of texts that are shown in one way or another */
    static <T> Twin of(String label, T part, ShownText shown, BiFunction<ShownText, T, Object> printed) {
        return new Twin(label, printed.apply(ShownText.exact(), part), printed.apply(shown, part));
    }

    /** What is in a mapping, by key. Of a list of mappings, each is called by its first value. */
    Map<String, Twin> entries() {
        Map<String, Twin> all = new LinkedHashMap<>();
        Map<String, ?> these = mapping(exact);
        Map<String, ?> those = mapping(shown);
        Iterator<? extends Map.Entry<String, ?>> other = those.entrySet().iterator();
        boolean inStep = these.size() == those.size();
        these.forEach((key, value) -> {
            if (!inStep) {
                // Two keys are the same as far as they may be shown.
                all.put(key, new Twin(OMITTED, value, OMITTED));
                return;
            }
            Map.Entry<String, ?> its = other.next();
            all.put(key, new Twin(its.getKey(), value, its.getValue()));
        });
        return all;
    }

    private static Map<String, ?> mapping(Object part) {
        Map<String, Object> all = new LinkedHashMap<>();
        if (part instanceof Map<?, ?> map) map.forEach((key, value) -> all.put(String.valueOf(key), value));
        else if (part instanceof List<?> list)
            for (Object item : list)
                if (item instanceof Map<?, ?> map)
                    all.put(String.valueOf(map.values().iterator().next()), map);
        return all;
    }

    /** Whether it has {@link #entries}. */
    boolean isMapping() {
        return exact instanceof Map || exact instanceof List<?> list && !list.isEmpty() && list.get(0) instanceof Map;
    }

    /** On one line of bearable length. */
    static String text(@Nullable Twin twin) {
        if (twin == null) return "none";
        if (twin.shown() instanceof List<?> list && !twin.isMapping())
            return list.isEmpty() ? "none" : Text.escape(joined(list));
        return Text.escape(flow(twin.shown()));
    }

    /** Whether the two are lists of which only a part would be shown. */
    static boolean areLong(Twin a, Twin b) {
        return isLong(a) && b.shown() instanceof List || isLong(b) && a.shown() instanceof List;
    }

    private static boolean isLong(Twin twin) {
        return twin.shown() instanceof List<?> list
                && !twin.isMapping()
                && joined(list).length() > Text.LONGEST;
    }

    /** What came into a list and what left it. */
    static String difference(Twin before, Twin after) {
        List<Object> came = new ArrayList<>((List<?>) after.shown());
        came.removeAll(new HashSet<>((List<?>) before.shown()));
        List<Object> went = new ArrayList<>((List<?>) before.shown());
        went.removeAll(new HashSet<>((List<?>) after.shown()));
        if (came.isEmpty() && went.isEmpty()) return "other values, or another order";
        return Stream.of(
                        came.isEmpty() ? "" : "+ " + Text.escape(joined(came)),
                        went.isEmpty() ? "" : "- " + Text.escape(joined(went)))
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining("; "));
    }

    private static String joined(List<?> list) {
        return list.stream().map(Twin::flow).collect(Collectors.joining(", "));
    }

    private static String flow(Object shown) {
        if (shown instanceof List<?> list) return list.isEmpty() ? "[]" : "[ " + joined(list) + " ]";
        if (!(shown instanceof Map<?, ?> map)) return String.valueOf(shown);
        if (map.isEmpty()) return "{}";
        return map.entrySet().stream()
                .map(entry -> entry.getKey() + ": " + flow(entry.getValue()))
                .collect(Collectors.joining(", ", "{ ", " }"));
    }
}
