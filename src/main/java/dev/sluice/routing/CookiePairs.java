package dev.sluice.routing;

/**
 * Walks over the pairs of one {@code Cookie} field (RFC 6265 §4.2.1) that have a certain name, as they stand there. For one
 * thread.
 */
public final class CookiePairs {
    private final String field;
    private final String name;
    private int behind;
    private int start;
    private int value;
    private int end;

    public CookiePairs(String field, String name) {
        this.field = field;
        this.name = name;
    }

    /** Goes to the next one, if there is one. */
    public boolean next() {
        while (behind < field.length()) {
            start = behind;
            int semicolon = field.indexOf(';', start);
            int last = semicolon < 0 ? field.length() : semicolon;
            behind = last + 1;
            int first = start;
            while (first < last && isBlank(field.charAt(first))) first++;
            while (last > first && isBlank(field.charAt(last - 1))) last--;
            int equals = first + name.length();
            if (equals < last && field.charAt(equals) == '=' && field.startsWith(name, first)) {
                value = equals + 1;
                end = last;
                return true;
            }
        }
        return false;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    /** Where its value begins in the field. */
    public int from() {
        return value;
    }

    /** Where its value ends. */
    public int to() {
        return end;
    }

    public String value() {
        return field.substring(value, end);
    }

    /** The field without pairs of that name; empty when nothing is left of it. */
    public static String without(String field, String name) {
        CookiePairs pairs = new CookiePairs(field, name);
        StringBuilder rest = null;
        int kept = 0;
        while (pairs.next()) {
            if (rest == null) rest = new StringBuilder(field.length());
            rest.append(field, kept, pairs.start);
            kept = Math.min(pairs.behind, field.length());
        }
        if (rest == null) return field;
        rest.append(field, kept, field.length());
        // What stood between it and its neighbours.
        int first = 0;
        while (first < rest.length() && isBetween(rest.charAt(first))) first++;
        int last = rest.length();
        while (last > first && isBetween(rest.charAt(last - 1))) last--;
        return rest.substring(first, last);
    }

    private static boolean isBetween(char c) {
        return isBlank(c) || c == ';';
    }
}
