package dev.sluice.importing;

import com.google.re2j.Pattern;
import dev.sluice.config.Expression;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the order in which the other proxy tries things is not Sluice's. Within one site only: between hosts all have the
 * same order.
 */
final class Precedence {
    /** Of routes that are compared with each other; beyond that it would take long, and nobody reads so many remarks. */
    private static final int MOST = 500;

    /** As docs/configuration.md has it, from the second rule on. The first is the one that Sluice tries first. */
    private static final Comparator<DraftRoute> SLUICE = Comparator.comparingInt(Precedence::pathKind)
            .thenComparing(
                    Comparator.comparingInt((DraftRoute route) -> path(route).length())
                            .reversed())
            .thenComparing(Comparator.comparingInt((DraftRoute route) -> Math.min(1, route.size("methods")))
                    .reversed())
            .thenComparing(Comparator.comparingInt((DraftRoute route) -> route.size("headers"))
                    .reversed())
            .thenComparing(Comparator.comparingInt((DraftRoute route) -> route.size("query"))
                    .reversed())
            .thenComparing(Comparator.comparingInt((DraftRoute route) -> route.size("cookies"))
                    .reversed())
            .thenComparing(Comparator.comparingInt((DraftRoute route) -> Math.min(1, route.size("clients")))
                    .reversed())
            .thenComparing(Comparator.comparingInt((DraftRoute route) -> Math.min(1, route.size("listeners")))
                    .reversed());

    private Precedence() {}

    /** @param site in the order of the other proxy */
    static void check(List<DraftRoute> site, Leftovers left) {
        for (int i = 1; i < Math.min(MOST, site.size()); i++) {
            DraftRoute later = site.get(i);
            for (DraftRoute earlier : site.subList(0, i)) {
                if (SLUICE.compare(later, earlier) < 0 && mayMeet(earlier, later)) {
                    String first = later.from.line() == earlier.from.line() ? later.conditions() + "" : later.from + "";
                    left.add(
                            earlier.from,
                            "in Sluice the more exact path comes first: what also fits \"" + Leftovers.shown(first)
                                    + "\" (line " + later.from.line() + ") goes there; see sluice route");
                    break;
                }
            }
        }
    }

    private static int pathKind(DraftRoute route) {
        if (route.get("exactPath") != null) return 0;
        if (route.get("pathPattern") != null) return 1;
        return route.get("path") != null ? 2 : 3;
    }

    private static String path(DraftRoute route) {
        for (String key : DraftRoute.PATHS) if (route.get(key) != null) return route.text(key);
        return "";
    }

    private static boolean mayMeet(DraftRoute a, DraftRoute b) {
        return share(a, b, "host") && share(a, b, "listeners") && share(a, b, "methods") && pathsMeet(a, b);
    }

    private static boolean share(DraftRoute a, DraftRoute b, String key) {
        List<String> of = a.list(key);
        List<String> other = b.list(key);
        boolean wildcards = of.stream().anyMatch(host -> host.startsWith("*."))
                || other.stream().anyMatch(host -> host.startsWith("*."));
        return of.isEmpty() || other.isEmpty() || wildcards || !Collections.disjoint(of, other);
    }

    private static boolean pathsMeet(DraftRoute a, DraftRoute b) {
        if (pathKind(a) > pathKind(b)) return pathsMeet(b, a);
        String of = path(a);
        String other = path(b);
        if (other.isEmpty()) return true;
        if (a.get("exactPath") != null) {
            if (b.get("exactPath") != null) return of.equals(other);
            Pattern pattern = b.get("pathPattern") == null ? null : compiled(other);
            return pattern == null ? under(of, other) : pattern.matches(of);
        }
        String start = a.get("pathPattern") == null ? of : literalStart(of);
        String otherStart = b.get("pathPattern") == null ? other : literalStart(other);
        return start.startsWith(otherStart) || otherStart.startsWith(start);
    }

    private static @Nullable Pattern compiled(String text) {
        try {
            return Expression.compile(text);
        } catch (IllegalArgumentException e) {
            return null; // Not written as it stands there, then; that it overlaps is the safe guess.
        }
    }

    /** Whether a path is below a prefix of whole segments. */
    static boolean under(String path, String prefix) {
        return path.equals(prefix) || prefix.equals("/") || path.startsWith(prefix + "/");
    }

    /** What everything begins with that fits, as far as one sees at once. */
    static String literalStart(String expression) {
        int end = 0;
        while (end < expression.length() && "\\.[](){}*+?|^$".indexOf(expression.charAt(end)) < 0) end++;
        if (end < expression.length() && "*?{".indexOf(expression.charAt(end)) >= 0) end = Math.max(0, end - 1);
        return expression.indexOf('|') >= 0 && end < expression.length() && topLevelChoice(expression)
                ? ""
                : expression.substring(0, end);
    }

    /** Whether there is a {@code |} outside of all groups. */
    static boolean topLevelChoice(String expression) {
        int depth = 0;
        boolean inClass = false;
        for (int i = 0; i < expression.length(); i++) {
            char c = expression.charAt(i);
            if (c == '\\') i++;
            else if (inClass) inClass = c != ']';
            else if (c == '[') inClass = true;
            else if (c == '(') depth++;
            else if (c == ')') depth--;
            else if (c == '|' && depth == 0) return true;
        }
        return false;
    }
}
