package dev.sluice.importing;

import dev.sluice.config.BackendConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One {@code reverse_proxy}, as {@code to} or a pool. */
final class CaddyProxy {
    private static final Pattern RANGE = Pattern.compile("(.*):(\\d{1,5})-(\\d{1,5})");

    /** How Caddy does its work, or what Sluice does anyway. */
    private static final String SILENT = "flush_interval|request_buffers|response_buffers|buffer_\\w+|max_buffer_size"
            + "|stream_timeout|stream_close_delay|compression|resolvers|read_buffer|write_buffer|keepalive\\w*"
            + "|max_response_header|dial_fallback_delay|tls_timeout|lb_try_interval";

    private final Draft draft;
    private final Leftovers left;
    private final Directive proxy;
    private final List<String> upstreams = new ArrayList<>();
    private final Map<String, Object> pool = new LinkedHashMap<>();
    private final Map<String, Object> tls = new LinkedHashMap<>();
    private final Map<String, Object> health = new LinkedHashMap<>();
    private final Map<String, Object> ejection = new LinkedHashMap<>();
    private final Map<String, Object> timeouts = new LinkedHashMap<>();
    private String scheme = "http";
    private boolean backups;

    /** @param args upstreams, the matcher left out */
    CaddyProxy(Draft draft, Directive proxy, List<String> args) {
        this.draft = draft;
        this.left = draft.left;
        this.proxy = proxy;
        upstreams.addAll(args);
    }

    DraftRoute route(CaddyScope scope) {
        CaddyScope own = scope.copy(scope.route);
        try {
            for (Directive one : proxy.children()) {
                try {
                    setting(one, own);
                } catch (NotCarried e) {
                    left.add(one, e.why());
                }
            }
            List<Object> backends = backends();
            DraftRoute route = own.end(proxy, true);
            target(route, backends);
            return route.set("timeouts", timeouts);
        } catch (NotCarried e) {
            left.add(proxy, e.why() + "; the route answers 501 now");
            return Answers.missing(own.end(proxy, false));
        }
    }

    private void target(DraftRoute route, List<Object> backends) {
        health();
        if (!tls.isEmpty()) pool.put("tls", tls);
        if (!ejection.isEmpty()) pool.put("ejection", ejection);
        if (pool.isEmpty() && !backups) {
            route.set("to", backends).set("health", health);
            return;
        }
        Map<String, Object> whole = new LinkedHashMap<>();
        whole.put("backends", backends.size() == 1 && !(backends.get(0) instanceof Map) ? backends.get(0) : backends);
        if (!health.isEmpty()) whole.put("health", health);
        whole.putAll(pool);
        String name = upstreams.get(0).replaceFirst("^\\w+://", "").replaceFirst("^unix//?", "");
        route.set("pool", draft.pool(name, whole));
    }

    /** Caddy's times differ from Sluice's, and who set one had the other in mind. */
    private void health() {
        if (health.isEmpty()) return;
        health.putIfAbsent("interval", "30s");
        health.putIfAbsent("timeout", "5s");
        try {
            if (Units.millis(String.valueOf(health.get("timeout")))
                    > Units.millis(String.valueOf(health.get("interval"))))
                health.put("timeout", health.get("interval"));
        } catch (NotCarried e) {
            throw new IllegalStateException("both were written here", e);
        }
    }

    private List<Object> backends() throws NotCarried {
        List<Object> backends = new ArrayList<>();
        for (String upstream : upstreams) {
            for (String one : ports(CaddyText.plain(upstream))) {
                String url = url(one);
                if (url.indexOf('$') < 0) check(url);
                boolean backup = backups && !backends.isEmpty();
                backends.add(backup ? new LinkedHashMap<>(Map.of("url", url, "backup", true)) : url);
            }
        }
        if (backends.isEmpty()) throw new NotCarried("backends are not named here");
        return backends;
    }

    private static List<String> ports(String upstream) throws NotCarried {
        Matcher range = RANGE.matcher(upstream);
        if (!range.matches()) return List.of(upstream);
        int from = Integer.parseInt(range.group(2));
        int to = Integer.parseInt(range.group(3));
        if (to < from || to > 65_535 || to - from >= 1000) throw new NotCarried("it is no range of ports");
        List<String> all = new ArrayList<>();
        for (int port = from; port <= to; port++) all.add(range.group(1) + ":" + port);
        return all;
    }

    private String url(String upstream) throws NotCarried {
        if (upstream.startsWith("unix/")) return "unix:" + upstream.replaceFirst("^unix//?", "/");
        if (upstream.startsWith("unix+h2c/")) throw new NotCarried("Unix-domain sockets are HTTP/1.1");
        Matcher parts = Pattern.compile("(?:([a-z0-9+]+)://)?([^/]*)").matcher(upstream);
        if (!parts.matches()) throw new NotCarried("an upstream has no path");
        String own = parts.group(1) == null ? scheme : parts.group(1);
        if (own.equals("http")) own = scheme;
        if (!own.matches("https?|h2c")) throw new NotCarried("there is no " + own + " to backends");
        String host = parts.group(2).startsWith(":") ? "localhost" + parts.group(2) : parts.group(2);
        return own + "://" + host;
    }

    private static void check(String url) throws NotCarried {
        try {
            BackendConfig.parse(url);
        } catch (IllegalArgumentException e) {
            throw new NotCarried("it is no backend: " + Leftovers.shown(url));
        }
    }

