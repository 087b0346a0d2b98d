package dev.sluice.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A mapping whose keys are known. Whatever is wrong with a value goes to {@link Problems}, and the fallback stands in
 * for it only so that the rest can be checked: a configuration with problems is never handed out.
 */
final class Section {
    private static final String DURATION = "10s, 500ms, 2m or 1h";

    private final Node.Mapping mapping;
    private final String path;
    private final Problems problems;
    private final Keys keys;
    /** Keys that belong to another place, and can be asked for nevertheless. */
    private final Set<String> elsewhere;

    private final @Nullable Section defaults;

    private Section(
            Node.Mapping mapping,
            String path,
            Problems problems,
            Keys keys,
            Set<String> elsewhere,
            @Nullable Section defaults) {
        this.mapping = mapping;
        this.path = path;
        this.problems = problems;
        this.keys = keys;
        this.elsewhere = elsewhere;
        this.defaults = defaults;
    }

    /** Reports unknown keys. Null, and an error, when the node is not a mapping. */
    static @Nullable Section of(Node node, String path, Problems problems, Keys keys) {
        return of(node, path, problems, keys, Map.of());
    }

    /** @param elsewhere keys that belong to another place, with what is said of it */
    static @Nullable Section of(Node node, String path, Problems problems, Keys keys, Map<String, String> elsewhere) {
        if (!(node instanceof Node.Mapping mapping)) {
            problems.unexpected(node, path, "a mapping", "a mapping of " + String.join(", ", keys.names()));
            return null;
        }
        mapping.entries().forEach((key, entry) -> {
            if (keys.has(key)) return;
            String place = elsewhere.get(key);
            if (place != null) {
                problems.add(entry.keyAt(), Text.join(path, key), place);
                return;
            }
            problems.add(entry.keyAt(), Text.join(path, key), keys.unknown(key));
        });
        return new Section(mapping, path, problems, keys, elsewhere.keySet(), null);
    }

    /** As {@link #of}, for a section that may be left empty when all its keys are commented out. */
    static @Nullable Section optional(@Nullable Node node, String path, Problems problems, Keys keys) {
        return node == null || isNull(node) ? null : of(node, path, problems, keys);
    }

    static boolean isNull(Node node) {
        return node instanceof Node.Scalar s && s.isNull();
    }

    /** The same, which has from another section what it does not say itself; what is wrong there is told of there. */
    Section withDefaults(@Nullable Section value) {
        return value == null ? this : new Section(mapping, path, problems, keys, elsewhere, value);
    }

    /** @param path what messages call it */
    record Layer(Node node, String path) {
        /** Of several the one that is nearest: whose keys only mean something together is not joined. */
        static List<Layer> nearest(List<Layer> all) {
            return all.isEmpty() ? all : List.of(all.get(all.size() - 1));
        }
    }

    /** What stands behind a key: its own, before it that of the defaults where both are mappings; or that alone; or nothing. */
    List<Layer> layers(String key) {
        known(key);
        Node.Entry entry = keys.has(key) ? mapping.entries().get(key) : null;
        Node own = entry == null ? null : entry.value();
        Node usual = defaults != null && defaults.holds(key) ? defaults.value(key) : null;
        List<Layer> layers = new ArrayList<>();
        boolean joined = own instanceof Node.Mapping && usual instanceof Node.Mapping;
        if (defaults != null && usual != null && (own == null || joined))
            layers.add(new Layer(usual, Text.join(defaults.path, key)));
        if (own != null) layers.add(new Layer(own, Text.join(path, key)));
        return layers;
    }

    /**
     * The section behind a key, which has from the one among the defaults what it does not say itself. Null when the key is
     * nowhere, or has been reported.
     */
    @Nullable
    Section nested(String key, Keys its) {
        Section whole = null;
        for (Layer layer : layers(key)) {
            Section one = of(layer.node(), layer.path(), problems, its);
            whole = one == null ? null : one.withDefaults(whole);
        }
        return whole;
    }

    Place at() {
        return mapping.at();
    }

    String path() {
        return path;
    }

    String path(String key) {
        known(key);
        if (defaults != null && !holds(key) && defaults.holds(key)) return Text.join(defaults.path, key);
        return Text.join(path, key);
    }

    /** A key that is read and not declared would be in no schema, and on no page. */
    private boolean known(String key) {
        if (keys.declares(key) || elsewhere.contains(key) || defaults != null && defaults.keys.declares(key))
            return true;
        throw new IllegalStateException("no key " + key + " is declared in the section " + keys.name());
    }

    /** What is declared of the key, which is read as such. */
    private <T extends Takes> T declared(String key, Class<T> type) {
        known(key);
        Keys own = defaults == null || keys.declares(key) ? keys : defaults.keys;
        Takes takes = own.declared(key).takes();
        List<Takes> choices = takes instanceof Takes.Either either ? either.choices() : List.of(takes);
        for (Takes choice : choices) if (type.isInstance(choice)) return type.cast(choice);
        throw new IllegalStateException("the key " + key + " of " + keys.name() + " is no " + type.getSimpleName());
    }

