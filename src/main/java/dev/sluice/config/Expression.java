package dev.sluice.config;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/**
 * Regular expressions of routes, in the syntax of RE2: no lookaround and no backreferences, so that a match takes time in
 * proportion to the text, whatever a client sends.
 */
public final class Expression {
    /** In characters. */
    private static final int LONGEST = 1000;

    /** Of what the expression comes to with its repetitions written out, in about instructions. */
    private static final long LARGEST = 2000;

    private Expression() {}

    /**
     * Compiles.
     *
     * @throws IllegalArgumentException when the text is no such expression, or too large a one; the message says what was
     *     expected
     */
    public static Pattern compile(String text) {
        String quoted = Text.quote(text);
        if (text.length() > LONGEST || size(text) > LARGEST)
            throw new IllegalArgumentException(
                    quoted + " is too large (expected at most " + LONGEST + " characters, and few repetitions)");
        try {
            // A line's end in a path is no end: else %0A would lead past the routes that are meant.
            return Pattern.compile(text, Pattern.DOTALL);
        } catch (PatternSyntaxException e) {
            String part = e.getPattern();
            boolean whole = part == null || part.endsWith(text);
            String flaw = e.getDescription() + (whole ? "" : ": " + Text.escape(part));
            throw new IllegalArgumentException(
                    quoted + " is no regular expression: " + flaw + " (expected the syntax of RE2)", e);
        }
    }

    /**
     * The whole segments that every path begins with that fits: {@code /v1} of {@code /v1/u[0-9]+}; empty when nobody can
     * say. With these, routes are found among many.
     */
    public static String start(String text) {
        String rest = text.startsWith("^") ? text.substring(1) : text;
        if (mayBranch(rest)) return "";
        int end = 0;
        while (end < rest.length() && isLiteral(rest.charAt(end))) end++;
        // A quantifier rules over the character before it.
        if (end < rest.length() && "*?{+".indexOf(rest.charAt(end)) >= 0) end--;
        int slash = rest.lastIndexOf('/', end - 1);
        int empty = rest.indexOf("//");
        if (empty >= 0) slash = Math.min(slash, empty);
        return slash <= 0 || !rest.startsWith("/") ? "" : rest.substring(0, slash);
    }

    private static boolean isLiteral(char c) {
        return c > ' ' && c <= '~' && ".[](){}*+?|^$\\%;#".indexOf(c) < 0;
    }

    /** Whether there may be a {@code |} outside of all groups; where one cannot tell easily, there may. */
    private static boolean mayBranch(String text) {
        if (text.indexOf('|') < 0) return false;
        if (text.indexOf('[') >= 0 || text.indexOf('\\') >= 0) return true;
        int depth = 0;
        for (char c : text.toCharArray()) {
            if (c == '(') depth++;
            if (c == ')') depth--;
            if (c == '|' && depth == 0) return true;
        }
        return false;
    }

    /** Before it is compiled: {@code ((a{1000}){1000}){1000}} would take all memory. */
    private static long size(String text) {
        long[] sums = new long[text.length() + 1];
        int depth = 0;
        long last = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int close = c == '{' ? text.indexOf('}', i) : -1;
            String counts = close < 0 ? "" : text.substring(i + 1, close);
            if (counts.matches("\\d{1,4}(,\\d{0,4})?")) {
                long most = 1;
                for (String count : counts.split(",")) most = Math.max(most, Long.parseLong(count));
                sums[depth] += last * (most - 1);
                last *= most;
                i = close;
            } else if (c == '(') {
                sums[++depth] = 1;
            } else if (c == ')' && depth > 0) {
                last = sums[depth--];
                sums[depth] += last;
            } else {
                if (c == '\\') i++;
                last = 1;
                sums[depth]++;
            }
            if (sums[depth] > LARGEST) return sums[depth];
        }
        return sums[depth];
    }
}
