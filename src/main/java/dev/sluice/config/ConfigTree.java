package dev.sluice.config;

import dev.sluice.config.RouteConfig.ProxyProtocol;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** From the records back to the keys of the file: maps, lists, texts, numbers and switches. For one printing. */
final class ConfigTree {
    private final ShownText texts;
    private final PoolTree pools;

    ConfigTree(ShownText texts) {
        this.texts = texts;
        this.pools = new PoolTree(texts);
    }

    Map<String, Object> of(SluiceConfig config) {
        Map<String, Object> tree = new LinkedHashMap<>();
        Map<String, Object> listeners = new LinkedHashMap<>();
        config.listeners().forEach(listener -> listeners.put(listener.name(), listener(listener)));
        tree.put("listeners", listeners);
        tree.put("drain", RecordTree.of(config.drain(), texts));
        Map<String, Object> usual = usual(config);
        if (!usual.isEmpty()) tree.put(Defaults.KEY, usual);
        Map<String, Object> shared = new LinkedHashMap<>();
        for (RouteConfig route : config.routes()) {
            for (PoolConfig pool : route.pools())
                if (!isOwn(route, pool)) shared.computeIfAbsent(pool.name(), name -> pools.shared(pool));
        }
        if (!shared.isEmpty()) tree.put("pools", shared);
        tree.put(
                "routes",
                config.routes().stream()
                        .map(route -> route(route, config.unrouted()))
                        .toList());
        rest(config, tree);
        return tree;
    }

    private void rest(SluiceConfig config, Map<String, Object> tree) {
        tree.put("trustedProxies", blocks(config.trustedProxies()));
        tree.put("upstream", RecordTree.of(config.upstream(), texts));
        tree.put("server", server(config.server()));
        tree.put("dns", dns(config.dns()));
        if (config.admin() != null) tree.put("admin", admin(config.admin()));
    }

    /** All but listeners, routes and pools, each of which has a name. */
    Map<String, Object> sections(SluiceConfig config) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("drain", RecordTree.of(config.drain(), texts));
        Map<String, Object> ofAnswers = new HandlingTree(texts).of(config.unrouted());
        if (!ofAnswers.isEmpty()) tree.put(Defaults.KEY, Map.of("route", ofAnswers));
        rest(config, tree);
        return tree;
    }

    /** What a route looks for. */
    Map<String, Object> conditions(RouteConfig route) {
        return new ConditionsTree(texts).of(route.conditions());
    }

    /** What a route does beside its action. */
    Map<String, Object> handling(RouteConfig route) {
        HandlingTree handling = new HandlingTree(texts);
        Map<String, Object> tree = handling.of(route.handling());
        tree.putIfAbsent("response", handling.response(ResponseConfig.DEFAULTS));
        tree.put("drain", drain(route));
        return tree;
    }

    private static String drain(RouteConfig route) {
        return route.drain() == null ? "off" : Durations.format(route.drain());
    }

    /** Whether the pool is nobody else's: it is called like the route then, which no pool in {@code pools} can be. */
    static boolean isOwn(RouteConfig route, PoolConfig pool) {
        return pool.equals(route.pool()) && pool.name().equals(route.name());
    }

    Map<String, Object> listener(ListenerConfig listener) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("address", texts.plain(listener.address()));
        if (listener.tls() != null) tree.put("tls", tls(listener.tls()));
        if (!listener.proxyProtocolFrom().isEmpty())
            tree.put("proxyProtocol", Map.of("from", blocks(listener.proxyProtocolFrom())));
        if (listener.redirectPort() > 0) tree.put("redirect", redirect(listener));
        return tree;
    }

    private Object redirect(ListenerConfig listener) {
        String to = listener.redirectPort() == 443 ? "https" : "https:" + listener.redirectPort();
        if (listener.redirectExcept().isEmpty()) return to;
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("to", to);
        tree.put("except", listener.redirectExcept().stream().map(texts::plain).toList());
        return tree;
    }

    private Map<String, Object> tls(TlsConfig tls) {
        Map<String, Object> tree = new LinkedHashMap<>();
        file(tree, "certificate", tls.certificate());
        file(tree, "key", tls.key());
        file(tree, "keystore", tls.keystore());
        if (tls.password() != null) tree.put("password", texts.secret(tls.password()));
        return tree;
    }

    private void file(Map<String, Object> tree, String key, @Nullable Path file) {
        if (file != null) tree.put(key, texts.plain(file.toString()));
    }

    private Map<String, Object> usual(SluiceConfig config) {
        Map<String, Object> tree = new LinkedHashMap<>();
        Map<String, Object> ofPools = pools.ofAllRoutes(config.routes());
        if (!ofPools.isEmpty()) tree.put("pool", ofPools);
        Map<String, Object> ofAnswers = new HandlingTree(texts).of(config.unrouted());
        if (!ofAnswers.isEmpty()) tree.put("route", ofAnswers);
        return tree;
    }

    private Map<String, Object> route(RouteConfig route, HandlingConfig unrouted) {
        Map<String, Object> tree = new LinkedHashMap<>();
        Conditions conditions = route.conditions();
        // Of a name that follows from the conditions, reading them makes the same again.
        if (!route.name().equals(conditions.name()) && RouteBinder.isName(route.name()))
            tree.put("name", texts.plain(route.name()));
        tree.putAll(new ConditionsTree(texts).of(conditions));
        PoolConfig pool = route.pool();
        HandlingTree handling = new HandlingTree(texts);
        if (pool == null) {
            tree.putAll(handling.action(route.action()));
        } else if (isOwn(route, pool)) {
            List<String> to = pool.backends().stream().map(pools::url).toList();
            tree.put("to", to.size() == 1 ? to.get(0) : to);
            if (pool.proxyProtocol() != ProxyProtocol.OFF)
                tree.put("proxyProtocol", Section.word(pool.proxyProtocol()));
            if (pool.health() != null) tree.put("health", new HealthTree(texts).of(pool.health()));
        } else {
            tree.put("pool", pool.name());
        }
        tree.putAll(handling.of(route.handling()));
        // Else it would have those of the defaults.
        if (unrouted.securityHeaders() != null) tree.putIfAbsent("securityHeaders", false);
        tree.put("drain", drain(route));
        return tree;
    }

    private Map<String, Object> server(ServerConfig server) {
        Map<String, Object> tree = RecordTree.of(server, texts);
        tree.put("requestId", server.requestId() == null ? "off" : texts.plain(server.requestId()));
        return tree;
    }

    private Map<String, Object> dns(DnsConfig dns) {
        Map<String, Object> tree = new LinkedHashMap<>();
        if (!dns.servers().isEmpty())
            tree.put("servers", dns.servers().stream().map(ConfigTree::server).toList());
        tree.putAll(RecordTree.of(dns, texts));
        return tree;
    }

    private static String server(InetSocketAddress server) {
        InetAddress address = server.getAddress();
        String host = address.getHostAddress();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + server.getPort();
    }

    private Map<String, Object> admin(AdminConfig admin) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("address", texts.plain(admin.control().address()));
        if (admin.probes() != null)
            tree.put("probes", texts.plain(admin.probes().address()));
        return tree;
    }

    private List<String> blocks(List<Cidr> blocks) {
        List<String> shown = new ArrayList<>();
        blocks.forEach(block -> shown.add(texts.plain(block.toString())));
        return shown;
    }
}
