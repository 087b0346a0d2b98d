package dev.sluice.importing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code upstream} blocks as pools. For one import, one thread. */
final class NginxUpstreams {
    private static final Pattern HASH = Pattern.compile("\\$(cookie|http)_(\\w+)");

    private final Draft draft;
    private final Map<String, Directive> blocks = new HashMap<>();

    NginxUpstreams(Draft draft) {
        this.draft = draft;
    }

    void declare(Directive upstream) {
        if (blocks.putIfAbsent(upstream.arg(0), upstream) != null)
            draft.left.add(upstream, "there is one of that name before it");
    }

    boolean has(String name) {
        return blocks.containsKey(name);
    }

    /**
     * Where requests to an authority go.
     *
     * @param scheme of Sluice's URLs, such as {@code http}
     * @param authority the name of an upstream, or host and port, or {@code unix:} and a path
     * @param tls what is said of TLS to it, empty for nothing
     * @return {@code to} or {@code pool}, with its value
     */
    Map.Entry<String, Object> use(String scheme, String authority, Map<String, Object> tls) {
        Directive block = blocks.get(authority);
        if (block == null) {
            String url = url(scheme, authority, "");
            if (tls.isEmpty()) return Map.entry("to", List.of(url));
            return Map.entry("pool", draft.pool(authority, pool(List.of(url), Map.of(), tls)));
        }
        List<Object> backends = backends(scheme, block);
        Map<String, Object> settings = settings(block);
        boolean plain =
                backends.size() == 1 && backends.get(0) instanceof String && settings.isEmpty() && tls.isEmpty();
        if (plain) return Map.entry("to", backends);
        return Map.entry("pool", draft.pool(authority, pool(backends, settings, tls)));
    }

    /** As {@link #use}, but by name in any case, for keys that want a pool. */
    String pool(String scheme, String authority) {
        Map.Entry<String, Object> target = use(scheme, authority, Map.of());
        if (target.getValue() instanceof String name) return name;
        return draft.pool(authority, new LinkedHashMap<>(Map.of("backends", single(target.getValue()))));
    }

    private static Map<String, Object> pool(List<?> backends, Map<String, Object> settings, Map<String, Object> tls) {
        Map<String, Object> pool = new LinkedHashMap<>();
        pool.put("backends", single(backends));
        pool.putAll(settings);
        if (!tls.isEmpty()) pool.put("tls", tls);
        return pool;
    }

    private static Object single(Object list) {
        return list instanceof List<?> l && l.size() == 1 && l.get(0) instanceof String ? l.get(0) : list;
    }

    static String url(String scheme, String authority, String port) {
        if (authority.startsWith("unix:"))
            return authority.endsWith(":") ? authority.substring(0, authority.length() - 1) : authority;
        boolean bare = authority.startsWith("[") ? authority.endsWith("]") : authority.indexOf(':') < 0;
        boolean usual = port.isEmpty() || scheme.equals("http") && port.equals("80");
        return scheme + "://" + authority + (bare && !usual ? ":" + port : "");
    }

    private List<Object> backends(String scheme, Directive block) {
        List<Object> backends = new ArrayList<>();
        for (Directive server : block.children()) {
            if (!server.name().equals("server") || server.args().isEmpty()) continue;
            Map<String, Object> backend = new LinkedHashMap<>();
            List<String> params = server.args().subList(1, server.args().size());
            // Without a port it is 80 here, TLS or not.
            backend.put(params.contains("resolve") ? "dns" : "url", url(scheme, server.arg(0), "80"));
            if (params.contains("down")) {
                draft.left.add(server, "a backend that is down is left out");
                continue;
            }
            for (String param : params) parameter(server, param, backend);
            boolean plain = backend.size() == 1 && backend.containsKey("url");
            backends.add(plain ? Objects.requireNonNull(backend.get("url")) : backend);
        }
        return backends;
    }