    private void setting(Directive one, CaddyScope scope) throws NotCarried {
        switch (one.name()) {
            case "to" -> upstreams.addAll(one.args());
            case "header_up" -> new CaddyFields(left).change(one, "", one.args(), scope.request, true);
            case "header_down" -> new CaddyFields(left).change(one, "", one.args(), scope.response, false);
            case "lb_policy" -> balance(one);
            case "lb_retries", "lb_try_duration", "lb_retry_match" ->
                throw new NotCarried("see retries of a pool: tries, statuses, methods");
            case "fail_duration" -> ejection.put("time", time(one, 100, 86_400_000));
            case "max_fails" -> ejection.put("failures", number(one, 1000));
            case "unhealthy_status" -> ejection.put("statuses", one.arg(0).replaceFirst("^([1-5])xx$", "$100-$199"));
            case "unhealthy_request_count" -> pool.put("limits", Map.of("backendRequests", number(one, 1_000_000)));
            case "trusted_proxies" -> throw new NotCarried("see trustedProxies, which are one list for all");
            case "dynamic" -> throw new NotCarried("see backends of a pool: dns finds them");
            case "method", "rewrite" -> throw new NotCarried("write it beside reverse_proxy: request.rewrite");
            case "transport" -> transport(one);
            default -> {
                if (one.name().startsWith("health_")) checks(one);
                else if (!one.name().matches(SILENT)) throw new NotCarried(CaddyWords.advice(one.name()));
            }
        }
    }

    private static int number(Directive one, int most) throws NotCarried {
        if (!one.arg(0).matches("\\d{1,7}") || Integer.parseInt(one.arg(0)) > most)
            throw new NotCarried("a number up to " + most);
        return Integer.parseInt(one.arg(0));
    }

    private static String time(Directive one, long least, long most) throws NotCarried {
        long millis = Units.millis(one.arg(0));
        if (millis < least || millis > most)
            throw new NotCarried(Units.duration(least) + " to " + Units.duration(most));
        return Units.duration(millis);
    }

    private void balance(Directive one) throws NotCarried {
        Object balance = switch (one.arg(0)) {
            case "round_robin" -> null;
            case "least_conn" -> "least-requests";
            case "random", "random_choose" -> "random";
            case "ip_hash", "client_ip_hash" -> hash("client", null);
            case "uri_hash" -> hash("path", null);
            case "header" -> hash("header", one.arg(1));
            case "first" -> {
                backups = true;
                yield null;
            }
            case "cookie" -> throw new NotCarried("see balance.sticky, which needs a secret");
            default -> throw new NotCarried("see balance of a pool");
        };
        if (balance != null) pool.put("balance", balance);
    }

    private static Map<String, Object> hash(String on, @Nullable String name) {
        Map<String, Object> hash = new LinkedHashMap<>(Map.of("policy", "hash"));
        hash.put("on", on);
        if (name != null) hash.put("name", name);
        return hash;
    }

    private void checks(Directive one) throws NotCarried {
        switch (one.name()) {
            case "health_uri", "health_path" -> {
                if (!one.arg(0).startsWith("/")) throw new NotCarried("it is no path");
                health.put("path", one.arg(0));
            }
            case "health_port" -> health.put("port", number(one, 65_535));
            case "health_interval" -> health.put("interval", time(one, 100, 3_600_000));
            case "health_timeout" -> health.put("timeout", time(one, 1, 300_000));
            case "health_passes" -> health.put("rise", number(one, 100));
            case "health_fails" -> health.put("fall", number(one, 100));
            case "health_status" -> {
                if (!one.arg(0).matches("[2-5](xx|\\d\\d)")) throw new NotCarried("a status, or a class of them");
                health.put("status", one.arg(0).replaceFirst("^(\\d)xx$", "$100-$199"));
            }
            default -> throw new NotCarried("see health of a pool");
        }
    }

    private void transport(Directive transport) {
        if (!transport.arg(0).equals("http")) {
            left.add(transport, "only HTTP is forwarded");
            return;
        }
        for (Directive one : transport.children()) {
            try {
                transported(one);
            } catch (NotCarried e) {
                left.add(one, e.why());
            }
        }
    }

    private void transported(Directive one) throws NotCarried {
        if (one.name().startsWith("tls")) scheme = "https";
        switch (one.name()) {
            case "tls" -> {
                // The scheme says it.
            }
            case "tls_insecure_skip_verify" -> tls.put("verify", false);
            case "tls_server_name" -> tls.put("serverName", CaddyText.plain(one.arg(0)));
            case "tls_trusted_ca_certs" -> {
                tls.put("trust", CaddySites.file(one, one.arg(0)));
                if (one.args().size() > 1) throw new NotCarried("tls.trust is one file");
            }
            case "tls_client_auth" -> {
                if (one.args().size() != 2) throw new NotCarried("tls.certificate and tls.key are files");
                tls.put("certificate", CaddySites.file(one, one.arg(0)));
                tls.put("key", CaddySites.file(one, one.arg(1)));
            }
            case "dial_timeout" -> draft.forAll(draft.upstream, "connectTimeout", time(one, 1, 600_000), one);
            case "response_header_timeout" -> timeouts.put("firstByte", time(one, 1, 86_400_000));
            case "read_timeout", "write_timeout" -> timeouts.put("idle", time(one, 1, 86_400_000));
            case "max_conns_per_host" -> pool.put("limits", Map.of("backendConnections", number(one, 65_535)));
            case "proxy_protocol" -> {
                if (!one.arg(0).matches("v[12]")) throw new NotCarried("v1 or v2");
                pool.put("proxyProtocol", one.arg(0));
            }
            case "versions" -> {
                if (one.args().equals(List.of("h2c"))) scheme = "h2c";
            }
            default -> {
                if (!one.name().matches(SILENT)) throw new NotCarried(CaddyWords.advice(one.name()));
            }
        }
    }
}
