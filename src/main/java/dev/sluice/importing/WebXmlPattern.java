package dev.sluice.importing;

import java.util.Comparator;

/** What the servlet specification calls a URL pattern (12.2): {@code /x/*}, {@code /x}, {@code /}, {@code *.jsp}. */
final class WebXmlPattern {
    /** The one that the specification looks at first is the greatest. */
    static final Comparator<String> EXACTNESS =
            Comparator.<String>comparingInt(WebXmlPattern::kind).thenComparingInt(String::length);

    private WebXmlPattern() {}

    private static int kind(String pattern) {
        if (pattern.equals("/")) return 0;
        if (isExtension(pattern)) return 1;
        return pattern.endsWith("/*") ? 2 : 3;
    }

    static boolean isExtension(String pattern) {
        return pattern.startsWith("*.");
    }

    static boolean isExact(String pattern) {
        return kind(pattern) == 3;
    }

    /** What paths begin with, without a slash behind it; of an exact one all of it. */
    static String path(String pattern) {
        if (pattern.equals("/")) return "";
        return pattern.endsWith("/*") ? pattern.substring(0, pattern.length() - 2) : pattern;
    }

    /** Whether all paths that fit the one fit the other. */
    static boolean covers(String wide, String narrow) {
        if (wide.equals(narrow) || wide.equals("/") || wide.equals("/*")) return true;
        if (isExtension(wide)) return isExact(narrow) && narrow.endsWith(wide.substring(1));
        return kind(wide) == 2 && !isExtension(narrow) && Precedence.under(path(narrow), path(wide));
    }

    /** @throws NotCarried when it is none that a route can look for */
    static DraftRoute put(DraftRoute route, String pattern) throws NotCarried {
        if (isExtension(pattern)) return route.path("pathPattern", ".*" + Regexes.quote(pattern.substring(1)));
        String path = path(pattern);
        if (pattern.isEmpty()) return route.path("exactPath", "/");
        if (!path.isEmpty() && !path.startsWith("/") || path.matches(".*[?#*;\\\\].*") || path.contains("//"))
            throw new NotCarried("it is no pattern that a route can look for");
        return route.path(isExact(pattern) ? "exactPath" : "path", path);
    }
}
