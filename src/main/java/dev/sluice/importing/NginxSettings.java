package dev.sluice.importing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What holds for requests and answers of one location, wherever it is said. */
final class NginxSettings {
    /** Sluice sets these itself, or forwards them as they are needed. */
    private static final Set<String> BY_ITSELF = Set.of(
            "upgrade",
            "connection",
            "forwarded",
            "via",
            "x-forwarded-for",
            "x-forwarded-proto",
            "x-forwarded-host",
            "x-forwarded-port",
            "x-forwarded-server",
            "x-forwarded-ssl");

    /** In milliseconds: as long as anything may be quiet. */
    private static final long LONGEST = 86_400_000;

    private final NginxServer server;
    private final Leftovers left;
    private final NginxScope scope;
    private final NginxText text;

    NginxSettings(NginxServer server, NginxScope scope) {
        this.server = server;
        this.left = server.draft.left;
        this.scope = scope;
        this.text = server.text.in(scope);
    }

    /**
     * Header fields and sizes of requests.
     *
     * @param request keys that there are already; to these are added
     * @param usualHost what {@code Host} is when nothing is said
     */
    void request(Map<String, Object> request, String usualHost, boolean grpc) {
        Map<String, Object> set = new LinkedHashMap<>();
        List<String> remove = new ArrayList<>();
        @Nullable Directive host = null;
        for (Directive one : scope.all(grpc ? "grpc_set_header" : "proxy_set_header")) {
            String name = one.arg(0);
            if (name.equalsIgnoreCase("host")) host = one;
            else field(one, set, remove);
        }
        String sent = host == null ? usualHost : host(host);
        if (!sent.isEmpty()) request.put("host", sent);
        Map<String, Object> headers = new LinkedHashMap<>();
        if (!set.isEmpty()) headers.put("set", set);
        if (!remove.isEmpty()) headers.put("remove", remove);
        if (!headers.isEmpty()) request.put("headers", headers);
        Directive body = scope.find("client_max_body_size");
        if (body == null) return;
        try {
            long bytes = Units.bytes(body.arg(0), 1024);
            if (bytes > 0) request.put("maxBody", Units.size(bytes));
        } catch (NotCarried e) {
            left.add(body, e.why());
        }
    }

    private void field(Directive one, Map<String, Object> set, List<String> remove) {
        String name = one.arg(0);
        String value = text.constant(one.arg(1));
        if (BY_ITSELF.contains(name.toLowerCase(Locale.ROOT)) && isUsual(one, value)) return;
        if (value.isEmpty()) {
            remove.add(name);
            return;
        }
        try {
            String template = text.template(value);
            if (template.contains("{requestId}")) server.draft.server.putIfAbsent("requestId", "X-Request-Id");
            set.put(name, template);
        } catch (NotCarried e) {
            left.add(one, e.why());
        }
    }

    private boolean isUsual(Directive one, String value) {
        if (value.matches("\\$http_(x_forwarded_\\w+|forwarded)"))
            left.add(one, "what clients say in it is believed from trustedProxies alone: name who is in front there");
        return value.startsWith("$")
                || value.isEmpty()
                || !one.arg(0).toLowerCase(Locale.ROOT).startsWith("x-")
                || one.arg(0).equalsIgnoreCase("x-forwarded-for");
    }

    private String host(Directive one) {
        String value = text.constant(one.arg(1));
        boolean usual = server.listeners.usualPorts(server.directive);
        if (value.equals("$http_host") || value.equals("$host") && usual || value.startsWith("$host:$server_port"))
            return "";
        if (value.equals("$proxy_host")) return "";
        try {
            return text.template(value);
        } catch (NotCarried e) {
            left.add(one, e.why());
            return "";
        }
    }

