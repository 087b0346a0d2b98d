package dev.sluice.importing;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one server, for its hosts and listeners. nginx chooses the server first and then looks at nothing else, so
 * what a server has no place for must not reach a route for any host.
 */
final class NginxSites {
    /** Hosts and listeners for which the routes of a server are wanted. */
    private record Variant(List<String> hosts, List<String> listeners) {}

    private final NginxServer server;
    private final List<NginxServer> all;
    private final Draft draft;

    NginxSites(NginxServer server, List<NginxServer> all) {
        this.server = server;
        this.all = all;
        this.draft = server.draft;
    }

    void add() {
        NginxSwitches switches = new NginxSwitches(server);
        List<DraftRoute> routes = new NginxLocations(server).routes();
        boolean comment = server.isUsual() && !server.names.isEmpty();
        for (Variant variant : variants()) {
            List<DraftRoute> site = new ArrayList<>();
            for (DraftRoute special : switches.routes()) {
                DraftRoute copy = placed(special, variant);
                if (copy != null) site.add(copy);
            }
            List<String> hosts = new ArrayList<>(variant.hosts());
            hosts.removeAll(switches.hosts());
            List<String> listeners = new ArrayList<>(variant.listeners());
            if (switches.plainGone()) listeners.removeAll(server.listeners.plain());
            boolean none = hosts.isEmpty() && !variant.hosts().isEmpty() || listeners.isEmpty();
            if (!none) routes.forEach(route -> site.add(placed(route.copy(), hosts, listeners)));
            boolean open = !variant.hosts().isEmpty() && site.stream().noneMatch(DraftRoute::takesAll);
            if (open && all.stream().anyMatch(NginxServer::isUsual)) {
                DraftRoute nothing = new DraftRoute(server.directive).set("respond", 404);
                nothing.comment = "so that it does not get to the routes for every host";
                site.add(placed(nothing, variant.hosts(), variant.listeners()));
            }
            if (comment && variant.hosts().isEmpty())
                site.stream()
                        .filter(route -> route.list("host").isEmpty() && route.comment.isEmpty())
                        .findFirst()
                        .ifPresent(route -> route.comment =
                                String.join(", ", server.names) + ", and every other host: the default server");
            draft.addSite(site);
        }
    }

    private @Nullable DraftRoute placed(DraftRoute special, Variant variant) {
        List<String> hosts = special.list("host").isEmpty() ? variant.hosts() : special.list("host");
        List<String> listeners = new ArrayList<>(variant.listeners());
        if (!special.list("listeners").isEmpty()) listeners.retainAll(special.list("listeners"));
        return listeners.isEmpty() ? null : placed(special.copy(), hosts, listeners);
    }

    private DraftRoute placed(DraftRoute route, List<String> hosts, List<String> listeners) {
        route.set("host", hosts);
        return route.set("listeners", listeners.containsAll(draft.listeners.keySet()) ? null : listeners);
    }

    private List<Variant> variants() {
        List<String> listeners = server.listeners.of(server.directive);
        List<String> usual = server.listeners.usualOf(server.directive);
        List<Variant> variants = new ArrayList<>();
        if (listeners.isEmpty()) return variants;
        List<String> own = usual.containsAll(listeners) ? covered() : server.names;
        if (!own.isEmpty()) variants.add(new Variant(own, listeners));
        if (!usual.isEmpty()) variants.add(new Variant(List.of(), usual));
        if (variants.isEmpty())
            draft.left.add(
                    server.directive, "no request gets here: another server is the default, and this has no name");
        return variants;
    }

    /** Names that a wildcard of another server would take, where this one takes every host. */
    private List<String> covered() {
        Set<String> wildcards = new HashSet<>();
        for (NginxServer other : all) {
            if (other != server)
                other.names.stream().filter(name -> name.startsWith("*.")).forEach(wildcards::add);
        }
        return server.names.stream()
                .filter(name -> wildcards.stream().anyMatch(wildcard -> name.endsWith(wildcard.substring(1))))
                .toList();
    }
}
