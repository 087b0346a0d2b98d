package dev.sluice.importing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code proxy_pass} and {@code grpc_pass} of one location, with all that holds for its requests. */
final class NginxPass {
    private static final Pattern URL = Pattern.compile(
            "(?:(https?|grpcs?)://)?(unix:[^:$]+:?|\\[[0-9A-Fa-f:.]+](?::\\d+)?|\\$\\w+|[^/?$]+)(.*)", Pattern.DOTALL);

    private static final Map<String, String> SCHEMES =
            Map.of("http", "http", "https", "https", "grpc", "h2c", "grpcs", "https");

    private final NginxServer server;
    private final NginxScope scope;
    private final NginxText text;
    private final String kind;
    private final String location;

    /**
     * @param kind of the location: {@code =}, {@code ~}, or empty
     * @param location what it looks for
     */
    NginxPass(NginxServer server, NginxScope scope, String kind, String location) {
        this.server = server;
        this.scope = scope;
        this.text = server.text.in(scope);
        this.kind = kind;
        this.location = location;
    }

    /** The one of this block, or null. */
    static @Nullable Directive in(NginxScope scope) {
        List<Directive> passes = new ArrayList<>(scope.own("proxy_pass"));
        passes.addAll(scope.own("grpc_pass"));
        return passes.isEmpty() ? null : passes.get(0);
    }

    /** @param rewrite one that changes the path, or null */
    void set(DraftRoute route, Directive pass, @Nullable Directive rewrite) throws NotCarried {
        boolean grpc = pass.name().equals("grpc_pass");
        Matcher url = URL.matcher(text.constant(pass.arg(0)));
        if (!url.matches()) throw new NotCarried("it is no URL of a backend");
        String scheme = SCHEMES.getOrDefault(url.group(1) == null ? "" : url.group(1), grpc ? "h2c" : "http");
        String authority = url.group(2);
        target(route, pass, scheme, authority);
        Map<String, Object> request = new LinkedHashMap<>();
        if (rewrite != null) rewritten(rewrite, request);
        else uri(pass, route, url.group(3), request);
        NginxSettings settings = new NginxSettings(server, scope);
        settings.request(request, usualHost(scheme, authority), grpc);
        route.set("mirror", mirror());
        route.set("request", request);
        route.set("response", settings.response(true));
        route.set("timeouts", settings.timeouts());
        Map<String, Object> pages = settings.errorPages();
        route.set("errorPages", pages);
        if (pages != null && settings.intercepts()) route.set("interceptErrors", true);
    }

    private void rewritten(Directive rewrite, Map<String, Object> request) {
        try {
            new NginxRewrite(rewrite).request(request, text);
        } catch (NotCarried e) {
            server.draft.left.add(rewrite, e.why());
        }
    }

    /** What nginx calls {@code $proxy_host}. */
    private String usualHost(String scheme, String authority) {
        if (authority.startsWith("$")) return "";
        if (authority.startsWith("unix:")) return "localhost";
        String port = scheme.equals("https") ? ":443" : ":80";
        return authority.endsWith(port) ? authority.substring(0, authority.length() - port.length()) : authority;
    }

    private void target(DraftRoute route, Directive pass, String scheme, String authority) throws NotCarried {
        if (!authority.startsWith("$")) {
            if (NginxText.hasVariable(authority))
                throw new NotCarried("a backend is not chosen by variables; write routes");
            Map.Entry<String, Object> target = server.upstreams.use(scheme, authority, tls(pass, scheme));
            route.set(target.getKey(), target.getValue());
            return;
        }
        Directive split = server.splits.get(authority);
        if (split == null) throw new NotCarried("a backend is not chosen by variables; write routes");
        route.set("split", split(split, scheme));
        server.draft.left.add(
                split, "chance decides, not " + split.arg(0) + ": cookies or headers can keep a client to a pool");
    }

    private List<Map<String, Object>> split(Directive split, String scheme) throws NotCarried {
        List<Double> shares = new ArrayList<>();
        double rest = 100;
        for (Directive one : split.children()) {
            boolean share = one.name().matches("\\d{1,3}(\\.\\d{1,2})?%");
            if (!share && !one.name().equals("*")) throw new NotCarried("it is no share: " + one.name());
            double part = share
                    ? Double.parseDouble(one.name().substring(0, one.name().length() - 1))
                    : rest;
            rest -= part;
            shares.add(part);
        }
        boolean whole = shares.stream().allMatch(share -> share == Math.rint(share));
        List<Map<String, Object>> pools = new ArrayList<>();
        for (int i = 0; i < shares.size(); i++) {
            String name = split.children().get(i).arg(0);
            if (name.isEmpty()) throw new NotCarried("a share without a backend");
            Map<String, Object> pool = new LinkedHashMap<>();
            pool.put("pool", server.upstreams.pool(scheme, name));
            pool.put("weight", (int) Math.max(0, Math.round(shares.get(i) * (whole ? 1 : 100))));
            pools.add(pool);
        }
        return pools;
    }

