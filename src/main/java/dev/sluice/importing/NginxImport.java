package dev.sluice.importing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An {@code nginx.conf}, or the file of one site, as a draft. */
final class NginxImport {
    private static final Set<String> OF_HTTP = Set.of("server", "upstream", "map", "split_clients");

    private final Draft draft;
    private final Path main;

    NginxImport(Draft draft, Path main) {
        this.draft = draft;
        this.main = main;
    }

    void read(List<Directive> root) throws ImportException {
        List<Directive> http = new ArrayList<>();
        for (Directive one : root) {
            if (one.name().equals("http")) http.addAll(one.children());
            // The file of one site, which nginx.conf includes.
            else if (OF_HTTP.contains(one.name())) http.add(one);
        }
        List<Directive> servers =
                http.stream().filter(one -> one.name().equals("server")).toList();
        if (servers.isEmpty())
            throw new ImportException(main.toString(), 0, "no server { ... }", "nginx.conf, or the file of a site");
        NginxWords.report(root, draft.left);
        NginxScope scope = new NginxScope(null, http);
        NginxUpstreams upstreams = new NginxUpstreams(draft);
        Map<String, Directive> splits = new HashMap<>();
        for (Directive one : http) {
            if (one.name().equals("upstream")) upstreams.declare(one);
            if (one.name().equals("split_clients")) splits.put(one.arg(1), one);
        }
        NginxListeners listeners = new NginxListeners(draft, main);
        servers.forEach(listeners::declare);
        listeners.finish(scope);
        all(scope);
        List<NginxServer> all = servers.stream()
                .map(server -> new NginxServer(draft, listeners, upstreams, splits, scope, server))
                // Those that take every host come last, as they do in nginx whatever the order in the file.
                .sorted(Comparator.comparingInt(server -> server.isUsual() ? 1 : 0))
                .toList();
        for (NginxServer server : all) new NginxSites(server, all).add();
        if (draft.routes.isEmpty())
            throw new ImportException(main.toString(), 0, "no server that could be carried over", "at least one");
    }

    /** What Sluice says once, for all. */
    private void all(NginxScope http) {
        List<NginxScope> scopes = new ArrayList<>(List.of(http));
        http.own("server").forEach(server -> scopes.add(http.in(server.children())));
        for (NginxScope scope : scopes) {
            if (scope.value("real_ip_header").equals("proxy_protocol")) continue;
            for (Directive one : scope.own("set_real_ip_from"))
                if (!one.arg(0).startsWith("unix:")) draft.trustedProxies.add(one.arg(0));
        }
        Directive header = http.find("real_ip_header");
        if (header != null && !header.arg(0).matches("(?i)x-forwarded-for|proxy_protocol"))
            draft.left.add(header, "trustedProxies are asked for Forwarded and X-Forwarded-For");
        Directive idle = http.find("keepalive_timeout");
        if (idle == null) return;
        try {
            long millis = Units.millis(idle.arg(0));
            if (millis > 0 && millis != 60_000) draft.server.put("idleTimeout", Units.duration(millis));
        } catch (NotCarried e) {
            draft.left.add(idle, e.why());
        }
    }
}
