package dev.sluice.importing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one server does with each path, as routes without hosts, in the order in which nginx looks for them. */
final class NginxLocations {
    /** A location with what is around it. */
    private record Found(Directive location, String kind, String path, NginxScope scope) {
        /** Exact ones, then {@code ^~}, then expressions as they stand in the file, then prefixes, the longest first. */
        int rank() {
            return switch (kind) {
                case "=" -> 0;
                case "^~" -> 1;
                case "~", "~*" -> 2;
                default -> 3;
            };
        }

        int length() {
            return rank() == 2 ? 0 : path.length();
        }
    }

    private final NginxServer server;
    private final Leftovers left;

    NginxLocations(NginxServer server) {
        this.server = server;
        this.left = server.draft.left;
    }

    List<DraftRoute> routes() {
        List<DraftRoute> routes = new ArrayList<>();
        DraftRoute whole = new DraftRoute(server.directive);
        for (Directive one : server.scope.own("rewrite")) {
            DraftRoute redirect = redirect(one, whole, server.scope);
            if (redirect == null) continue;
            routes.add(redirect);
            if (redirect.takesAll()) return routes;
        }
        List<Directive> returns = server.scope.own("return");
        if (!returns.isEmpty()) {
            DraftRoute answer = new DraftRoute(returns.get(0));
            answered(returns.get(0), answer, server.scope);
            routes.add(answer);
            return routes;
        }
        List<Found> found = new ArrayList<>();
        find(server.scope, found);
        found.sort(Comparator.comparingInt(Found::rank)
                .thenComparing(Comparator.comparingInt(Found::length).reversed()));
        for (Found one : found) routes.addAll(routes(one));
        // Only now is it known which of them are nothing but pages for errors, or mirrors.
        routes.removeIf(route -> server.consumed.contains(route.from));
        return routes;
    }

    private void find(NginxScope outer, List<Found> found) {
        for (Directive location : outer.own("location")) {
            List<String> args = location.args();
            String kind = args.size() > 1
                    ? args.get(0)
                    : args.isEmpty() ? "" : args.get(0).replaceAll("^(=|\\^~|~\\*|~|).*", "$1");
            String path = args.size() > 1
                    ? args.get(1)
                    : args.isEmpty() ? "" : args.get(0).substring(kind.length());
            NginxScope scope = outer.in(location.children());
            if (!path.startsWith("@") && !path.isEmpty()) found.add(new Found(location, kind, path, scope));
            find(scope, found);
        }
    }

    private List<DraftRoute> routes(Found found) {
        List<DraftRoute> routes = new ArrayList<>();
        try {
            DraftRoute route = conditions(found);
            act(found, route, routes);
            routes.add(route);
            return new NginxAccess(server, found.scope()).guarded(routes);
        } catch (NotCarried e) {
            return closed(found, e);
        }
    }

    /** A location that only keeps people out does so without its lookaround, too: from more than in nginx. */
    private List<DraftRoute> closed(Found found, NotCarried reason) {
        boolean closes = found.location().children().stream()
                .anyMatch(one -> one.name().equals("deny")
                        || one.name().equals("return") && one.arg(0).matches("4\\d\\d")
                        || NginxWords.GUARDS.contains(one.name()));
        String wider = found.path().replaceAll("\\(\\?<?[!=][^()]*\\)", "");
        try {
            if (!closes || wider.equals(found.path())) throw reason;
            String whole = Regexes.whole(wider, found.kind().equals("~*"));
            left.add(found.location(), "RE2 has no lookaround: without it, more is closed than in nginx");
            return List.of(
                    new DraftRoute(found.location()).path("pathPattern", whole).set("respond", 403));
        } catch (NotCarried e) {
            left.add(found.location(), e.why());
            return List.of();
        }
    }

    private DraftRoute conditions(Found found) throws NotCarried {
        DraftRoute route = new DraftRoute(found.location());
        String path = found.path();
        if (found.rank() == 2) {
            String whole = Regexes.whole(path, found.kind().equals("~*"));
            return Regexes.isPlain(whole)
                    ? route.path("exactPath", Regexes.plain(whole))
                    : route.path("pathPattern", whole);
        }
        if (path.matches(".*[?#*;\\\\].*") || path.contains("//") || !path.startsWith("/"))
            throw new NotCarried("it is no path that a route can look for");
        if (found.kind().equals("=")) return route.path("exactPath", path);
        if (path.endsWith("/")) return route.path("path", path.substring(0, path.length() - 1));
        left.add(
                found.location(),
                "a path is whole segments: " + path + " and " + path + "/*, but not " + path + "x as in nginx");
        return route.path("path", path);
    }

