package dev.sluice.importing;

import dev.sluice.config.Expression;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Expressions that other proxies look for anywhere in a text, as RE2 for the whole of it. */
final class Regexes {
    private static final String META = "\\.[](){}*+?|^$";

    private Regexes() {}

    /**
     * An expression that the whole text fits when it holds what the other one finds.
     *
     * @throws NotCarried when RE2 cannot say it
     */
    static String whole(String regex, boolean ignoreCase) throws NotCarried {
        String text = regex.replaceAll("\\(\\?<([A-Za-z_])", "(?P<$1");
        String whole;
        if (Precedence.topLevelChoice(text)) {
            whole = ".*?(?:" + text + ").*";
        } else {
            boolean fromStart = text.startsWith("^");
            boolean toEnd = endsAtEnd(text);
            String middle = text.substring(fromStart ? 1 : 0, text.length() - (toEnd ? 1 : 0));
            String before = fromStart || middle.startsWith(".*") ? "" : middle.indexOf('(') >= 0 ? ".*?" : ".*";
            boolean open = middle.endsWith("(.*)") || middle.endsWith(".*") && !middle.endsWith("\\.*");
            whole = before + middle + (toEnd || open ? "" : ".*");
        }
        if (ignoreCase) whole = "(?i)" + whole;
        try {
            Expression.compile(whole);
        } catch (IllegalArgumentException e) {
            throw new NotCarried(
                    "RE2 has no such expression: no lookaround, no backreferences, at most 1000 characters");
        }
        return whole;
    }

    /** Whether an expression for the whole path says nothing but one path; then {@link #plain} is it. */
    static boolean isPlain(String whole) {
        String plain = whole.replace("\\.", "").replace("\\/", "").replace("\\-", "");
        return plain.startsWith("/") && plain.chars().noneMatch(c -> META.indexOf(c) >= 0);
    }

    static String plain(String whole) {
        return whole.replace("\\", "");
    }

    /** An expression that fits this text alone. */
    static String quote(String text) {
        StringBuilder quoted = new StringBuilder();
        for (char c : text.toCharArray()) {
            if (META.indexOf(c) >= 0) quoted.append('\\');
            quoted.append(c);
        }
        return quoted.toString();
    }

    /** An expression for a text in which {@code *} stands for anything. */
    static String glob(String glob) {
        return Arrays.stream(glob.split("\\*+", -1)).map(Regexes::quote).collect(Collectors.joining(".*"));
    }

    private static boolean endsAtEnd(String text) {
        if (!text.endsWith("$")) return false;
        int slashes = 0;
        for (int i = text.length() - 2; i >= 0 && text.charAt(i) == '\\'; i--) slashes++;
        return slashes % 2 == 0;
    }
}