    /** Header fields and compression of answers; null for nothing. */
    @Nullable
    Map<String, Object> response(boolean forwards) {
        Map<String, Object> set = new LinkedHashMap<>();
        Map<String, Object> add = new LinkedHashMap<>();
        List<String> remove = new ArrayList<>();
        if (forwards) {
            scope.all("proxy_hide_header").forEach(one -> remove.add(one.arg(0)));
            scope.all("grpc_hide_header").forEach(one -> remove.add(one.arg(0)));
        }
        for (Directive one : scope.all("add_header")) {
            boolean instead = remove.removeIf(one.arg(0)::equalsIgnoreCase) || set.containsKey(one.arg(0));
            if (!forwards && one.arg(0).equalsIgnoreCase("content-type")) continue;
            try {
                Object before = (instead ? set : add).put(one.arg(0), text.template(one.arg(1)));
                if (before != null) left.add(one, "a field of the same name is added once");
            } catch (NotCarried e) {
                left.add(one, e.why());
            }
        }
        Map<String, Object> headers = new LinkedHashMap<>();
        if (!set.isEmpty()) headers.put("set", set);
        if (!add.isEmpty()) headers.put("add", add);
        if (!remove.isEmpty()) headers.put("remove", remove);
        Map<String, Object> response = new LinkedHashMap<>();
        if (!headers.isEmpty()) response.put("headers", headers);
        List<String> codings = new ArrayList<>();
        if (scope.on("zstd")) codings.add("zstd");
        if (scope.on("brotli")) codings.add("br");
        if (scope.on("gzip")) codings.add("gzip");
        if (forwards && !codings.isEmpty()) response.put("compress", codings);
        if (forwards && scope.value("proxy_redirect").equals("off")) response.put("rewriteLocation", false);
        return response.isEmpty() ? null : response;
    }

    @Nullable
    Map<String, Object> timeouts() {
        Map<String, Object> timeouts = new LinkedHashMap<>();
        Directive connect = either("proxy_connect_timeout", "grpc_connect_timeout");
        long most = 600_000;
        if (connect != null)
            server.draft.forAll(
                    server.draft.upstream, "connectTimeout", Units.duration(millis(connect, most)), connect);
        Directive read = either("proxy_read_timeout", "grpc_read_timeout");
        Directive send = either("proxy_send_timeout", "grpc_send_timeout");
        if (read != null) {
            String time = Units.duration(millis(read, LONGEST));
            timeouts.put("firstByte", time);
            timeouts.put("idle", time);
            if (upgrades()) timeouts.put("tunnel", time);
            if (millis(read, LONGEST) > 3_600_000) timeouts.put("stream", time);
        }
        if (send != null) {
            String time = Units.duration(millis(send, LONGEST));
            if (read == null) timeouts.put("idle", time);
            else if (!time.equals(timeouts.get("idle")))
                left.add(send, "timeouts.idle is for both directions, and as proxy_read_timeout has it");
        }
        return timeouts.isEmpty() ? null : timeouts;
    }

    private @Nullable Directive either(String one, String other) {
        Directive found = scope.find(one);
        return found == null ? scope.find(other) : found;
    }

    private boolean upgrades() {
        return scope.all("proxy_set_header").stream().anyMatch(one -> one.arg(0).equalsIgnoreCase("upgrade"));
    }

    private long millis(Directive one, long most) {
        try {
            long millis = Units.millis(one.arg(0));
            if (millis > most) left.add(one, "at most " + Units.duration(most));
            return Math.max(1, Math.min(most, millis));
        } catch (NotCarried e) {
            left.add(one, e.why());
            return 60_000;
        }
    }

    /** Pages for errors, as far as they are files; null for none. */
    @Nullable
    Map<String, Object> errorPages() {
        Map<String, Object> pages = new LinkedHashMap<>();
        for (Directive one : scope.all("error_page")) {
            int last = one.args().size() - 1;
            String uri = one.arg(last);
            List<String> statuses = new ArrayList<>(one.args().subList(0, Math.max(0, last)));
            boolean changed = statuses.removeIf(status -> !status.matches("[45]\\d\\d"));
            String file = uri.startsWith("/") ? server.file(uri) : "";
            if (changed || file.isEmpty()) {
                left.add(one, "error pages are files and leave the status as it is");
                continue;
            }
            if (statuses.containsAll(List.of("500", "502", "503", "504"))) {
                statuses.removeIf(status -> status.startsWith("5"));
                statuses.add("5xx");
            }
            statuses.forEach(status -> pages.putIfAbsent(status, file));
        }
        return pages.isEmpty() ? null : pages;
    }

    boolean intercepts() {
        return scope.on("proxy_intercept_errors");
    }
}
