package dev.sluice.importing;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a {@code web.xml} keeps people out with: security constraints, and filters, which may. Sluice asks nobody who he
 * is, so all of it keeps everybody out.
 */
final class WebXmlGuards {
    /** Filters that keep nobody out: without them answers are other ones, but nobody gets what was not for him. */
    private static final String HARMLESS = "org\\.eclipse\\.jetty\\.(ee\\d+\\.)?servlets\\..*"
            + "|.*\\.(CharacterEncodingFilter|SetCharacterEncodingFilter|GzipFilter|CorsFilter|CrossOriginFilter)";

    /**
     * @param methods empty for every one
     * @param closes false for one that leaves open what a wider one closes
     */
    private record Guard(String pattern, List<String> methods, boolean closes) {}

    private final Leftovers left;
    private final List<Guard> guards = new ArrayList<>();
    private final Set<String> filtered = new LinkedHashSet<>();

    WebXmlGuards(Leftovers left) {
        this.left = left;
    }

    void constraint(Directive constraint) {
        Directive auth = WebXmlImport.child(constraint, "auth-constraint");
        boolean roles =
                auth != null && !WebXmlImport.children(auth, "role-name").isEmpty();
        if (roles) left.add(constraint, "Sluice asks nobody for a password; nobody is let in now, and gets 403");
        for (Directive user : WebXmlImport.children(constraint, "user-data-constraint"))
            if (!WebXmlImport.value(user, "transport-guarantee").equals("NONE"))
                left.add(user, "a listener with redirect: https sends people to TLS");
        for (Directive where : WebXmlImport.children(constraint, "web-resource-collection")) {
            List<String> methods = WebXmlImport.children(where, "http-method").stream()
                    .map(one -> one.arg(0))
                    .toList();
            for (Directive pattern : WebXmlImport.children(where, "url-pattern"))
                guards.add(new Guard(pattern.arg(0), methods, auth != null));
            List<Directive> omitted = WebXmlImport.children(where, "http-method-omission");
            if (!omitted.isEmpty() && auth != null && !roles)
                left.add(omitted.get(0), "a route has no methods that it is not for; all are kept out now");
        }
    }

    /** @param mappings of the filter: patterns, or names of servlets */
    void filter(Directive filter, List<Directive> mappings, List<Directive> servletMappings) {
        String type = WebXmlImport.value(filter, "filter-class");
        if (type.matches(HARMLESS)) {
            left.add(filter.with(List.of(type), null), "Sluice has no filters; see cors, response and limits");
            return;
        }
        left.add(
                filter.with(List.of(type), null),
                "it may keep people out, and Sluice has no filters: nobody is let in now, and gets 403");
        for (Directive mapping : mappings) {
            WebXmlImport.children(mapping, "url-pattern").forEach(one -> close(one.arg(0)));
            for (Directive name : WebXmlImport.children(mapping, "servlet-name")) {
                if (name.arg(0).equals("*")) close("/*");
                for (Directive other : servletMappings)
                    if (WebXmlImport.value(other, "servlet-name").equals(name.arg(0)))
                        WebXmlImport.children(other, "url-pattern").forEach(one -> close(one.arg(0)));
            }
        }
        if (mappings.isEmpty()) close("/*");
    }

    /** A filter is asked whatever there is for more exact paths; see {@link #closing}. */
    private void close(String pattern) {
        filtered.add(pattern);
    }

    /** Where it says something of its own. */
    Set<String> patterns() {
        Set<String> patterns = new LinkedHashSet<>(filtered);
        guards.forEach(guard -> patterns.add(guard.pattern()));
        return patterns;
    }

    /**
     * Whom it keeps out of the paths of a pattern.
     *
     * @return methods; {@code *} alone for all
     */
    Set<String> closing(String pattern) {
        if (filtered.stream().anyMatch(one -> WebXmlPattern.covers(one, pattern))) return Set.of("*");
        String best = guards.stream()
                .map(Guard::pattern)
                // That "/*" comes before "*.x", so that the latter never holds, is not what who wrote it had in mind.
                .filter(one ->
                        WebXmlPattern.isExtension(pattern) ? one.equals(pattern) : WebXmlPattern.covers(one, pattern))
                .max(WebXmlPattern.EXACTNESS)
                .orElse("");
        Set<String> methods = new LinkedHashSet<>();
        for (Guard guard : guards) {
            if (!guard.pattern().equals(best) || !guard.closes()) continue;
            if (guard.methods().isEmpty()) return Set.of("*");
            methods.addAll(guard.methods());
        }
        return methods;
    }
}
