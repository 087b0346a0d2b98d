package dev.sluice.importing;

import dev.sluice.config.Cidr;
import java.util.ArrayList;
import java.util.List;

/** Who may use a location. What cannot be carried over closes it: to be let in by a mistake of ours is worse. */
final class NginxAccess {
    private final NginxServer server;
    private final NginxScope scope;

    NginxAccess(NginxServer server, NginxScope scope) {
        this.server = server;
        this.scope = scope;
    }

    /** The routes as they are, for some clients only, or closed. */
    List<DraftRoute> guarded(List<DraftRoute> routes) {
        for (String guard : NginxWords.GUARDS) {
            Directive one = scope.find(guard);
            if (one == null || one.arg(0).equals("off") || one.arg(0).startsWith("optional")) continue;
            if (routes.stream().noneMatch(DraftRoute::forwards)) continue;
            server.draft.left.add(one, "Sluice has nothing like it; nobody is let in now, and gets 403");
            return routes.stream().map(NginxAccess::closed).toList();
        }
        List<Directive> rules = rules(scope);
        return rules.isEmpty() ? routes : listed(routes, rules);
    }

    private static List<Directive> rules(NginxScope scope) {
        List<Directive> own = scope.directives().stream()
                .filter(one -> one.name().equals("allow") || one.name().equals("deny"))
                .toList();
        return own.isEmpty() && scope.outer() != null ? rules(scope.outer()) : own;
    }

    private List<DraftRoute> listed(List<DraftRoute> routes, List<Directive> rules) {
        Directive last = rules.get(rules.size() - 1);
        boolean ends = last.arg(0).equals("all");
        boolean closes = ends && last.name().equals("deny");
        List<Directive> before = ends ? rules.subList(0, rules.size() - 1) : rules;
        if (before.isEmpty())
            return closes ? routes.stream().map(NginxAccess::denied).toList() : routes;
        String kind = closes ? "allow" : "deny";
        boolean simple = before.stream().allMatch(one -> one.name().equals(kind) && isBlock(one.arg(0)));
        if (!simple) {
            server.draft.left.add(
                    rules.get(0), "clients is a list of those that are let in; nobody is now, and gets 403");
            return routes.stream().map(NginxAccess::closed).toList();
        }
        List<String> blocks = before.stream().map(one -> one.arg(0)).toList();
        List<DraftRoute> guarded = new ArrayList<>();
        for (DraftRoute route : routes) {
            if (!route.forwards()) {
                guarded.add(route);
            } else if (closes) {
                guarded.add(route.copy().set("clients", blocks));
                guarded.add(denied(route));
            } else {
                guarded.add(denied(route).set("clients", blocks));
                guarded.add(route);
            }
        }
        return guarded;
    }

    private static boolean isBlock(String text) {
        try {
            Cidr.parse(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** nginx looks at access when it has looked at {@code return} and {@code rewrite}. */
    private static DraftRoute closed(DraftRoute route) {
        return route.forwards() ? Answers.closed(route) : route;
    }

    private static DraftRoute denied(DraftRoute route) {
        if (!route.forwards()) return route;
        DraftRoute denied = Answers.closed(route);
        denied.comment = "";
        return denied;
    }
}