    /** Whether the key is there, and not only among the defaults. */
    boolean says(String key) {
        return known(key) && holds(key);
    }

    private boolean holds(String key) {
        return keys.has(key) && mapping.entries().containsKey(key);
    }

    /** Null when the key is not there, nor among the defaults. */
    @Nullable
    Node value(String key) {
        known(key);
        if (defaults != null && !holds(key)) return defaults.holds(key) ? defaults.value(key) : null;
        Node.Entry entry = mapping.entries().get(key);
        return entry == null ? null : entry.value();
    }

    /** Reports a key that has to be there and is not, unless its misspelling has been reported already. */
    void missing(String key, String expected) {
        if (!misspelt(key)) problems.add(at(), path(key), "missing (expected " + expected + ")");
    }

    /** Reports a key that must not be there, where it is. */
    void refuse(String key, String message) {
        Node.Entry entry = known(key) ? mapping.entries().get(key) : null;
        if (entry != null) problems.add(entry.keyAt(), path(key), message);
    }

    /** Whether an unknown key was probably meant to be this one. */
    boolean misspelt(String key) {
        return known(key)
                && mapping.entries().keySet().stream()
                        .anyMatch(typed -> !keys.has(typed) && key.equals(Text.nearest(typed, keys.names())));
    }

    /** The text of a scalar; null when the key is not there, or has been reported. */
    @Nullable
    String text(String key, String what, String expected) {
        Node node = value(key);
        return node == null ? null : text(node, path(key), problems, what, expected);
    }

    /** The text of a scalar; null, and an error, when the node is none. */
    static @Nullable String text(Node node, String path, Problems problems, String what, String expected) {
        if (node instanceof Node.Scalar s && !s.isNull()) return s.text();
        problems.unexpected(node, path, what, expected);
        return null;
    }

