package dev.sluice.importing;

import org.jspecify.annotations.Nullable;

/** One path matcher, within the path that a route has already. */
final class CaddyPath {
    private final Leftovers left;
    private final Directive from;
    private final String stripped;

    /** @param stripped what was taken from the front of paths before they are looked at */
    CaddyPath(Leftovers left, Directive from, String stripped) {
        this.left = left;
        this.from = from;
        this.stripped = stripped;
    }

    /** A route that is no wider than either; null when no path fits both. */
    @Nullable
    DraftRoute narrow(DraftRoute base, String matcher) throws NotCarried {
        if (matcher.equals("*") || matcher.equals("/*")) return base.copy();
        if (matcher.indexOf('{') >= 0) throw new NotCarried("a path has no placeholders");
        String path = stripped + matcher;
        int star = matcher.indexOf('*');
        if (star >= 0 && star < matcher.length() - 1 || !matcher.startsWith("/")) {
            if (base.get("exactPath") != null
                    || base.get("pathPattern") != null
                    || base.get("path") != null && !stripped.equals(base.text("path")))
                throw new NotCarried("a route looks for one path");
            String before = Regexes.quote(stripped) + (matcher.startsWith("/") || matcher.startsWith("*") ? "" : "/");
            return base.copy().path("pathPattern", before + Regexes.glob(matcher));
        }
        if (star < 0) return plain(base, "exactPath", path);
        String prefix = path.substring(0, path.length() - 1);
        if (prefix.endsWith("/") && prefix.length() > 1)
            left.add(
                    from,
                    "also " + prefix.substring(0, prefix.length() - 1) + " itself, and with upper and lower case");
        if (prefix.endsWith("/")) return plain(base, "path", prefix.substring(0, prefix.length() - 1));
        left.add(from, "a path is whole segments: " + prefix + " and " + prefix + "/*, but not " + prefix + "x");
        return plain(base, "path", prefix);
    }

    private static @Nullable DraftRoute plain(DraftRoute base, String key, String path) throws NotCarried {
        if (path.matches(".*[?#;\\\\].*") || path.contains("//"))
            throw new NotCarried("it is no path that a route can look for");
        if (base.get("pathPattern") != null) throw new NotCarried("a route looks for one path");
        String outer = base.text("path");
        String exact = base.text("exactPath");
        if (!exact.isEmpty()) {
            boolean fits = key.equals("path") ? Precedence.under(exact, path) : exact.equals(path);
            return fits ? base.copy() : null;
        }
        if (outer.isEmpty() || Precedence.under(path, outer)) return base.copy().path(key, path);
        return key.equals("path") && Precedence.under(outer, path) ? base.copy() : null;
    }
}
