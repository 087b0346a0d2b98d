package dev.sluice.importing;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One {@code server}, with what is around it. For one import, one thread. */
final class NginxServer {
    final Draft draft;
    final NginxListeners listeners;
    final NginxUpstreams upstreams;
    final Map<String, Directive> splits;
    final Directive directive;
    final NginxScope scope;
    final NginxText text;

    /** Hosts that it is for. */
    final List<String> names = new ArrayList<>();

    /** Locations that are nothing but files of error pages, or mirrors. */
    final Set<Directive> consumed = new HashSet<>();

    NginxServer(
            Draft draft,
            NginxListeners listeners,
            NginxUpstreams upstreams,
            Map<String, Directive> splits,
            NginxScope http,
            Directive directive) {
        this.draft = draft;
        this.listeners = listeners;
        this.upstreams = upstreams;
        this.splits = splits;
        this.directive = directive;
        this.scope = http.in(directive.children());
        names();
        this.text = NginxText.of(listeners.port(directive), names.isEmpty() ? "" : names.get(0));
    }

    private void names() {
        for (Directive one : scope.own("server_name")) {
            for (String name : one.args()) {
                if (name.equals("_") || name.isEmpty()) continue;
                if (name.startsWith("~") || name.endsWith("*") || name.startsWith("$"))
                    draft.left.add(one, name + ": a host is a name, or *. and a name");
                else if (name.startsWith(".")) names.addAll(List.of(name.substring(1), "*" + name));
                else names.add(name.toLowerCase(Locale.ROOT));
            }
        }
    }

    /** Whether it gets what comes for no other server, at one of its listeners at least. */
    boolean isUsual() {
        return !listeners.usualOf(directive).isEmpty();
    }

    /** The file that a path without variables stands for, when it is plain to see; else empty. */
    String file(String uri) {
        for (Directive location : scope.own("location")) {
            boolean its =
                    location.args().equals(List.of("=", uri)) || location.args().equals(List.of(uri));
            if (!its) continue;
            NginxScope inner = scope.in(location.children());
            boolean forwards =
                    location.children().stream().anyMatch(one -> one.name().endsWith("_pass"));
            if (forwards) return "";
            String alias = inner.value("alias");
            String file = alias.isEmpty() ? under(inner.value("root"), uri) : alias;
            if (!file.isEmpty()) consumed.add(location);
            return file.isEmpty() ? "" : listeners.file(file);
        }
        boolean all = scope.own("location").stream()
                .anyMatch(one -> one.args().equals(List.of("/"))
                        && one.children().stream()
                                .anyMatch(inner -> inner.name().endsWith("_pass")));
        String file = all ? "" : under(scope.value("root"), uri);
        return file.isEmpty() ? "" : listeners.file(file);
    }

    private static String under(String root, String uri) {
        if (root.isEmpty() || NginxText.hasVariable(root)) return "";
        return root.endsWith("/") ? root.substring(0, root.length() - 1) + uri : root + uri;
    }

    /** The location of exactly this path, or name, or null. */
    @Nullable
    Directive location(String path) {
        for (Directive location : scope.own("location")) {
            if (location.args().equals(List.of("=", path)) || location.args().equals(List.of(path))) return location;
        }
        return null;
    }
}
