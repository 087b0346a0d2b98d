package dev.sluice.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as the configuration writes them: bytes, or a number and {@code KiB}, {@code MiB} or {@code GiB}. */
final class Sizes {
    private static final Pattern FORM = Pattern.compile("(\\d{1,13})(KiB|MiB|GiB)?");

    private Sizes() {}

    /**
     * Reads one.
     *
     * @return bytes
     * @throws IllegalArgumentException with a message fit for the user
     */
    static long parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            String hint = text.matches("\\d{1,13}(?i:k|kb|m|mb|g|gb)") ? ": units are KiB, MiB and GiB" : "";
            throw new IllegalArgumentException(
                    Text.quote(text) + " is not a size" + hint + " (expected one such as 64KiB or 10MiB)");
        }
        long amount = Long.parseLong(form.group(1));
        String unit = form.group(2) == null ? "" : form.group(2);
        int shift = switch (unit) {
            case "KiB" -> 10;
            case "MiB" -> 20;
            case "GiB" -> 30;
            default -> 0;
        };
        // More than there is anywhere is out of every range.
        return amount > Long.MAX_VALUE >> shift ? Long.MAX_VALUE : amount << shift;
    }

    /** In the largest unit that leaves no rest: {@code 64KiB}, {@code 1500}. */
    static String format(long bytes) {
        if (bytes == 0) return "0";
        if (bytes % (1 << 30) == 0) return (bytes >> 30) + "GiB";
        if (bytes % (1 << 20) == 0) return (bytes >> 20) + "MiB";
        return bytes % 1024 == 0 ? (bytes >> 10) + "KiB" : Long.toString(bytes);
    }
}
