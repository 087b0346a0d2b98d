package dev.sluice.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A text that came about by placeholders. What was put in for them may be a secret, so that messages show the
 * placeholders instead.
 *
 * @param written as it stands in the file
 * @param resolved what it became
 * @param values that were put in, each with its placeholder as it can be written in any file
 * @param wholly whether nothing of it stands in the file itself
 */
record Substitution(String written, String resolved, Map<String, String> values, boolean wholly) {
    /** In characters. What is shorter is no secret, and may stand in a message by chance. */
    private static final int SHORTEST = 4;
    /** In characters. As many of a value, one after the other, would give it away. */
    private static final int TELLING = 5;

    private static final String EXPECTED = " (expected ";
    /** Stands for the text in a message that is being looked at. */
    private static final String HERE = "\0";

    /** A message about this text, without what was put in. */
    String mask(String message) {
        int at = message.indexOf(EXPECTED);
        String flaw = at < 0 ? message : message.substring(0, at);
        String expected = at < 0 ? "" : message.substring(at);
        String rest = around(resolved)
                .matcher(flaw.replace(Text.quote(resolved), HERE))
                .replaceAll(HERE);
        String shown = Text.quote(written);
        boolean tells = tells(rest);
        // What is expected is made of what was given now and then; only then is that repeated in front of it, too.
        if ((tells || rest.contains(HERE)) && repeats(expected)) expected = "";
        return (tells ? shown + " is refused" : rest.replace(HERE, shown)) + expected;
    }

    /** As a word of its own. */
    private static Pattern around(String text) {
        return Pattern.compile("(?<![A-Za-z0-9])" + Pattern.quote(Text.escape(text)) + "(?![A-Za-z0-9])");
    }

    private boolean tells(String flaw) {
        String lower = flaw.toLowerCase(Locale.ROOT);
        for (String value : values.keySet()) {
            String secret = value.toLowerCase(Locale.ROOT);
            int length = Math.min(TELLING, secret.length());
            if (length < SHORTEST) continue;
            for (int i = 0; i + length <= secret.length(); i++) {
                if (lower.contains(secret.substring(i, i + length))) return true;
            }
        }
        return false;
    }

    /** The whole of a value, or a word of it: a path is not repeated letter by letter. */
    private boolean repeats(String expected) {
        return values.keySet().stream()
                .flatMap(value -> Stream.concat(
                        Stream.of(value),
                        Arrays.stream(value.split("[^A-Za-z0-9]+")).filter(word -> word.length() > TELLING)))
                .map(value -> value.replaceAll("^[^A-Za-z0-9]+|[^A-Za-z0-9]+$", ""))
                .anyMatch(value -> value.length() >= SHORTEST && expected.contains(value));
    }

    /**
     * A message about another text, in which this one may be repeated.
     *
     * @param values that were put in anywhere, each with its placeholder
     */
    static String maskElsewhere(String message, Map<String, String> values) {
        int at = message.indexOf(EXPECTED);
        String flaw = at < 0 ? message : message.substring(0, at);
        String masked = flaw;
        for (Map.Entry<String, String> one : values.entrySet()) {
            if (one.getKey().length() <= TELLING || !masked.contains(Text.escape(one.getKey()))) continue;
            masked = around(one.getKey()).matcher(masked).replaceAll(Matcher.quoteReplacement(one.getValue()));
        }
        return masked.equals(flaw) ? message : masked + message.substring(flaw.length());
    }
}
