package dev.sluice.config;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Words for messages: quoted values, paths of settings, and the key that was probably meant. */
final class Text {
    /** In characters. What is longer is cut, so that a message stays readable. */
    static final int LONGEST = 120;

    private Text() {}

    /** The value in double quotes, on one line and of bearable length, whatever is in it. */
    static String quote(String value) {
        return '"' + escape(value) + '"';
    }

    static String escape(String value) {
        StringBuilder out = new StringBuilder();
        value.codePoints().limit(LONGEST).forEach(c -> {
            if (c == '\n') out.append("\\n");
            else if (c == '\t') out.append("\\t");
            else if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT)
                out.append(String.format("\\u%04x", c));
            else out.appendCodePoint(c);
        });
        return value.codePointCount(0, value.length()) > LONGEST ? out + "..." : out.toString();
    }

    /** The path of a key within {@code parent}; a key that is no plain word is quoted. */
    static String join(String parent, String key) {
        String step = key.matches("[A-Za-z0-9_-]+") ? key : quote(key);
        return parent.isEmpty() ? step : parent + "." + step;
    }

    /** The known key that {@code typed} was probably meant to be; null when none is near. */
    static @Nullable String nearest(String typed, List<String> known) {
        String best = null;
        int bestDistance = Math.max(1, Math.min(typed.length(), 30) / 3) + 1;
        for (String key : known) {
            int distance = distance(fold(typed), fold(key));
            if (distance < bestDistance) {
                best = key;
                bestDistance = distance;
            }
        }
        return best != null || typed.length() < 3
                ? best
                : known.stream()
                        .filter(key -> fold(key).startsWith(fold(typed)))
                        .findFirst()
                        .orElse(null);
    }

    /** {@code connect_timeout} and {@code Connect-Timeout} are as good as {@code connectTimeout}. */
    private static String fold(String key) {
        String plain = key.replace("_", "").replace("-", "").toLowerCase(Locale.ROOT);
        return plain.length() > 64 ? plain.substring(0, 64) : plain;
    }

    /** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(d[i - 1][j - 1] + same, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
            }
        }
        return d[a.length()][b.length()];
    }
}
