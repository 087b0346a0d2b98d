package dev.sluice.importing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A route as it is to be written: the keys of the file with their values. Mutable, for one thread. */
final class DraftRoute {
    static final List<String> PATHS = List.of("path", "exactPath", "pathPattern");

    private static final List<String> CONDITIONS = List.of(
            "host",
            "path",
            "exactPath",
            "pathPattern",
            "methods",
            "headers",
            "query",
            "cookies",
            "clients",
            "listeners");

    private static final List<String> REST = List.of(
            "to",
            "pool",
            "split",
            "redirect",
            "respond",
            "health",
            "proxyProtocol",
            "mirror",
            "request",
            "response",
            "timeouts",
            "errorPages",
            "interceptErrors");

    private final Map<String, Object> keys = new LinkedHashMap<>();

    /** What in the file it comes from. */
    final Directive from;

    /** Printed above it; empty for none. */
    String comment = "";

    DraftRoute(Directive from) {
        this.from = from;
    }

    DraftRoute copy() {
        DraftRoute copy = new DraftRoute(from);
        copy.keys.putAll(keys);
        copy.comment = comment;
        return copy;
    }

    @Nullable
    Object get(String key) {
        return keys.get(key);
    }

    /** An empty list or mapping counts as nothing. */
    DraftRoute set(String key, @Nullable Object value) {
        boolean none = value == null
                || value instanceof List<?> list && list.isEmpty()
                || value instanceof Map<?, ?> map && map.isEmpty();
        if (none) keys.remove(key);
        else keys.put(key, Objects.requireNonNull(value));
        return this;
    }

    /** Sets one of the keys that say something of the path, or none of them for every path. */
    DraftRoute path(String key, String text) {
        PATHS.forEach(keys::remove);
        if (!key.equals("path") || !text.isEmpty() && !text.equals("/")) keys.put(key, text);
        return this;
    }

    /** Takes all keys that are about the path from another. */
    DraftRoute pathOf(DraftRoute other) {
        PATHS.forEach(key -> set(key, other.get(key)));
        return this;
    }

    String text(String key) {
        return keys.get(key) instanceof String text ? text : "";
    }

    List<String> list(String key) {
        List<String> texts = new ArrayList<>();
        if (keys.get(key) instanceof List<?> list) list.forEach(item -> texts.add(String.valueOf(item)));
        return texts;
    }

    int size(String key) {
        Object value = keys.get(key);
        return value instanceof Map<?, ?> map ? map.size() : value instanceof List<?> list ? list.size() : 0;
    }

    boolean forwards() {
        return keys.containsKey("to") || keys.containsKey("pool") || keys.containsKey("split");
    }

    /** Whether it takes whatever comes by its hosts and listeners. */
    boolean takesAll() {
        return CONDITIONS.stream()
                .filter(key -> !key.equals("host") && !key.equals("listeners"))
                .noneMatch(keys::containsKey);
    }

    Map<String, Object> conditions() {
        return picked(CONDITIONS);
    }

    Map<String, Object> tree() {
        Map<String, Object> tree = conditions();
        tree.putAll(picked(REST));
        return tree;
    }

    private Map<String, Object> picked(List<String> order) {
        Map<String, Object> tree = new LinkedHashMap<>();
        for (String key : order) {
            Object value = keys.get(key);
            if (value instanceof List<?> list && list.size() == 1 && !key.equals("split") && !key.equals("clients"))
                value = list.get(0);
            if (value != null) tree.put(key, value);
        }
        return tree;
    }
}
