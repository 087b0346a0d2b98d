package dev.sluice.importing;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times and sizes of other proxies as Sluice writes them. */
final class Units {
    private static final Pattern PART = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,6})?)\\s*(ms|s|m|h|d|w|M|y|us|µs|ns|)");

    private static final Map<String, Double> MILLIS = Map.ofEntries(
            Map.entry("ns", 1e-6),
            Map.entry("us", 1e-3),
            Map.entry("µs", 1e-3),
            Map.entry("ms", 1.0),
            Map.entry("", 1000.0),
            Map.entry("s", 1000.0),
            Map.entry("m", 60_000.0),
            Map.entry("h", 3_600_000.0),
            Map.entry("d", 86_400_000.0),
            Map.entry("w", 7 * 86_400_000.0),
            Map.entry("M", 30 * 86_400_000.0),
            Map.entry("y", 365 * 86_400_000.0));

    private static final Pattern SIZE = Pattern.compile("(\\d{1,12})\\s*([kmgt]?)(i?)(b?)");

    private Units() {}

    /** In milliseconds, of {@code 90}, which is seconds, {@code 1m30s} or {@code 1m 30s}. */
    static long millis(String text) throws NotCarried {
        Matcher parts = PART.matcher(text.strip());
        double sum = 0;
        int end = 0;
        String all = text.strip();
        while (end < all.length() && parts.find(end) && parts.start() == end) {
            sum += Double.parseDouble(parts.group(1)) * MILLIS.getOrDefault(parts.group(2), 0.0);
            end = parts.end();
            while (end < all.length() && all.charAt(end) == ' ') end++;
        }
        if (all.isEmpty() || end < all.length()) throw new NotCarried("it is no time that one can read here");
        return Math.round(sum);
    }

    /** In the largest unit that leaves no rest. */
    static String duration(long millis) {
        if (millis == 0) return "0s";
        if (millis % 3_600_000 == 0) return millis / 3_600_000 + "h";
        if (millis % 60_000 == 0) return millis / 60_000 + "m";
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }

    /**
     * Bytes, of {@code 10m}.
     *
     * @param thousand what a {@code k} is without an {@code i} behind it
     */
    static long bytes(String text, int thousand) throws NotCarried {
        Matcher size = SIZE.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!size.matches()) throw new NotCarried("it is no size that one can read here");
        int power = " kmgt".indexOf(size.group(2).isEmpty() ? " " : size.group(2));
        double bytes = Long.parseLong(size.group(1)) * Math.pow(size.group(3).isEmpty() ? thousand : 1024, power);
        if (bytes > 1L << 50) throw new NotCarried("it is too large to be a limit");
        return (long) bytes;
    }

    /** In the largest unit that leaves no rest. */
    static Object size(long bytes) {
        String[] units = {"KiB", "MiB", "GiB"};
        for (int i = 2; i >= 0; i--) {
            long unit = 1L << 10 * (i + 1);
            if (bytes > 0 && bytes % unit == 0) return bytes / unit + units[i];
        }
        return bytes > Integer.MAX_VALUE ? Long.toString(bytes) : (Object) (int) bytes;
    }
}
