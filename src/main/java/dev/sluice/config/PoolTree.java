package dev.sluice.config;

import dev.sluice.config.BalanceConfig.Hash;
import dev.sluice.config.BalanceConfig.Sticky;
import dev.sluice.config.RouteConfig.ProxyProtocol;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** From pools back to the keys of the file. For one printing. */
final class PoolTree {
    private final ShownText texts;

    PoolTree(ShownText texts) {
        this.texts = texts;
    }

    /** What is said of a pool that has a name of its own: everything, so that no defaults add to it. */
    Map<String, Object> shared(PoolConfig pool) {
        Map<String, Object> tree = new LinkedHashMap<>();
        List<Object> backends = new ArrayList<>();
        pool.backends().forEach(backend -> backends.add(backend(backend)));
        pool.discoveries().forEach(place -> backends.add(discovery(place)));
        tree.put("backends", backends);
        tree.putAll(sections(pool));
        return tree;
    }

    /** All but its backends. */
    Map<String, Object> sections(PoolConfig pool) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("proxyProtocol", Section.word(pool.proxyProtocol()));
        tree.put("health", pool.health() == null ? "off" : new HealthTree(texts).of(pool.health()));
        if (pool.proxyProtocol() == ProxyProtocol.OFF)
            tree.put("connections", RecordTree.of(pool.connections(), texts));
        tree.put("ejection", RecordTree.of(pool.ejection(), texts));
        tree.put("limits", RecordTree.of(pool.limits(), texts));
        tree.put("balance", balance(pool.balance()));
        tree.put("retries", retries(pool.retries()));
        return tree;
    }

    /** What pools of routes have, and the routes cannot say: it can only come from defaults. Empty for the usual. */
    Map<String, Object> ofAllRoutes(List<RouteConfig> routes) {
        Map<String, Object> tree = new LinkedHashMap<>();
        for (RouteConfig route : routes) {
            PoolConfig pool = route.pool();
            if (pool == null || !ConfigTree.isOwn(route, pool)) continue;
            for (BackendConfig backend : pool.backends()) {
                if (backend.tls() != null) tree.put("tls", tls(backend.tls()));
            }
            if (!pool.connections().equals(ConnectionsConfig.defaults()))
                tree.put("connections", RecordTree.of(pool.connections(), texts));
            if (!pool.ejection().equals(EjectionConfig.defaults()))
                tree.put("ejection", RecordTree.of(pool.ejection(), texts));
            if (!pool.limits().equals(LimitsConfig.defaults())) tree.put("limits", RecordTree.of(pool.limits(), texts));
            if (!pool.balance().equals(BalanceConfig.defaults())) tree.put("balance", balance(pool.balance()));
            if (!pool.retries().equals(RetryConfig.defaults())) tree.put("retries", retries(pool.retries()));
        }
        return tree;
    }

    /** Its backends, and the places where some are found, each by what it is called. */
    Map<String, Object> members(PoolConfig pool) {
        Map<String, Object> tree = new LinkedHashMap<>();
        for (BackendConfig backend : pool.backends())
            enter(tree, texts.plain(backend.origin()) + texts.within(backend.basePath()), inFull(backend));
        for (DiscoveryConfig place : pool.discoveries()) {
            Map<String, Object> all = discovery(place);
            Map.Entry<String, Object> first = all.entrySet().iterator().next();
            enter(tree, first.getKey() + " " + first.getValue(), all);
        }
        return tree;
    }

    /** One that is there more than once is another one each time. */
    private static void enter(Map<String, Object> tree, String name, Object member) {
        String free = name;
        for (int i = 2; tree.containsKey(free); i++) free = name + " (" + i + ")";
        tree.put(free, member);
    }

    private Object backend(BackendConfig backend) {
        boolean plain = backend.weight() == 1 && !backend.backup() && backend.tls() == null;
        return plain ? url(backend) : inFull(backend);
    }

    private Map<String, Object> inFull(BackendConfig backend) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("url", url(backend));
        tree.put("weight", backend.weight());
        tree.put("backup", backend.backup());
        if (backend.tls() != null) tree.put("tls", tls(backend.tls()));
        return tree;
    }

    private Map<String, Object> discovery(DiscoveryConfig place) {
        Map<String, Object> tree = new LinkedHashMap<>();
        if (place instanceof DiscoveryConfig.Addresses addresses) {
            BackendConfig template = addresses.template();
            tree.put("dns", url(template));
            tree.put("weight", template.weight());
            rest(tree, template.backup(), template.tls());
        } else if (place instanceof DiscoveryConfig.Services services) {
            BackendConfig template = services.template();
            tree.put("srv", texts.plain(template.scheme() + "://" + template.host()) + target(template));
            rest(tree, template.backup(), template.tls());
        } else if (place instanceof DiscoveryConfig.Listed listed) {
            tree.put("file", texts.plain(listed.file().toString()));
            rest(tree, listed.backup(), listed.tls());
        }
        return tree;
    }

    private void rest(Map<String, Object> tree, boolean backup, @Nullable BackendTlsConfig tls) {
        tree.put("backup", backup);
        if (tls != null) tree.put("tls", tls(tls));
    }

    String url(BackendConfig backend) {
        return texts.plain(backend.origin()) + target(backend);
    }

    /** A query can hold a key. */
    private String target(BackendConfig backend) {
        String query = backend.query() == null ? "" : "?" + texts.sensitive(backend.query());
        return texts.within(backend.basePath()) + query;
    }

    private Map<String, Object> tls(BackendTlsConfig tls) {
        Map<String, Object> tree = new LinkedHashMap<>();
        if (tls.trust() != null) tree.put("trust", texts.plain(tls.trust().toString()));
        if (tls.trustPassword() != null) tree.put("trustPassword", texts.secret(tls.trustPassword()));
        if (tls.serverName() != null) tree.put("serverName", texts.plain(tls.serverName()));
        if (tls.certificate() != null)
            tree.put("certificate", texts.plain(tls.certificate().toString()));
        if (tls.key() != null) tree.put("key", texts.plain(tls.key().toString()));
        if (tls.keyPassword() != null) tree.put("keyPassword", texts.secret(tls.keyPassword()));
        tree.put("verify", tls.verify());
        return tree;
    }

    private Map<String, Object> balance(BalanceConfig balance) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("policy", Section.word(balance.policy()));
        Hash hash = balance.hash();
        if (hash != null) {
            tree.put("on", Section.word(hash.on()));
            if (!hash.name().isEmpty()) tree.put("name", texts.plain(hash.name()));
            tree.put("bound", hash.boundPercent() + "%");
        }
        if (balance.sticky() != null) tree.put("sticky", sticky(balance.sticky()));
        if (!balance.slowStart().isZero()) tree.put("slowStart", Durations.format(balance.slowStart()));
        tree.put("panicThreshold", balance.panicPercent() + "%");
        return tree;
    }

    private Map<String, Object> sticky(Sticky sticky) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("cookie", texts.plain(sticky.cookie()));
        tree.put("secret", texts.secret(sticky.secret()));
        tree.put("sameSite", Section.word(sticky.sameSite()));
        if (sticky.maxAge() != null) tree.put("maxAge", Durations.format(sticky.maxAge()));
        return tree;
    }

    private Map<String, Object> retries(RetryConfig retries) {
        Map<String, Object> tree = RecordTree.of(retries, texts);
        tree.putIfAbsent("statuses", "off");
        return tree;
    }
}