    private void parameter(Directive server, String param, Map<String, Object> backend) {
        if (param.matches("weight=[1-9]\\d{0,4}")) {
            int weight = Integer.parseInt(param.substring(7));
            if (weight > 65_535) draft.left.add(server, "Sluice has weights up to 65535");
            else if (weight != 1) backend.put("weight", weight);
        } else if (param.equals("backup")) {
            backend.put("backup", true);
        } else if (!param.matches("resolve|(max_fails|fail_timeout|max_conns)=\\w+")) {
            draft.left.add(server, param + " has nothing that corresponds to it");
        }
    }

    private Map<String, Object> settings(Directive block) {
        Map<String, Object> settings = new LinkedHashMap<>();
        for (Directive one : block.children()) {
            try {
                switch (one.name()) {
                    case "server", "keepalive", "keepalive_timeout", "keepalive_requests", "keepalive_time", "zone" -> {
                        // The first is looked at elsewhere; connections are kept in any case.
                    }
                    case "least_conn" -> settings.put("balance", "least-requests");
                    case "least_time" -> settings.put("balance", "peak-ewma");
                    case "ip_hash" -> settings.put("balance", hash("client", ""));
                    case "random" ->
                        settings.put("balance", one.args().contains("least_conn") ? "least-requests" : "random");
                    case "hash" -> settings.put("balance", hash(one.arg(0)));
                    case "sticky" -> throw new NotCarried("see balance.sticky, which needs a secret");
                    default -> throw new NotCarried("pools have nothing like it");
                }
            } catch (NotCarried e) {
                draft.left.add(one, e.why());
            }
        }
        passive(block, settings);
        return settings;
    }

    private static Map<String, Object> hash(String key) throws NotCarried {
        if (key.matches("\\$(binary_)?remote_addr")) return hash("client", "");
        if (key.matches("\\$(scheme\\$proxy_host)?(request_uri|uri)")) return hash("path", "");
        Matcher named = HASH.matcher(key);
        if (!named.matches()) throw new NotCarried("balance.on knows header, cookie, client and path");
        boolean cookie = named.group(1).equals("cookie");
        return hash(cookie ? "cookie" : "header", cookie ? named.group(2) : NginxText.header(named.group(2)));
    }

    private static Map<String, Object> hash(String on, String name) {
        Map<String, Object> hash = new LinkedHashMap<>(Map.of("policy", "hash"));
        hash.put("on", on);
        if (!name.isEmpty()) hash.put("name", name);
        return hash;
    }

    /** What servers say of failures and connections, as far as all say the same: in Sluice the pool says it. */
    private void passive(Directive block, Map<String, Object> settings) {
        String fails = common(block, "max_fails");
        String time = common(block, "fail_timeout");
        String connections = common(block, "max_conns");
        Map<String, Object> ejection = new LinkedHashMap<>();
        if (fails.matches("[1-9]\\d{0,2}")) ejection.put("failures", Integer.parseInt(fails));
        try {
            if (!time.isEmpty() && Units.millis(time) >= 100) ejection.put("time", Units.duration(Units.millis(time)));
        } catch (NotCarried e) {
            draft.left.add(block, "fail_timeout=" + time + ": " + e.why());
        }
        if (fails.equals("0")) settings.put("ejection", "off");
        else if (!ejection.isEmpty()) settings.put("ejection", ejection);
        if (connections.matches("[1-9]\\d{0,4}"))
            settings.put("limits", Map.of("backendConnections", Integer.parseInt(connections)));
    }

    private String common(Directive block, String param) {
        String common = null;
        for (Directive server : block.children()) {
            if (!server.name().equals("server") || server.args().contains("down")) continue;
            String value = server.args().stream()
                    .filter(arg -> arg.startsWith(param + "="))
                    .map(arg -> arg.substring(param.length() + 1))
                    .findFirst()
                    .orElse("");
            if (common == null) common = value;
            else if (!common.equals(value)) {
                draft.left.add(server, param + ": in Sluice it is the same for all backends of a pool");
                return common;
            }
        }
        return common == null ? "" : common;
    }
}
