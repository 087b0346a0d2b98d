package dev.sluice.importing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The directives of one site as routes, in the order in which Caddy tries them. What changes requests is carried along to
 * whatever ends them; what has a matcher, and does not end them, divides the routes that come behind it.
 */
final class CaddyRoutes {
    /** Matchers upon matchers would make routes without end. */
    private static final int MOST_STEPS = 5_000;

    private final Draft draft;
    private final Leftovers left;
    private final CaddyMatchers matchers;
    private final List<DraftRoute> routes = new ArrayList<>();
    private int steps;

    CaddyRoutes(Draft draft) {
        this.draft = draft;
        this.left = draft.left;
        this.matchers = new CaddyMatchers(left);
    }

    List<DraftRoute> of(Directive site) throws ImportException {
        Directive asks = site.children().stream()
                .filter(one -> one.name().equals("tls"))
                .flatMap(one -> one.children().stream())
                .filter(one -> one.name().equals("client_auth"))
                .findFirst()
                .orElse(null);
        CaddyScope scope = new CaddyScope(new DraftRoute(site));
        if (asks == null) {
            walk(ordered(site.children()), scope, site);
            return routes;
        }
        left.add(asks, "Jetty XML, as in etc/tls.xml, can ask for certificates; nobody is let in now, and gets 403");
        return List.of(Answers.closed(scope.end(asks, false)));
    }

    /** Matchers declared, the rest as Caddy sorts it: by directive, then the longer path before the shorter one. */
    private List<Directive> ordered(List<Directive> block) {
        declare(block);
        return block.stream()
                .filter(one -> !one.name().startsWith("@"))
                .sorted(Comparator.comparingInt(CaddyWords::order)
                        .thenComparing(
                                Comparator.comparingInt(CaddyRoutes::exactness).reversed()))
                .toList();
    }

    private void declare(List<Directive> block) {
        block.stream().filter(one -> one.name().startsWith("@")).forEach(matchers::declare);
    }

    private static int exactness(Directive one) {
        String first = one.arg(0);
        if (first.startsWith("/")) return first.length();
        return first.startsWith("@") ? 0 : -1;
    }

    /** Ends in any case: what nothing answers has an empty 200 in Caddy. */
    private void walk(List<Directive> directives, CaddyScope scope, Directive within) throws ImportException {
        for (int i = 0; i < directives.size(); i++) {
            Directive one = directives.get(i);
            if (++steps > MOST_STEPS)
                throw new ImportException(one.file(), one.line(), one.toString(), "fewer matchers within matchers");
            List<Directive> rest = directives.subList(i + 1, directives.size());
            if (CaddyWords.isSilent(one.name())) continue;
            boolean target = one.args().size() == 1 && one.name().matches("redir|rewrite");
            if (target || one.arg(0).equals("*") || !CaddyMatchers.isMatcher(one.arg(0))) {
                if (ended(one, rest, scope)) return;
                continue;
            }
            if (!divided(one, rest, scope)) return;
        }
        DraftRoute nothing = Answers.respond(scope.end(within, false), 200, "", "");
        nothing.comment = "empty, as in Caddy, where nothing answers";
        routes.add(nothing);
    }

    /**
     * Those that fit a matcher go one way, before all that follows.
     *
     * @return false when nobody gets to what follows
     */
    private boolean divided(Directive one, List<Directive> rest, CaddyScope scope) throws ImportException {
        List<String> args = one.args().subList(1, one.args().size());
        try {
            Directive inner = matchers.negated(one.arg(0));
            if (inner != null) {
                // Those that fit what is negated go on; what is for the others then comes behind, for all.
                for (DraftRoute base : matchers.positive(one, scope)) {
                    for (DraftRoute fits : matchers.apply(List.of(inner), one, base, scope))
                        walk(rest, scope.copy(fits), one);
                    CaddyScope others = scope.copy(base);
                    if (!ended(one.with(args, one.block()), rest, others)) walk(rest, others, one);
                }
                return matchers.isMore(one.arg(0));
            }
            for (DraftRoute fits : matchers.apply(one, one.arg(0), scope.route, scope)) {
                CaddyScope narrow = scope.copy(fits);
                if (one.name().equals("handle_path")) narrow.strip(prefix(one.arg(0)));
                if (!ended(one.with(args, one.block()), rest, narrow) && !isModifierOfNone(one, narrow, scope))
                    walk(rest, narrow, one);
            }
            return true;
        } catch (NotCarried e) {
            if (!CaddyWords.closes(one)) {
                left.add(one, e.why());
                return true;
            }
            left.add(one, e.why() + "; nobody is let in now, and gets 403");
            routes.add(Answers.closed(scope.end(one, false)));
            return false;
        }
    }

    private static String prefix(String path) throws NotCarried {
        if (!path.endsWith("/*")) throw new NotCarried("handle_path is carried over for /x/* only");
        return path.substring(0, path.length() - 2);
    }

    /** A directive that could not be carried over, and was listed, makes no difference to what comes behind it. */
    private static boolean isModifierOfNone(Directive one, CaddyScope narrow, CaddyScope scope) {
        return narrow.request.equals(scope.request) && narrow.response.equals(scope.response) && one.block() == null;
    }

    /** @return whether nothing of what follows is asked any more */
    private boolean ended(Directive one, List<Directive> rest, CaddyScope scope) throws ImportException {
        if (CaddyWords.isGuard(one)) {
            left.add(one, "Sluice has nothing like it; nobody is let in now, and gets 403");
            routes.add(Answers.closed(scope.end(one, false)));
            return true;
        }
        try {
            switch (one.name()) {
                case "handle", "handle_path" -> {
                    declare(one.children());
                    List<Directive> inner = new ArrayList<>(ordered(one.children()));
                    rest.stream()
                            .filter(other -> CaddyWords.order(other) != CaddyWords.order(one))
                            .forEach(inner::add);
                    walk(inner, scope, one);
                    return true;
                }
                case "route" -> {
                    declare(one.children());
                    List<Directive> inner = new ArrayList<>(one.children());
                    inner.removeIf(other -> other.name().startsWith("@"));
                    inner.addAll(rest);
                    walk(inner, scope, one);
                    return true;
                }
                case "reverse_proxy" -> {
                    List<String> args = one.args().isEmpty() || !one.arg(0).equals("*")
                            ? one.args()
                            : one.args().subList(1, one.args().size());
                    routes.add(new CaddyProxy(draft, one, args).route(scope));
                    return true;
                }
                case "file_server", "php_fastcgi", "acme_server" -> {
                    left.add(
                            one,
                            "Sluice serves no files: a web server can, as the backend of this route, which "
                                    + "answers 501 now");
                    routes.add(Answers.missing(scope.end(one, false)));
                    return true;
                }
                default -> {
                    return new CaddyChanges(left, one).apply(scope, routes);
                }
            }
        } catch (NotCarried e) {
            left.add(one, e.why());
            return false;
        }
    }
}
