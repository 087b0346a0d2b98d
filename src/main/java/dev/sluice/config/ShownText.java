package dev.sluice.config;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Texts of a configuration as they can be shown, and read again: what came from a file, or may be a secret, is the
 * placeholder that it came by. For one printing.
 */
final class ShownText {
    /** In the place of what may be a secret and came by no placeholder. */
    static final String REDACTED = "***";

    /** In characters. What is shorter is in other texts by chance. */
    private static final int SHORTEST = 4;

    private static final Pattern SECRET_FIELD =
            Pattern.compile(".*(authorization|cookie|token|secret|password|credential|signature|api-?key).*");

    private final List<Map.Entry<String, String>> values;
    private int redacted;

    ShownText(Origins origins) {
        this.values = origins.values();
    }

    /** How often {@link #REDACTED} stands for something. */
    int redacted() {
        return redacted;
    }

    /** An ordinary text: what came from the environment is no secret there. */
    String plain(String text) {
        return shown(text, false);
    }

    /** A text in which something may be a secret. */
    String sensitive(String text) {
        return shown(text, true);
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
        if (!shown.equals(escaped(value))
                || !SECRET_FIELD.matcher(name.toLowerCase(Locale.ROOT)).matches()) return shown;
        redacted++;
        return REDACTED;
    }

    private String shown(String text, boolean sensitive) {
        for (Map.Entry<String, String> one : values) {
            boolean hidden = sensitive || one.getValue().startsWith("${file:");
            int at = hidden && one.getKey().length() >= SHORTEST ? text.indexOf(one.getKey()) : -1;
            if (at < 0) continue;
            String rest = text.substring(at + one.getKey().length());
            return shown(text.substring(0, at), sensitive) + one.getValue() + shown(rest, sensitive);
        }
        return escaped(text);
    }

    private static String escaped(String text) {
        return text.replace("${", "$${");
    }
}
