package dev.sluice.importing;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What is not carried over. A directive that holds in many places is named once. For one import, one thread. */
final class Leftovers {
    /** Of a directive in a message, in characters. */
    private static final int LONGEST = 120;

    private final Set<Left> all = new LinkedHashSet<>();

    void add(Directive directive, String why) {
        add(directive.file(), directive.line(), directive.toString(), why);
    }

    void add(String file, int line, String what, String why) {
        all.add(new Left(file, line, shown(what), why));
    }

    /** In the order of the files' lines. */
    List<Left> all() {
        return all.stream()
                .sorted(Comparator.comparing(Left::file).thenComparingInt(Left::line))
                .toList();
    }

    /** In one line and not too long, whatever is in it: it goes to terminals and into comments. */
    static String shown(String text) {
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < text.length() && i < LONGEST; i++) {
            char c = text.charAt(i);
            boolean odd = Character.isISOControl(c)
                    || Character.isSurrogate(c)
                    || c == '\u2028'
                    || c == '\u2029'
                    || c == '\uFEFF'
                    || c >= '\uFFFE';
            shown.append(odd ? (Character.isWhitespace(c) ? ' ' : '?') : c);
        }
        return text.length() > LONGEST ? shown + "..." : shown.toString();
    }
}
