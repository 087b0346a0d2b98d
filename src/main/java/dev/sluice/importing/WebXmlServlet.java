package dev.sluice.importing;

import dev.sluice.config.BackendConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One servlet with its init-params: Jetty's transparent proxies, and Sluice's own. */
final class WebXmlServlet {
    private static final String PROXY = "org\\.eclipse\\.jetty\\.(ee\\d+\\.)?proxy\\.";
    private static final String OWN = "dev.sluice.proxy.ReverseProxyServlet";

    /** How Jetty's client does its work; Sluice's does it in a way of its own. */
    private static final Set<String> SILENT =
            Set.of("maxThreads", "selectors", "requestBufferSize", "responseBufferSize", "name", "asyncSupported");

    private static final Set<String> HANDLED = Set.of(
            "proxyTo",
            "prefix",
            "preserveHost",
            "hostHeader",
            "timeout",
            "idleTimeout",
            "streamIdleTimeout",
            "maxConnections",
            "whiteList",
            "blackList");

    private final Draft draft;
    private final Leftovers left;
    private final Directive servlet;
    private final String type;
    private final Map<String, Directive> params = new LinkedHashMap<>();

    WebXmlServlet(Draft draft, Directive servlet) {
        this.draft = draft;
        this.left = draft.left;
        this.servlet = WebXmlImport.shown(servlet);
        this.type = WebXmlImport.value(servlet, "servlet-class");
        for (Directive param : WebXmlImport.children(servlet, "init-param")) {
            String value = WebXmlImport.value(param, "param-value");
            String name = WebXmlImport.value(param, "param-name");
            params.put(name, new Directive(name, List.of(value), null, param.file(), param.line()));
        }
    }

    /** @param route with the path for which the servlet is */
    List<DraftRoute> routes(DraftRoute route) {
        try {
            List<String> to = backends();
            unknown();
            if (!isAllowed(to)) {
                left.add(servlet, "whiteList or blackList forbid its own backend: it answers 403");
                return List.of(route.set("respond", 403));
            }
            route.set("to", to);
            Map<String, Object> request = new LinkedHashMap<>();
            if (!text("hostHeader").isEmpty()) request.put("host", NginxText.literal(text("hostHeader")));
            else if (!Boolean.parseBoolean(text("preserveHost"))) request.put("host", "backend");
            route.set("timeouts", timeouts());
            all();
            return prefixed(route, request);
        } catch (NotCarried e) {
            left.add(servlet, e.why() + "; its routes answer 501 now");
            return List.of(Answers.missing(route));
        }
    }

    private String text(String name) {
        Directive param = params.get(name);
        return param == null ? "" : param.arg(0);
    }

    private List<String> backends() throws NotCarried {
        List<String> to = new ArrayList<>();
        if (type.matches(PROXY + "(Async)?ProxyServlet|" + PROXY + "AsyncMiddleManServlet"))
            throw new NotCarried("a forward proxy goes where clients say, Sluice goes where routes say");
        if (type.matches(PROXY + "BalancerServlet")) {
            params.forEach((name, param) -> {
                if (name.matches("balancerMember\\..*\\.proxyTo")) to.add(param.arg(0));
            });
        } else if (type.equals(OWN)) {
            to.addAll(List.of(text("proxyTo").strip().split("[\\s,]+")));
        } else if (!text("proxyTo").isEmpty()) {
            to.add(text("proxyTo").strip());
            if (!type.matches(PROXY + "(Async)?ProxyServlet\\$Transparent"))
                left.add(servlet, "taken for a ProxyServlet.Transparent; what else " + type + " does is not");
        }
        to.removeIf(String::isEmpty);
        if (to.isEmpty()) throw new NotCarried("Sluice runs no servlets but proxies to a backend");
        List<String> urls = new ArrayList<>();
        for (String url : to) {
            // As Jetty has it, which puts the path behind, that begins with one.
            String bare = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
            try {
                BackendConfig.parse(bare);
            } catch (IllegalArgumentException e) {
                throw new NotCarried("proxyTo is no URL of a backend: " + Leftovers.shown(url));
            }
            urls.add(bare.replace("${", "$${"));
        }
        return urls;
    }

