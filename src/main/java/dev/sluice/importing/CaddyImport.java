package dev.sluice.importing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A {@code Caddyfile} as a draft. */
final class CaddyImport {
    /** How Caddy does its work. */
    private static final Set<String> SILENT = Set.of(
            "admin",
            "debug",
            "log",
            "storage",
            "persist_config",
            "email",
            "order",
            "http_port",
            "https_port",
            "auto_https",
            "servers",
            "metrics");

    private final Draft draft;
    private final Path file;

    CaddyImport(Draft draft, Path file) {
        this.draft = draft;
        this.file = file;
    }

    void read(List<Directive> top) throws ImportException {
        Map<String, String> options = new LinkedHashMap<>();
        List<Directive> blocks = new ArrayList<>();
        for (Directive one : top) {
            if (one.name().isEmpty()) options(one, options);
            else if (one.block() != null && !one.name().startsWith("&")) blocks.add(one);
            else draft.left.add(one, "a site has a block");
        }
        if (blocks.isEmpty()) throw new ImportException(file.toString(), 0, "no site", "a Caddyfile");
        CaddySites sites = new CaddySites(
                draft, options.getOrDefault("http_port", "80"), options.getOrDefault("https_port", "443"));
        List<CaddySites.Site> all = new ArrayList<>();
        for (Directive one : blocks) all.add(sites.site(one));
        sites.finish(!options.getOrDefault("auto_https", "").matches("off|disable_redirects"));
        // Those that take every host come last, as they do in Caddy whatever the order in the file.
        all.sort(Comparator.comparingInt(
                site -> site.hosts().values().stream().anyMatch(hosts -> hosts.contains("*")) ? 1 : 0));
        for (CaddySites.Site site : all) add(site, sites);
        if (draft.routes.isEmpty())
            throw new ImportException(file.toString(), 0, "no site that could be carried over", "at least one");
    }

    private void add(CaddySites.Site site, CaddySites sites) throws ImportException {
        List<DraftRoute> routes = new CaddyRoutes(draft).of(site.directive());
        Map<List<String>, List<String>> listeners = new LinkedHashMap<>();
        site.hosts()
                .forEach((address, hosts) -> listeners
                        .computeIfAbsent(hosts.contains("*") ? List.of() : hosts, h -> new ArrayList<>())
                        .add(sites.name(address)));
        listeners.forEach((hosts, names) -> {
            List<DraftRoute> placed = new ArrayList<>();
            for (DraftRoute route : routes) {
                DraftRoute copy = route.copy();
                if (copy.list("host").isEmpty()) copy.set("host", hosts);
                placed.add(copy.set("listeners", names.containsAll(serving()) ? null : names));
            }
            draft.addSite(placed);
        });
    }

    /** Listeners that ask for routes. */
    private List<String> serving() {
        return draft.listeners.entrySet().stream()
                .filter(entry -> !entry.getValue().containsKey("redirect"))
                .map(Map.Entry::getKey)
                .toList();
    }

    private void options(Directive block, Map<String, String> options) {
        for (Directive one : block.children()) {
            if (!SILENT.contains(one.name())) {
                draft.left.add(
                        one, one.name().equals("grace_period") ? "see drain.deadline" : CaddyWords.advice(one.name()));
                continue;
            }
            boolean port = one.name().endsWith("_port");
            if (port && !one.arg(0).matches("\\d{1,5}")) draft.left.add(one, "it is no port");
            else options.putIfAbsent(one.name(), one.arg(0));
            if (one.name().equals("servers")) for (Directive server : one.children()) server(server);
        }
    }

    private void server(Directive one) {
        if (one.name().equals("trusted_proxies") && one.arg(0).equals("static")) {
            draft.trustedProxies.addAll(
                    CaddyMatchers.clients(one.args().subList(1, one.args().size())));
        } else if (!one.name().matches("protocols?|metrics|max_header_size|name")) {
            draft.left.add(one, "see server, and proxyProtocol of a listener");
        }
    }
}
