package dev.sluice.importing;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code if} at a server that turns one host, or one scheme, to somewhere else, as certbot writes it. Such a host, or the
 * plain listeners, are then for nobody else.
 */
final class NginxSwitches {
    private final NginxServer server;
    private final List<DraftRoute> routes = new ArrayList<>();
    private final List<String> hosts = new ArrayList<>();
    private boolean plainGone;

    NginxSwitches(NginxServer server) {
        this.server = server;
        for (Directive one : server.scope.own("if")) {
            try {
                read(one);
            } catch (NotCarried e) {
                server.draft.left.add(one, e.why());
            }
        }
    }

    List<DraftRoute> routes() {
        return routes;
    }

    /** For which there is nothing else. */
    List<String> hosts() {
        return hosts;
    }

    /** Whether there is nothing else at listeners without TLS. */
    boolean plainGone() {
        return plainGone;
    }

    private void read(Directive one) throws NotCarried {
        String condition = String.join(" ", one.args()).replaceAll("^\\(\\s*|\\s*\\)$", "");
        List<Directive> inner = one.children();
        boolean simple = !inner.isEmpty() && inner.get(0).name().equals("return");
        if (!simple)
            throw new NotCarried("routes look at hosts, methods, headers, query, cookies and clients: write one");
        DraftRoute route = new DraftRoute(inner.get(0));
        NginxLocations.answer(inner.get(0), route, server.text.in(server.scope), "text/plain");
        String[] parts = condition.split("\\s+", 3);
        String value = parts.length == 3 ? parts[2] : "";
        if (parts[0].matches("\\$(http_)?host")
                && parts.length == 3
                && parts[1].equals("=")
                && !value.startsWith("$")) {
            routes.add(route.set("host", List.of(value)));
            hosts.add(value);
        } else if (condition.matches("\\$scheme (= \"?http\"?|!= \"?https\"?)")) {
            List<String> plain = new ArrayList<>(server.listeners.of(server.directive));
            plain.retainAll(server.listeners.plain());
            if (!plain.isEmpty()) routes.add(route.set("listeners", plain));
            plainGone = true;
        } else if (condition.matches("\\$request_method = [A-Z]+")) {
            routes.add(route.set("methods", List.of(value)));
        } else {
            throw new NotCarried("routes look at hosts, methods, headers, query, cookies and clients: write one");
        }
    }
}
