package dev.sluice.importing;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One {@code rewrite}. */
final class NginxRewrite {
    /** Expressions that every path fits. */
    private static final Pattern EVERYTHING = Pattern.compile("\\^|\\^?/?\\(?\\.\\*\\)?\\$?|\\^?/");

    private static final Pattern PREFIX =
            Pattern.compile("\\^?((?:/[A-Za-z0-9_~-]+)+)(/\\(\\.\\*\\)|\\(/\\.\\*\\))\\$?");

    private final Directive rewrite;
    private final String regex;

    NginxRewrite(Directive rewrite) {
        this.rewrite = rewrite;
        this.regex = rewrite.arg(0);
    }

    /**
     * As a route of its own.
     *
     * @param within the location that it stands in
     */
    DraftRoute redirect(DraftRoute within, NginxText text) throws NotCarried {
        String flag = rewrite.arg(2);
        String to = text.constant(rewrite.arg(1));
        boolean elsewhere = to.matches("(?:https?|\\$scheme)://.*");
        if (!elsewhere && !flag.equals("permanent") && !flag.equals("redirect"))
            throw new NotCarried("no other route is looked for; request.rewrite changes the path towards backends");
        boolean all = EVERYTHING.matcher(regex).matches();
        DraftRoute route = new DraftRoute(rewrite);
        if (all) {
            route.pathOf(within);
            to = to.replaceAll(
                    regex.startsWith("^/(") || regex.startsWith("/(") ? "/\\$1$" : "(?<=[^/])\\$1$", "\\$request_uri");
        } else {
            String whole = Regexes.whole(regex, false);
            boolean inside = within.takesAll()
                    || Precedence.under(Precedence.literalStart(whole), within.text("path"))
                    || whole.equals(within.text("pathPattern"));
            if (!inside) throw new NotCarried("the expression does not begin with the path of its location");
            if (Regexes.isPlain(whole)) route.path("exactPath", Regexes.plain(whole));
            else route.path("pathPattern", whole);
        }
        return Answers.redirect(route, target(to, text), flag.equals("permanent") ? 301 : 302);
    }

    /** nginx puts the query behind it, unless there is a {@code ?} at the end. */
    private static String target(String to, NginxText text) throws NotCarried {
        boolean whole = to.endsWith("?") || to.endsWith("$request_uri");
        String template = text.template(to.endsWith("?") ? to.substring(0, to.length() - 1) : to);
        if (whole) return template;
        return template + (template.indexOf('?') < 0 ? "?" : "&") + "{query}";
    }

    /** As a change of the path on the way to the backend. */
    void request(Map<String, Object> request, NginxText text) throws NotCarried {
        String to = text.constant(rewrite.arg(1));
        if (to.indexOf('?') >= 0 || NginxText.hasVariable(to.replaceAll("\\$\\d", "")))
            throw new NotCarried("request.rewrite knows $1 to $9, and leaves the query as it is");
        Matcher prefix = PREFIX.matcher(regex);
        String rest = prefix.matches() && prefix.group(2).startsWith("/") ? "/$1" : "$1";
        if (prefix.matches() && to.endsWith(rest)) {
            String add = to.substring(0, to.length() - rest.length());
            if (add.indexOf('$') < 0 && (add.isEmpty() || add.startsWith("/") && !add.endsWith("/"))) {
                request.put("stripPrefix", prefix.group(1));
                if (!add.isEmpty()) request.put("addPrefix", add);
                return;
            }
        }
        request.put("rewrite", rewrite(Regexes.whole(regex, false), to));
    }

    static Map<String, Object> rewrite(String pattern, String to) {
        Map<String, Object> rewrite = new LinkedHashMap<>();
        rewrite.put("pattern", pattern);
        rewrite.put("to", to);
        return rewrite;
    }
}