    /** As Jetty has it, destinations and not clients. */
    private boolean isAllowed(List<String> to) {
        List<String> allowed = hosts("whiteList");
        List<String> forbidden = hosts("blackList");
        return to.stream()
                .map(WebXmlServlet::hostAndPort)
                .allMatch(one -> (allowed.isEmpty() || allowed.contains(one)) && !forbidden.contains(one));
    }

    private List<String> hosts(String name) {
        return Arrays.stream(text(name).split("[\\s,]+"))
                .filter(one -> !one.isEmpty())
                .toList();
    }

    private static String hostAndPort(String url) {
        String authority = url.replaceFirst("^\\w+://", "").replaceFirst("/.*", "");
        if (authority.matches(".*:\\d+")) return authority;
        return authority + (url.startsWith("https:") ? ":443" : ":80");
    }

    private void unknown() {
        params.forEach((name, param) -> {
            if (name.equals("viaHost")) left.add(param, "Via says sluice");
            else if (!HANDLED.contains(name) && !SILENT.contains(name) && !name.startsWith("balancerMember."))
                left.add(param, "routes have nothing like it");
        });
    }

    private Map<String, Object> timeouts() {
        Map<String, Object> timeouts = new LinkedHashMap<>();
        String idle = millis("idleTimeout", 86_400_000);
        if (!idle.isEmpty()) {
            timeouts.put("firstByte", idle);
            timeouts.put("idle", idle);
        }
        String total = millis("timeout", 7 * 86_400_000L);
        if (!total.isEmpty()) timeouts.put("total", total);
        String stream = millis("streamIdleTimeout", 86_400_000);
        if (!stream.isEmpty()) timeouts.put("stream", stream);
        return timeouts;
    }

    /** Empty where nothing, or 0, is said. */
    private String millis(String name, long most) {
        Directive param = params.get(name);
        if (param == null || param.arg(0).matches("0*")) return "";
        if (!param.arg(0).matches("\\d{1,12}")) {
            left.add(param, "it is no time in milliseconds");
            return "";
        }
        long millis = Long.parseLong(param.arg(0));
        if (millis > most) left.add(param, "at most " + Units.duration(most));
        return Units.duration(Math.min(most, millis));
    }

    /** What is said for all backends at once. */
    private void all() {
        Directive connections = params.get("maxConnections");
        if (connections == null) return;
        if (connections.arg(0).matches("[1-9]\\d{0,4}") && Integer.parseInt(connections.arg(0)) <= 65_535)
            draft.forAll(draft.upstream, "maxConnections", Integer.valueOf(connections.arg(0)), connections);
        else left.add(connections, "upstream.maxConnections is 1 to 65535");
    }

    /** Jetty takes the prefix from the front of paths, and answers 403 to those that do not begin with it. */
    private List<DraftRoute> prefixed(DraftRoute route, Map<String, Object> request) throws NotCarried {
        String prefix = text("prefix").replaceAll("/+$", "");
        String path = route.text("exactPath").isEmpty() ? route.text("path") : route.text("exactPath");
        if (prefix.isEmpty()) return List.of(route.set("request", request));
        if (!prefix.startsWith("/")) throw new NotCarried("prefix is no path");
        if (Precedence.under(path, prefix)) {
            request.put("stripPrefix", prefix);
            return List.of(route.set("request", request));
        }
        DraftRoute none = new DraftRoute(route.from).pathOf(route).set("respond", 403);
        none.comment = "as in Jetty: does not begin with " + prefix;
        if (!route.text("exactPath").isEmpty() || !Precedence.under(prefix, path.isEmpty() ? "/" : path))
            return List.of(none);
        request.put("stripPrefix", prefix);
        return List.of(route.path("path", prefix).set("request", request), none);
    }
}
