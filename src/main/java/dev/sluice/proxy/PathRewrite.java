package dev.sluice.proxy;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import dev.sluice.config.Expression;
import dev.sluice.config.RequestConfig;
import org.jspecify.annotations.Nullable;

/** What the paths of a route become on their way to a backend. Immutable. */
final class PathRewrite {
    /** @param path raw @param query raw, or null */
    record Line(String path, @Nullable String query) {}

    private final String strip;
    private final String add;
    private final @Nullable Pattern pattern;
    private final String replacement;

    PathRewrite(RequestConfig config) {
        strip = config.stripPrefix() == null ? "" : config.stripPrefix();
        // As the configuration writes paths: readable.
        add = config.addPrefix() == null ? "" : PathText.encode(config.addPrefix());
        RequestConfig.Rewrite rewrite = config.rewrite();
        pattern = rewrite == null ? null : Expression.compile(rewrite.pattern());
        replacement = rewrite == null ? "" : rewrite.to();
    }

    /**
     * Dot segments are resolved first: else {@code /api/..} would be a way around a prefix.
     *
     * @return null when the path climbs above the root
     */
    @Nullable
    Line of(String raw, @Nullable String query) {
        if (!raw.startsWith("/")) return new Line(raw, query);
        String path = PathText.withoutDots(raw);
        if (path == null) return null;
        String rest = strip.isEmpty() ? path : RawPath.after(strip, path);
        if (rest == null) rest = path; // It does not begin so.
        // The prefix alone becomes the other one alone.
        else if (!add.isEmpty() && !strip.isEmpty() && rest.equals("/") && !path.endsWith("/")) rest = "";
        // To a backend, and to whoever gets its answers, two slashes would be the beginning of a host.
        int slashes = 0;
        while (slashes + 1 < rest.length() && "/\\".indexOf(rest.charAt(slashes + 1)) >= 0) slashes++;
        path = add + rest.substring(slashes);
        Line line = pattern == null ? new Line(path, query) : replaced(pattern, path, query);
        return PathText.climbs(line.path()) ? null : line;
    }

    private Line replaced(Pattern expression, String path, @Nullable String query) {
        String text = PathText.decode(path);
        Matcher matcher = expression.matcher(text);
        if (!matcher.matches()) return new Line(path, query);
        int mark = replacement.indexOf('?');
        String to = filled(mark < 0 ? replacement : replacement.substring(0, mark), matcher, "");
        if (mark < 0) return new Line(to, query);
        String own = filled(replacement.substring(mark + 1), matcher, "&=+;?");
        boolean both = query != null && !query.isEmpty();
        return new Line(to, both ? own.isEmpty() ? query : own + "&" + query : own);
    }

    /** @param data what in a group means itself, and would mean something else there */
    private static String filled(String form, Matcher matcher, String data) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < form.length(); i++) {
            char c = form.charAt(i);
            boolean group = c == '$' && i + 1 < form.length() && Character.isDigit(form.charAt(i + 1));
            if (!group) {
                text.append(c);
                continue;
            }
            String value = matcher.group(form.charAt(++i) - '0');
            if (value != null) text.append(PathText.encode(value, data));
        }
        return PathText.encode(text.toString());
    }

    /** What is in front of the client's path and not of the backend's; readable. */
    String stripped() {
        return strip;
    }

    /** The reverse; raw. */
    String added() {
        return add;
    }
}
