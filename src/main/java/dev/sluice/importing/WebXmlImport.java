package dev.sluice.importing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A {@code web.xml} with ProxyServlets, as a draft. It is taken for one that is deployed at {@code /}. */
final class WebXmlImport {
    /** They say nothing of where requests go, or who may send them. */
    private static final Set<String> SILENT = Set.of(
            "servlet",
            "servlet-mapping",
            "filter",
            "filter-mapping",
            "security-constraint",
            "security-role",
            "display-name",
            "description",
            "icon",
            "distributable",
            "session-config",
            "welcome-file-list",
            "mime-mapping",
            "module-name",
            "default-context-path",
            "absolute-ordering",
            "request-character-encoding",
            "response-character-encoding");

    private final Draft draft;
    private final Leftovers left;
    private final Path file;

    WebXmlImport(Draft draft, Path file) {
        this.draft = draft;
        this.left = draft.left;
        this.file = file;
    }

    static List<Directive> children(Directive of, String name) {
        return of.children().stream().filter(one -> one.name().equals(name)).toList();
    }

    static @Nullable Directive child(Directive of, String name) {
        List<Directive> children = children(of, name);
        return children.isEmpty() ? null : children.get(0);
    }

    /** Empty when there is none. */
    static String value(Directive of, String name) {
        Directive child = child(of, name);
        return child == null ? "" : child.arg(0);
    }

    void read(Directive root) throws ImportException {
        if (!root.name().equals("web-app"))
            throw new ImportException(file.toString(), root.line(), root.name(), "web-app");
        for (Directive param : children(root, "context-param"))
            if (value(param, "param-name").equals("sluice.config"))
                throw new ImportException(
                        file.toString(),
                        param.line(),
                        "sluice.config " + value(param, "param-value"),
                        "routes in this file; that one is Sluice's own already");
        Map<String, Directive> mapped = mapped(root);
        if (mapped.isEmpty()) throw new ImportException(file.toString(), 0, "no servlet-mapping", "at least one");
        WebXmlGuards guards = new WebXmlGuards(left);
        children(root, "security-constraint").forEach(guards::constraint);
        for (Directive filter : children(root, "filter")) {
            String name = value(filter, "filter-name");
            List<Directive> mappings = children(root, "filter-mapping").stream()
                    .filter(one -> value(one, "filter-name").equals(name))
                    .toList();
            guards.filter(filter, mappings, children(root, "servlet-mapping"));
        }
        root.children().stream()
                .filter(one -> !SILENT.contains(one.name()))
                .forEach(one -> left.add(shown(one), advice(one.name())));
        List<DraftRoute> site = new ArrayList<>();
        for (String pattern : patterns(mapped, guards)) add(pattern, mapped, guards, site);
        draft.addSite(site);
        if (draft.routes.isEmpty())
            throw new ImportException(file.toString(), 0, "no servlet that could be carried over", "at least one");
    }

    /** Servlets by their patterns. */
    private Map<String, Directive> mapped(Directive root) {
        Map<String, Directive> servlets = new LinkedHashMap<>();
        children(root, "servlet").forEach(one -> servlets.putIfAbsent(value(one, "servlet-name"), one));
        Map<String, Directive> mapped = new LinkedHashMap<>();
        for (Directive mapping : children(root, "servlet-mapping")) {
            Directive servlet = servlets.get(value(mapping, "servlet-name"));
            for (Directive pattern : children(mapping, "url-pattern")) {
                // One that no element declares is the container's own, such as default and jsp.
                Directive to = servlet == null ? mapping : servlet;
                if (WebXmlPattern.isExtension(pattern.arg(0)))
                    left.add(pattern, "routes look for the beginning of paths before their end");
                else mapped.putIfAbsent(pattern.arg(0), to);
            }
        }
        return mapped;
    }

    /** All for which something is said, in the order in which Sluice looks at them: those that close ends of paths early. */
    private static List<String> patterns(Map<String, Directive> mapped, WebXmlGuards guards) {
        Set<String> patterns = guards.patterns();
        patterns.addAll(mapped.keySet());
        // "/" and "/*" are the same to routes; the second comes first.
        return patterns.stream()
                .sorted(Comparator.comparing(WebXmlPattern::isExact)
                        .thenComparing(WebXmlPattern::isExtension)
                        .thenComparing(WebXmlPattern.EXACTNESS)
                        .reversed())
                .toList();
    }

    private void add(String pattern, Map<String, Directive> mapped, WebXmlGuards guards, List<DraftRoute> site) {
        String best = mapped.keySet().stream()
                .filter(one -> WebXmlPattern.covers(one, pattern))
                .max(WebXmlPattern.EXACTNESS)
                .orElse("");
        Directive servlet = mapped.get(best);
        boolean asked = servlet != null
                || WebXmlPattern.isExtension(pattern)
                || mapped.keySet().stream().anyMatch(one -> WebXmlPattern.covers(pattern, one));
        if (!asked) return;
        Directive from = servlet == null ? List.copyOf(mapped.values()).get(0) : servlet;
        try {
            Set<String> closed = guards.closing(pattern);
            DraftRoute route = WebXmlPattern.put(new DraftRoute(from), pattern);
            if (!closed.isEmpty()) {
                DraftRoute none = Answers.closed(route);
                none.comment = "closed by a filter or a security-constraint";
                if (!closed.contains("*")) none.set("methods", List.copyOf(closed));
                site.add(none);
            }
            if (servlet == null || closed.contains("*") || WebXmlPattern.isExtension(pattern)) return;
            site.addAll(new WebXmlServlet(draft, servlet).routes(route));
        } catch (NotCarried e) {
            left.add(shown(from), pattern + ": " + e.why());
        }
    }

    /** In messages an element is its name, and the name that it gives. */
    static Directive shown(Directive element) {
        String name = element.arg(0);
        for (String child : List.of("servlet-name", "param-name", "listener-class", "location"))
            if (name.isEmpty()) name = value(element, child);
        return element.with(name.isEmpty() ? List.of() : List.of(name), null);
    }

    private static String advice(String name) {
        return switch (name) {
            case "listener" -> "Sluice runs no code of applications";
            case "login-config" -> "Sluice asks nobody for a password";
            case "error-page" -> "errorPages of a route are files";
            default -> "Sluice has nothing like it";
        };
    }
}