    private void act(Found found, DraftRoute route, List<DraftRoute> before) {
        NginxScope scope = found.scope();
        for (Directive one : scope.own("if"))
            left.add(one, "routes look at hosts, methods, headers, query, cookies and clients: write one");
        Directive rewrite = null;
        for (Directive one : scope.own("rewrite")) {
            if (one.arg(2).equals("break")) {
                if (rewrite == null) rewrite = one;
                else left.add(one, "request.rewrite is one only");
                continue;
            }
            DraftRoute redirect = redirect(one, route, scope);
            if (redirect == null) continue;
            if (redirect.conditions().equals(route.conditions())) {
                route.set("redirect", redirect.get("redirect"));
                return;
            }
            before.add(redirect);
        }
        List<Directive> returns = scope.own("return");
        if (!returns.isEmpty()) answered(returns.get(0), route, scope);
        else if (!scope.own("internal").isEmpty()) route.set("respond", 404);
        else content(found, route, rewrite);
    }

    private void content(Found found, DraftRoute route, @Nullable Directive rewrite) {
        NginxScope scope = found.scope();
        Directive files = scope.find("try_files");
        String last = files == null ? "" : files.arg(files.args().size() - 1);
        Directive pass = NginxPass.in(scope);
        if (pass == null && last.startsWith("@")) {
            Directive named = server.location(last);
            if (named != null) {
                scope = server.scope.in(named.children());
                pass = NginxPass.in(scope);
            }
            if (pass != null && files != null)
                left.add(files, "Sluice serves no files: these requests all go to " + last);
        }
        if (pass == null) {
            String other = found.location().children().stream()
                    .map(Directive::name)
                    .filter(name -> name.endsWith("_pass"))
                    .findFirst()
                    .orElse("");
            left.add(
                    found.location(),
                    (other.isEmpty() ? "Sluice serves no files: " : other + " is not HTTP: ")
                            + "a web server can, as the backend of this route, which answers 501 now");
            Answers.missing(route);
            return;
        }
        try {
            new NginxPass(server, scope, found.kind(), found.path()).set(route, pass, rewrite);
        } catch (NotCarried e) {
            left.add(pass, e.why() + "; the route answers 501 now");
            Answers.missing(route);
        }
    }

    private void answered(Directive one, DraftRoute route, NginxScope scope) {
        try {
            String type = scope.value("default_type");
            for (Directive field : scope.all("add_header"))
                if (field.arg(0).equalsIgnoreCase("content-type")) type = field.arg(1);
            answer(one, route, server.text.in(scope), type.isEmpty() ? "text/plain" : type);
            if (one.arg(0).equals("444")) left.add(one, "Sluice closes no connection without an answer; it is 404 now");
            route.set("response", new NginxSettings(server, scope).response(false));
        } catch (NotCarried e) {
            left.add(one, e.why() + "; the route answers 501 now");
            Answers.missing(route);
        }
    }

    /** Sets what {@code return} says. */
    static void answer(Directive one, DraftRoute route, NginxText text, String type) throws NotCarried {
        boolean bare = one.args().size() == 1 && !one.arg(0).matches("\\d+");
        String status = bare ? "302" : one.arg(0);
        String body = bare ? one.arg(0) : one.arg(1);
        if (status.matches("30[12378]") && !body.isEmpty()) {
            Answers.redirect(route, text.template(body), Integer.parseInt(status));
        } else if (status.equals("444")) {
            route.set("respond", 404);
        } else if (status.matches("[2-5]\\d\\d")) {
            Answers.respond(route, Integer.parseInt(status), text.template(body), type);
        } else {
            throw new NotCarried("it is no status that one can answer with");
        }
    }

    /** The route that a rewrite comes to that is a redirect; null, and listed, when it is none. */
    private @Nullable DraftRoute redirect(Directive one, DraftRoute within, NginxScope scope) {
        try {
            return new NginxRewrite(one).redirect(within, server.text.in(scope));
        } catch (NotCarried e) {
            left.add(one, e.why());
            return null;
        }
    }
}
