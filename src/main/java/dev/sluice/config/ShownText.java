package dev.sluice.config;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Texts of a configuration as they can be shown, and read again: what came from a file, or may be a secret, is the
 * placeholder that it came by. For one printing.
 */
class ShownText {
    /** In the place of what may be a secret and came by no placeholder. */
    static final String REDACTED = "***";

    /** In characters. What is shorter is in other texts by chance. */
    private static final int SHORTEST = 4;

    private static final Pattern SECRET_FIELD =
            Pattern.compile(".*(authorization|cookie|token|secret|password|credential|signature|api-?key).*");

    private final List<Map.Entry<String, String>> values;
    /** Whether it shows nothing that came by a placeholder, wherever it is. */
    private final boolean none;
    /** Whether it is known what came by placeholders. */
    private final boolean known;

    private int redacted;

    ShownText(Origins origins) {
        this(origins.values(), false, true);
    }

    private ShownText(List<Map.Entry<String, String>> values, boolean none, boolean known) {
        this.values = values;
        this.none = none;
        this.known = known;
    }

    /**
     * For what goes into logs, which more people read than files: every value of a placeholder is that placeholder. A
     * secret of one of two configurations is one in the other, too.
     */
    static ShownText forLog(Origins one, Origins other) {
        List<Map.Entry<String, String>> values = Stream.concat(one.values().stream(), other.values().stream())
                .distinct()
                .sorted(Origins.LONGEST_FIRST)
                .toList();
        return new ShownText(values, true, one.areKnown() && other.areKnown());
    }

    /** Texts as they are: to be compared, and shown to nobody. */
    static ShownText exact() {
        return new Exact();
    }

    /** How often {@link #REDACTED} stands for something. */
    int redacted() {
        return redacted;
    }

    /** An ordinary text: what came from the environment is no secret there. */
    String plain(String text) {
        return shown(text, none);
    }

    /** An ordinary text that may be a part of what came by a placeholder, as the path of a URL is. */
    String within(String text) {
        if (!none || values.stream().noneMatch(one -> isPart(text, one.getKey()))) return plain(text);
        redacted++;
        return REDACTED;
    }

    /** A page: the file that it is in. */
    String page(Page page) {
        return plain(page.file().toString());
    }

    /** A text in which something may be a secret. */
    String sensitive(String text) {
        boolean partOfOne = none && values.stream().anyMatch(one -> isPart(text, one.getKey()));
        if ((known || text.isEmpty()) && !partOfOne) return shown(text, true);
        redacted++;
        return REDACTED;
    }

    /** As the query is of a URL that came by a placeholder as a whole. */
    private static boolean isPart(String text, String value) {
        return text.length() >= SHORTEST && text.length() < value.length() && value.contains(text);
    }

    /** A password or the like. */
    String secret(String text) {
        for (Map.Entry<String, String> one : values) if (one.getKey().equals(text)) return one.getValue();
        String shown = shown(text, true);
        // Of several placeholders beside one another nothing else may be left.
        if (!text.isEmpty() && shown.matches("(\\$\\{[^}]*})+")) return shown;
        redacted++;
        return REDACTED;
    }

    /** The value of a header field. */
    String field(String name, String value) {
        String shown = sensitive(value);
        boolean secret = SECRET_FIELD.matcher(name.toLowerCase(Locale.ROOT)).matches();
        if (!secret || shown.equals(REDACTED) || shown.matches("([A-Za-z]+ )?(\\$\\{[^}]*})+")) return shown;
        // In a file it may stand beside a placeholder; a log has nothing of it.
        if (!none && !shown.equals(escaped(value))) return shown;
        redacted++;
        return REDACTED;
    }

    /** The value that a header field or a cookie must have: in a log as that of a field, in a file as any that may be a secret. */
    String wanted(String name, String value) {
        return none ? field(name, value) : sensitive(value);
    }

    private String shown(String text, boolean sensitive) {
        for (Map.Entry<String, String> one : values) {
            boolean hidden = sensitive || one.getValue().startsWith("${file:");
            boolean wholly = none && !text.isEmpty() && one.getKey().equals(text);
            int at = hidden && (wholly || one.getKey().length() >= SHORTEST) ? text.indexOf(one.getKey()) : -1;
            if (at < 0) continue;
            String rest = text.substring(at + one.getKey().length());
            return shown(text.substring(0, at), sensitive) + one.getValue() + shown(rest, sensitive);
        }
        return escaped(text);
    }

    private static String escaped(String text) {
        return text.replace("${", "$${");
    }

    private static final class Exact extends ShownText {
        Exact() {
            super(List.of(), false, true);
        }

        @Override
        String plain(String text) {
            return text;
        }

        /** What is in it, too. */
        @Override
        String page(Page page) {
            return page.file() + "\n" + page.text();
        }

        @Override
        String sensitive(String text) {
            return text;
        }

        @Override
        String secret(String text) {
            return text;
        }

        @Override
        String field(String name, String value) {
            return value;
        }

        @Override
        String wanted(String name, String value) {
            return value;
        }
    }
}