    private Map<String, Object> tls(Directive pass, String scheme) {
        Map<String, Object> tls = new LinkedHashMap<>();
        if (!scheme.equals("https")) return tls;
        file(tls, "trust", "proxy_ssl_trusted_certificate");
        Directive name = scope.find("proxy_ssl_name");
        if (name != null && !NginxText.hasVariable(name.arg(0))) tls.put("serverName", name.arg(0));
        file(tls, "certificate", "proxy_ssl_certificate");
        file(tls, "key", "proxy_ssl_certificate_key");
        if (!scope.on("proxy_ssl_verify"))
            server.draft.left.add(
                    pass, "nginx does not look at the backend's certificate, Sluice does: see tls.trust of a pool");
        return tls;
    }

    private void file(Map<String, Object> tls, String key, String directive) {
        String file = scope.value(directive);
        if (!file.isEmpty()) tls.put(key, server.listeners.file(file));
    }

    /** What a path behind the backend's address does with that of the request. */
    private void uri(Directive pass, DraftRoute route, String uri, Map<String, Object> request) throws NotCarried {
        if (uri.isEmpty() || uri.matches("\\$request_uri|\\$uri(\\$is_args\\$args)?")) return;
        if (!uri.startsWith("/") && !uri.startsWith("?"))
            throw new NotCarried("a backend is not chosen by variables; write routes");
        String bare = uri.replaceFirst("\\$is_args\\$args$", "");
        if (NginxText.hasVariable(bare)) {
            boolean base = bare.matches("(/[^$?]+)\\$request_uri");
            boolean groups = !NginxText.hasVariable(bare.replaceAll("\\$\\d", "")) && route.get("pathPattern") != null;
            if (base) request.put("addPrefix", bare.substring(0, bare.indexOf('$')));
            else if (groups) request.put("rewrite", NginxRewrite.rewrite(route.text("pathPattern"), bare));
            else throw new NotCarried("request.rewrite knows the groups $1 to $9 of an expression only");
            if (groups && bare.equals(uri)) server.draft.left.add(pass, "the query is passed on, unlike in nginx");
            return;
        }
        if (bare.indexOf('?') >= 0) throw new NotCarried("a query cannot be put in the place of the path");
        if (kind.startsWith("~")) throw new NotCarried("a path behind the backend goes with no expression");
        if (kind.equals("=")) {
            if (!bare.equals(location)) request.put("rewrite", NginxRewrite.rewrite(Regexes.quote(location), bare));
            return;
        }
        exchange(pass, bare, request);
    }

    private void exchange(Directive pass, String uri, Map<String, Object> request) {
        boolean slash = location.endsWith("/");
        if (slash && !uri.endsWith("/")) {
            request.put("rewrite", NginxRewrite.rewrite(Regexes.quote(location) + "(.*)", uri + "$1"));
            return;
        }
        if (!slash && uri.endsWith("/"))
            server.draft.left.add(
                    pass, "one slash less: nginx makes " + uri + "/x of " + location + "/x, and Sluice " + uri + "x");
        String strip = slash ? location.substring(0, location.length() - 1) : location;
        String add = uri.endsWith("/") ? uri.substring(0, uri.length() - 1) : uri;
        if (strip.equals(add)) return;
        if (!strip.isEmpty()) request.put("stripPrefix", strip);
        if (!add.isEmpty()) request.put("addPrefix", add);
    }

    private @Nullable Map<String, Object> mirror() {
        Directive mirror = scope.find("mirror");
        if (mirror == null || mirror.arg(0).equals("off")) return null;
        Directive to = server.location(mirror.arg(0));
        Directive pass = to == null ? null : in(server.scope.in(to.children()));
        Matcher url = pass == null ? null : URL.matcher(text.constant(pass.arg(0)));
        if (to == null || url == null || !url.matches() || NginxText.hasVariable(url.group(2))) {
            server.draft.left.add(mirror, "a mirror is a pool: there is no location with a proxy_pass to one");
            return null;
        }
        server.consumed.add(to);
        String scheme = SCHEMES.getOrDefault(url.group(1) == null ? "" : url.group(1), "http");
        return Map.of("pool", server.upstreams.pool(scheme, url.group(2)));
    }
}
