package dev.sluice.config;

import dev.sluice.config.RouteConfig.ProxyProtocol;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The section {@code pools}, and what a route with a pool of its own says of it. */
final class PoolBinder {
    /** Names in one message; more would hide what it says. */
    private static final int MOST_NAMES = 20;

    private final Problems problems;
    private final SecretFiles files;
    private final BackendBinder members;
    private final ConnectionsBinder connections;
    private final BalanceBinder balance;
    private final @Nullable Section defaults;
    /** Every name that stands there, also that of a pool in which something is wrong; in the order of the file. */
    private final Map<String, Place> declared = new LinkedHashMap<>();

    private final Map<String, PoolConfig> pools = new HashMap<>();
    private final Set<String> used = new HashSet<>();
    /** Whether a route means a pool, but not one that there is: then nobody can say which pools are not used. */
    private boolean unresolved;
    /** Whether the section has been reported as a whole: then nobody can say which pools there are. */
    private boolean unreadable;

    /**
     * @param mostConnections that may be open to one backend
     * @param defaults what pools say that do not say it themselves
     */
    PoolBinder(Problems problems, SecretFiles files, int mostConnections, @Nullable Section defaults) {
        this.defaults = defaults;
        this.problems = problems;
        this.files = files;
        this.members = new BackendBinder(problems, files);
        this.connections = new ConnectionsBinder(problems, mostConnections);
        this.balance = new BalanceBinder(problems, files);
    }

    void bind(@Nullable Node node) {
        checkDefaults();
        if (node == null || Section.isNull(node)) return;
        if (!(node instanceof Node.Mapping mapping)) {
            problems.unexpected(node, "pools", "a mapping", "one such as api: { backends: http://localhost:8000 }");
            unreadable = true;
            return;
        }
        mapping.entries().forEach((name, entry) -> {
            declared.put(name, entry.keyAt());
            String path = Text.join("pools", name);
            checkName(name, path, entry.keyAt());
            Section own = Section.of(entry.value(), path, problems, PoolKeys.POOL);
            if (own == null) return;
            Section section = own.withDefaults(defaults);
            if (section.value("backends") == null)
                section.missing("backends", BackendBinder.URL + ", or a list of them");
            pools.put(name, declared(section, name).withBalance(balance.bind(section, name)));
        });
    }

    /** Also where no pool uses them. */
    private void checkDefaults() {
        if (defaults == null) return;
        if (defaults.value("balance") instanceof Node.Mapping mapping) {
            Node.Entry sticky = mapping.entries().get("sticky");
            String message = "is for each pool to say, as a cookie is one pool's (expected it in pools)";
            if (sticky != null) problems.add(sticky.keyAt(), Text.join(defaults.path("balance"), "sticky"), message);
        }
        members.tls(defaults);
        pool(defaults, List.of(), "defaults").withBalance(balance.bind(defaults, "defaults"));
        connections.bind(defaults);
    }

    private PoolConfig declared(Section section, String name) {
        DiscoveryBinder places = new DiscoveryBinder(problems, members, files);
        List<BackendConfig> list = backends(section, "backends", (node, path) -> {
            if (!DiscoveryBinder.isOne(node)) return members.bind(node, path);
            places.bind(node, path);
            return null;
        });
        BackendTlsConfig tls = members.tls(section);
        List<BackendConfig> likely = new ArrayList<>(list);
        likely.addAll(places.likely());
        members.refuseTls(section, likely);
        PoolConfig pool = pool(section, likely, name);
        return pool.withBackends(
                        list.stream().map(b -> BackendBinder.withTls(b, tls)).toList())
                .withDiscoveries(places.found(tls))
                .withConnections(connections(section, pool));
    }

    private ConnectionsConfig connections(Section section, PoolConfig pool) {
        if (pool.proxyProtocol() != ProxyProtocol.OFF) {
            String message = "goes with no proxyProtocol, where each connection serves one request and is closed";
            section.refuse("connections", message + " (expected one of the two)");
            if (!section.says("connections")) return ConnectionsConfig.defaults();
        }
        return connections.bind(section);
    }

    private void checkName(String name, String path, Place at) {
        if (name.equals("default")) {
            String taken = "is what logs call the pool of the route without a path (expected another name)";
            problems.add(at, path, Text.quote(name) + " " + taken);
        } else if (!name.matches(PoolKeys.NAME)) {
            String expected = "(expected letters, digits, -, _ and dots, a letter first, at most 64)";
            problems.add(at, path, Text.quote(name) + " is not a pool name " + expected);
        }
    }

    boolean isDeclared(String name) {
        return declared.containsKey(name);
    }