    /**
     * The text as {@code parser} understands it; null, and an error, when it does not.
     *
     * @param parser throws IllegalArgumentException with the message to report
     */
    static <T> @Nullable T parsed(Node node, String path, Problems problems, String text, Function<String, T> parser) {
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            problems.add(node.at(), path, String.valueOf(e.getMessage()));
            return null;
        }
    }

    /**
     * One value or a list of them; what is wrong has been reported. Empty when the key is not there.
     *
     * @param parser throws IllegalArgumentException with the message to report
     */
    <T> List<T> list(String key, String what, String expected, Function<String, T> parser) {
        List<T> read = new ArrayList<>();
        Node node = value(key);
        if (node == null) return read;
        boolean one = !(node instanceof Node.Sequence);
        List<Node> items = node instanceof Node.Sequence list ? list.items() : List.of(node);
        // It would be nothing, or, to somebody else, everything.
        if (items.isEmpty())
            problems.add(node.at(), path(key), "there is none (expected at least one, or no such key)");
        for (int i = 0; i < items.size(); i++) {
            String at = path(key) + (one ? "" : "[" + i + "]");
            String text = text(items.get(i), at, problems, what, expected);
            T value = text == null ? null : parsed(items.get(i), at, problems, text, parser);
            if (value != null) read.add(value);
        }
        return read;
    }

    /** The text as {@code parser} understands it; null when the key is not there, or has been reported. */
    <T> @Nullable T parsed(String key, String what, String expected, Function<String, T> parser) {
        Node node = value(key);
        String text = text(key, what, expected);
        return node == null || text == null ? null : parsed(node, path(key), problems, text, parser);
    }

    /** Within the bounds that are declared. */
    Duration duration(String key, Duration fallback) {
        Takes.Span span = declared(key, Takes.Span.class);
        return duration(key, fallback, span.least(), span.most(), DURATION);
    }

    /** Within narrower bounds than those that are declared. */
    Duration duration(String key, Duration fallback, Duration least, Duration most) {
        narrower(key, least, most);
        return duration(key, fallback, least, most, DURATION);
    }

    private Takes.Span narrower(String key, Duration least, Duration most) {
        Takes.Span span = declared(key, Takes.Span.class);
        if (least.compareTo(span.least()) >= 0 && most.compareTo(span.most()) <= 0) return span;
        throw new IllegalStateException("the bounds of " + keys.path() + key + " are not within those declared");
    }

    private Duration duration(String key, Duration fallback, Duration least, Duration most, String expected) {
        Node node = value(key);
        if (node == null) return fallback;
        String text = text(node, path(key), problems, "a duration", expected);
        if (text == null) return fallback;
        Duration value = parsed(node, path(key), problems, text, t -> Durations.parse(t, expected));
        if (value == null) return fallback;
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            String range = Durations.format(least) + " to " + Durations.format(most);
            problems.add(node.at(), path(key), Text.escape(text) + " is out of range (expected " + range + ")");
            return fallback;
        }
        return value;
    }

    /** Null for {@code off}, and when the key is not there. */
    @Nullable
    Duration durationOrOff(String key) {
        Takes.Span span = declared(key, Takes.Span.class);
        return durationOrOff(key, span.least(), span.most());
    }

    /** The same within narrower bounds than those that are declared. */
    @Nullable
    Duration durationOrOff(String key, Duration least, Duration most) {
        if (!narrower(key, least, most).off()) throw new IllegalStateException(key + " is not declared as orOff");
        Node node = value(key);
        if (node == null || (node instanceof Node.Scalar s && s.text().equals("off"))) return null;
        return duration(key, least, least, most, DURATION + ", or off");
    }

    /** Within the bounds that are declared; null when the key is not there. */
    @Nullable
    Duration durationOrNull(String key) {
        return value(key) == null
                ? null
                : duration(key, declared(key, Takes.Span.class).least());
    }

    /** Within the bounds that are declared. */
    int number(String key, int fallback) {
        Takes.Number number = declared(key, Takes.Number.class);
        return number(key, fallback, number.least(), number.most());
    }

    /** Within narrower bounds than those that are declared. */
    int number(String key, int fallback, int least, int most) {
        Takes.Number number = declared(key, Takes.Number.class);
        if (least < number.least() || most > number.most())
            throw new IllegalStateException("the bounds of " + keys.path() + key + " are not within those declared");
        Node node = value(key);
        if (node == null) return fallback;
        // 010 is eight to YAML and ten to its reader; neither is taken.
        if (!(node instanceof Node.Scalar s
                && s.kind() == Node.Kind.NUMBER
                && s.text().matches("-?(0|[1-9]\\d*)"))) {
            problems.unexpected(node, path(key), "a whole number", least + " to " + most);
            return fallback;
        }
        boolean fits = s.text().length() < 10;
        int value = fits ? Integer.parseInt(s.text()) : 0;
        if (!fits || value < least || value > most) {
            String range = least + " to " + most;
            problems.add(node.at(), path(key), s.describe() + " is out of range (expected " + range + ")");
            return fallback;
        }
        return value;
    }

    /** Bytes, as a number or with a unit: {@code 65536}, {@code 64KiB}, {@code 10MiB}. */
    long size(String key, long fallback) {
        Takes.Size declared = declared(key, Takes.Size.class);
        long least = declared.least();
        long most = declared.most();
        String range = Sizes.format(least) + " to " + Sizes.format(most);
        Long value = parsed(key, "a size", "one such as 64KiB or 10MiB, " + range, Sizes::parse);
        if (value == null) return fallback;
        if (value >= least && value <= most) return value;
        Node node = Objects.requireNonNull(value(key));
        problems.add(node.at(), path(key), Sizes.format(value) + " is out of range (expected " + range + ")");
        return fallback;
    }

    /** A share, written with its sign: {@code 50%}. */
    int percent(String key, int fallback) {
        Takes.Percent declared = declared(key, Takes.Percent.class);
        int least = declared.least();
        int most = declared.most();
        Node node = value(key);
        if (node == null) return fallback;
        String range = least + "% to " + most + "%";
        String text = text(node, path(key), problems, "a share", range);
        if (text == null) return fallback;
        if (!text.matches("(0|[1-9]\\d{0,8})%")) {
            String flaw = text.matches("\\d+") ? text + " has no %" : Text.quote(text) + " is not a share";
            problems.add(node.at(), path(key), flaw + " (expected " + range + ")");
            return fallback;
        }
        int value = Integer.parseInt(text.substring(0, text.length() - 1));
        if (value < least || value > most) {
            problems.add(node.at(), path(key), text + " is out of range (expected " + range + ")");
            return fallback;
        }
        return value;
    }

    /** One of the constants of an enum, as people write it: in lower case, with dashes. */
    <E extends Enum<E>> E choice(String key, E fallback) {
        E chosen = chosen(key, fallback.getDeclaringClass());
        return chosen == null ? fallback : chosen;
    }

    /** As {@link #choice}; null when the key is not there, or what it says has been reported. */
    <E extends Enum<E>> @Nullable E chosen(String key, Class<E> type) {
        if (declared(key, Takes.Choice.class).type() != type)
            throw new IllegalStateException(keys.path() + key + " is not declared as " + type.getSimpleName());
        Node node = value(key);
        if (node == null) return null;
        String expected =
                Arrays.stream(type.getEnumConstants()).map(Section::word).collect(Collectors.joining(" or "));
        String text = text(node, path(key), problems, "a word", expected);
        if (text == null) return null;
        for (E constant : type.getEnumConstants()) if (word(constant).equals(text)) return constant;
        problems.add(node.at(), path(key), Text.quote(text) + " is unknown (expected " + expected + ")");
        return null;
    }

    /** As people write it. */
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    boolean flag(String key, boolean fallback) {
        declared(key, Takes.Flag.class);
        Node node = value(key);
        if (node == null) return fallback;
        if (node instanceof Node.Scalar s && s.kind() == Node.Kind.BOOLEAN) {
            if (s.text().equals("true")) return true;
            if (s.text().equals("false")) return false;
        }
        problems.unexpected(node, path(key), "a switch", "true or false");
        return fallback;
    }
}
