package dev.sluice.config;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as the configuration writes them: a number and {@code ms}, {@code s}, {@code m} or {@code h}. */
final class Durations {
    private static final Pattern FORM = Pattern.compile("(\\d{1,12})(ms|s|m|h)");

    private Durations() {}

    /**
     * Reads one.
     *
     * @param expected what the message calls for when it is none
     * @throws IllegalArgumentException with a message fit for the user
     */
    static Duration parse(String text, String expected) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            String flaw = text.matches("\\d+") ? text + " has no unit" : Text.quote(text) + " is not a duration";
            throw new IllegalArgumentException(flaw + " (expected " + expected + ")");
        }
        long amount = Long.parseLong(form.group(1));
        return switch (form.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            default -> Duration.ofHours(amount);
        };
    }

    /** In the largest unit that leaves no rest: {@code 1h}, {@code 90s}. */
    static String format(Duration duration) {
        long millis = duration.toMillis();
        if (millis == 0) return "0s";
        if (millis % 3_600_000 == 0) return millis / 3_600_000 + "h";
        if (millis % 60_000 == 0) return millis / 60_000 + "m";
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }
}
