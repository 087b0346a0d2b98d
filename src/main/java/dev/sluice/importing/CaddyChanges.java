package dev.sluice.importing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Directives that answer by themselves, and those that change requests and answers on the way. */
final class CaddyChanges {
    private final Leftovers left;
    private final Directive one;
    private final List<String> args;

    CaddyChanges(Leftovers left, Directive one) {
        this.left = left;
        this.one = one;
        this.args = one.arg(0).equals("*") ? one.args().subList(1, one.args().size()) : one.args();
    }

    private String arg(int index) {
        return index < args.size() ? args.get(index) : "";
    }

    /**
     * @param to gets the route, when it answers
     * @return whether it does
     */
    boolean apply(CaddyScope scope, List<DraftRoute> to) throws NotCarried {
        switch (one.name()) {
            case "respond", "error", "abort", "redir" -> {
                to.add(answer(scope));
                return true;
            }
            case "header" -> fields(scope.response, false);
            case "request_header" -> fields(scope.request, true);
            case "encode" -> encode(scope);
            case "request_body" -> body(scope);
            case "uri" -> uri(scope);
            case "rewrite" -> rewrite(scope);
            default -> throw new NotCarried(CaddyWords.advice(one.name()));
        }
        return false;
    }

    private DraftRoute answer(CaddyScope scope) {
        DraftRoute route = scope.end(one, false);
        try {
            switch (one.name()) {
                case "abort" -> {
                    left.add(one, "Sluice closes no connection without an answer; it is 403 now");
                    return route.set("respond", 403);
                }
                case "error" -> {
                    String status = arg(args.size() - 1);
                    return route.set("respond", status.matches("[45]\\d\\d") ? Integer.parseInt(status) : 500);
                }
                case "redir" -> {
                    return redirect(route);
                }
                default -> {
                    return respond(route);
                }
            }
        } catch (NotCarried e) {
            left.add(one, e.why() + "; the route answers 501 now");
            return Answers.missing(route);
        }
    }

    private DraftRoute redirect(DraftRoute route) throws NotCarried {
        String code = arg(1).isEmpty() ? "302" : arg(1);
        int status = switch (code) {
            case "permanent" -> 301;
            case "temporary" -> 302;
            case "301", "302", "303", "307", "308" -> Integer.parseInt(code);
            default -> throw new NotCarried("a redirect is 301, 302, 303, 307 or 308");
        };
        String to = CaddyText.template(arg(0));
        if (!to.matches("(?s)(https?://|/|\\{uri}|\\{path}|\\$\\{).*"))
            throw new NotCarried("a redirect leads to an http(s) URL, or a path that begins with a slash");
        return Answers.redirect(route, to, status);
    }

    private DraftRoute respond(DraftRoute route) throws NotCarried {
        boolean bare = args.size() == 1 && arg(0).matches("[1-5]\\d\\d");
        String status = bare ? arg(0) : arg(1).isEmpty() ? "200" : arg(1);
        String body = bare ? "" : arg(0);
        for (Directive inner : one.children()) if (inner.name().equals("body")) body = inner.arg(0);
        if (!status.matches("[2-5]\\d\\d")) throw new NotCarried("it is no status that one can answer with");
        return Answers.respond(route, Integer.parseInt(status), CaddyText.template(body), "");
    }

    private void fields(Map<String, Object> to, boolean request) {
        CaddyFields fields = new CaddyFields(left);
        if (!args.isEmpty()) fields.change(one, "", args, to, request);
        for (Directive line : one.children()) {
            if (line.name().equals("defer")) continue;
            List<String> all = new ArrayList<>(List.of(line.name()));
            all.addAll(line.args());
            fields.change(line, "", all, to, request);
        }
    }

    private void encode(CaddyScope scope) {
        List<String> codings = new ArrayList<>(args);
        for (Directive inner : one.children()) {
            if (inner.name().matches("gzip|zstd|br")) codings.add(inner.name());
            else if (!inner.name().equals("minimum_length")) left.add(inner, "see response.compress");
        }
        if (codings.isEmpty()) codings.addAll(List.of("zstd", "gzip"));
        codings.removeIf(coding -> !coding.matches("gzip|zstd|br"));
        if (!codings.isEmpty())
            scope.response.put("compress", codings.stream().distinct().toList());
    }

    private void body(CaddyScope scope) throws NotCarried {
        for (Directive inner : one.children()) {
            if (!inner.name().equals("max_size")) left.add(inner, "see request.maxBody");
            else scope.request.put("maxBody", Units.size(Units.bytes(inner.arg(0), 1000)));
        }
    }

    private void uri(CaddyScope scope) throws NotCarried {
        String what = CaddyText.plain(arg(1));
        if (what.indexOf('$') >= 0) throw new NotCarried("paths are written out here");
        switch (arg(0)) {
            case "strip_prefix" -> {
                String prefix = ("/" + what).replaceAll("^/+", "/").replaceAll("/+$", "");
                if (!prefix.isEmpty()) scope.strip(prefix);
            }
            case "strip_suffix" -> rewrite(scope, "(.*)" + Regexes.quote(what), "$1");
            case "replace" -> {
                left.add(one, "once in a path, the first time, and not in the query");
                rewrite(scope, "(.*?)" + Regexes.quote(what) + "(.*)", "$1" + dollars(CaddyText.plain(arg(2))) + "$2");
            }
            default -> throw new NotCarried("request.rewrite changes the whole path by an expression");
        }
    }

    private void rewrite(CaddyScope scope) throws NotCarried {
        String to = arg(0);
        String bare = to.replaceFirst("\\{(uri|path|http\\.request\\.(uri|orig_uri|uri\\.path))}$", "");
        if (!bare.equals(to) && bare.matches("(/[^{}?#*;\\\\/]+)+")) {
            if (scope.rewritten()) throw new NotCarried("a path is rewritten once");
            scope.request.put("addPrefix", bare);
            return;
        }
        String path = to.replaceFirst("\\?\\{(query|http\\.request\\.uri\\.query)}$", "");
        if (!path.startsWith("/") || path.indexOf('{') >= 0)
            throw new NotCarried("request.rewrite changes the path by an expression: write one");
        rewrite(scope, ".*", dollars(path));
    }

    private static void rewrite(CaddyScope scope, String pattern, String to) throws NotCarried {
        if (scope.rewritten()) throw new NotCarried("a path is rewritten once");
        if (!to.startsWith("/") && !to.startsWith("$1")) throw new NotCarried("a path begins with a slash");
        Map<String, Object> rewrite = new LinkedHashMap<>();
        rewrite.put("pattern", pattern);
        rewrite.put("to", to);
        scope.request.put("rewrite", rewrite);
    }

    private static String dollars(String text) {
        return text.replace("$", "$$");
    }
}