    /** The pool of a route that says itself where it goes; that it does not is for the caller to report. */
    PoolConfig own(Section route, String name) {
        List<BackendConfig> list = backends(route, "to", members::bare);
        if (defaults == null) return pool(route, list, name);
        BackendTlsConfig tls = members.tls(defaults);
        Section section = route.withDefaults(defaults);
        PoolConfig pool = pool(section, list, name).withBalance(balance.bind(defaults, name));
        return pool.withBackends(
                        list.stream().map(b -> BackendBinder.withTls(b, tls)).toList())
                .withConnections(connections(section, pool));
    }

    /** @param list its backends, and those that will be found, as far as one knows */
    private PoolConfig pool(Section section, List<BackendConfig> list, String name) {
        ProxyProtocol proxyProtocol = section.choice("proxyProtocol", ProxyProtocol.OFF);
        Node announced = section.value("proxyProtocol");
        // Such a connection is one exchange's, and HTTP/1.1.
        if (announced != null
                && proxyProtocol != ProxyProtocol.OFF
                && list.stream().anyMatch(b -> b.scheme().equals("h2c"))) {
            String message = "goes with no h2c:// backend (expected http://, https:// or unix: ones)";
            problems.add(announced.at(), section.path("proxyProtocol"), message);
        }
        Node health = section.value("health");
        HealthConfig how =
                health == null ? null : new HealthBinder(problems).bind(health, section.path("health"), list);
        return PoolConfig.of(name, list)
                .withProxyProtocol(proxyProtocol)
                .withHealth(how)
                .withEjection(new EjectionBinder(problems).bind(section.value("ejection"), section.path("ejection")))
                .withRetries(new RetryBinder(problems).bind(section.value("retries"), section.path("retries")))
                .withLimits(new LimitsBinder(problems).bind(section.value("limits"), section.path("limits")));
    }

    /** The pool of that name; null when there is none, or something is wrong with it, which has been reported. */
    @Nullable
    PoolConfig use(Section route) {
        Node node = route.value("pool");
        String name = route.text("pool", "the name of a pool", "one of those in pools");
        if (node == null || name == null || !declared.containsKey(name)) {
            unresolved = true;
            if (node != null && name != null) unknown(name, node.at(), route.path("pool"));
            return null;
        }
        used.add(name);
        return pools.get(name);
    }

    private void unknown(String name, Place at, String path) {
        if (unreadable) return;
        if (declared.isEmpty()) {
            problems.add(at, path, Text.quote(name) + " is unknown (expected a section pools that declares it)");
            return;
        }
        List<String> known = List.copyOf(declared.keySet());
        String names = known.stream().limit(MOST_NAMES).map(Text::escape).collect(Collectors.joining(", "));
        String more = known.size() > MOST_NAMES ? " and " + (known.size() - MOST_NAMES) + " more" : "";
        String meant = Text.nearest(name, known);
        String hint = meant == null ? "" : "; did you mean " + Text.quote(meant) + "?";
        problems.add(at, path, Text.quote(name) + " is unknown (expected one of: " + names + more + hint + ")");
    }

    /** For a section that stands there by another name. */
    void unreadable() {
        unreadable = true;
    }

    /** For a route of which it cannot be told whether it means a pool. */
    void unresolved() {
        unresolved = true;
    }

    /** After all routes: a pool that none uses is a route forgotten, or a name misspelt. */
    void reportUnused() {
        if (unresolved) return;
        declared.forEach((name, at) -> {
            if (used.contains(name)) return;
            String message = "no route uses it (expected a route with pool: " + Text.escape(name) + ")";
            problems.add(at, Text.join("pools", name), message);
        });
    }

    private List<BackendConfig> backends(
            Section section, String key, BiFunction<Node, String, @Nullable BackendConfig> binder) {
        List<BackendConfig> backends = new ArrayList<>();
        Node node = section.value(key);
        if (node == null) return backends;
        if (node instanceof Node.Sequence list) {
            if (list.items().isEmpty()) {
                problems.add(node.at(), section.path(key), "there is no backend (expected at least one)");
            }
            Set<String> known = new HashSet<>();
            for (int i = 0; i < list.items().size(); i++) {
                Node item = list.items().get(i);
                String path = section.path(key) + "[" + i + "]";
                BackendConfig backend = binder.apply(item, path);
                if (backend == null) continue;
                // Whatever else is said of it: one server, under one path.
                String server = backend.origin() + backend.basePath() + "?" + backend.query();
                if (!known.add(server)) {
                    String url = item instanceof Node.Scalar s ? s.text() : backend.origin() + backend.basePath();
                    problems.add(item.at(), path, Text.quote(url) + " is given twice (expected each backend once)");
                }
                backends.add(backend);
            }
        } else {
            BackendConfig backend = binder.apply(node, section.path(key));
            if (backend != null) backends.add(backend);
        }
        return backends;
    }
}
