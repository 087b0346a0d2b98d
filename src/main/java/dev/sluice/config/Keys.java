package dev.sluice.config;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The keys of one section, in the order in which they are told. Immutable. */
final class Keys {
    private final String name;
    private final String path;
    private final Map<String, Key> all = new LinkedHashMap<>();
    private final List<String> names;
    /** Also those that are declared, but have no place here: what is asked for in several sections knows them. */
    private final Map<String, Key> declared;

    private final List<String> oneOf;

    private Keys(String name, String path, List<Key> keys, Map<String, Key> declared, List<String> oneOf) {
        this.name = name;
        this.path = path;
        for (Key key : keys)
            if (all.put(key.name(), key) != null) throw new IllegalArgumentException(key.name() + " is declared twice");
        this.names = List.copyOf(all.keySet());
        this.declared = declared.isEmpty() ? all : declared;
        this.oneOf = oneOf;
    }

    /**
     * Declares a section.
     *
     * @param name its own, one word
     * @param path what stands before its keys in texts: empty, or ending in a dot
     */
    static Keys of(String name, String path, Key... keys) {
        return new Keys(name, path, Arrays.asList(keys), Map.of(), List.of());
    }

    /** With the rule that exactly one of these is there. */
    Keys exactlyOne(String... of) {
        for (String key : of) get(key);
        return new Keys(name, path, List.copyOf(all.values()), declared, List.of(of));
    }

    /** Only some of them, for a section that is called otherwise; the others stay declared. */
    Keys only(String called, String... some) {
        return new Keys(called, path, Arrays.stream(some).map(this::get).toList(), declared, List.of());
    }

    /** All but some, for a section that is called otherwise; those stay declared. */
    Keys without(String called, String... some) {
        List<String> left = Arrays.asList(some);
        left.forEach(this::get);
        List<Key> rest =
                all.values().stream().filter(key -> !left.contains(key.name())).toList();
        return new Keys(called, path, rest, declared, List.of());
    }

    /** The section's own, one word. */
    String name() {
        return name;
    }

    /** What stands before a key in texts. */
    String path() {
        return path;
    }

    List<Key> all() {
        return List.copyOf(all.values());
    }

    List<String> names() {
        return names;
    }

    /** Of which exactly one is there; empty for no such rule. */
    List<String> oneOf() {
        return oneOf;
    }

    /** What is said of a key that is none of them. */
    String unknown(String key) {
        String meant = Text.nearest(key, names);
        String hint = meant == null ? "" : "; did you mean \"" + meant + "\"?";
        return "unknown key (expected one of: " + String.join(", ", names) + hint + ")";
    }

    boolean has(String key) {
        return all.containsKey(key);
    }

    /** Whether it is a key here, or would be in the whole of the section. */
    boolean declares(String key) {
        return declared.containsKey(key);
    }

    /** One that is a key here, or would be in the whole of the section. */
    Key declared(String key) {
        Key found = declared.get(key);
        if (found == null) throw undeclared(key);
        return found;
    }

    private IllegalStateException undeclared(String key) {
        return new IllegalStateException("no key " + key + " is declared in the section " + name);
    }

    /** @throws IllegalStateException when there is no such key here */
    Key get(String key) {
        Key found = all.get(key);
        if (found == null) throw undeclared(key);
        return found;
    }
}
