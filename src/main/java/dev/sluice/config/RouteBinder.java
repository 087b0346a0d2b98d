package dev.sluice.config;

import dev.sluice.config.RouteConfig.ProxyProtocol;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The section {@code routes}. */
final class RouteBinder {
    private static final List<String> KEYS = List.of("path", "to", "proxyProtocol");
    private static final String URL = "http://host[:port], https://... or h2c://...";

    private final Problems problems;
    /** Where each path was given first; "/" stands for everything. */
    private final Map<String, Place> paths = new HashMap<>();

    RouteBinder(Problems problems) {
        this.problems = problems;
    }

    List<RouteConfig> bind(Node node) {
        List<RouteConfig> routes = new ArrayList<>();
        if (!(node instanceof Node.Sequence list)) {
            problems.unexpected(node, "routes", "a list", "items such as - { path: /api, to: http://localhost:8000 }");
            return routes;
        }
        if (list.items().isEmpty()) {
            problems.add(node.at(), "routes", "there is none (expected at least one, or no such section)");
        }
        for (int i = 0; i < list.items().size(); i++) {
            RouteConfig route = route(list.items().get(i), "routes[" + i + "]");
            if (route != null) routes.add(route);
        }
        return routes;
    }

    private @Nullable RouteConfig route(Node node, String at) {
        Section route = Section.of(node, at, problems, KEYS);
        if (route == null) return null;
        List<BackendConfig> to = to(route);
        ProxyProtocol proxyProtocol = route.choice("proxyProtocol", ProxyProtocol.OFF);
        Node announced = route.value("proxyProtocol");
        // Such a connection is one exchange's, and HTTP/1.1.
        if (announced != null
                && proxyProtocol != ProxyProtocol.OFF
                && to.stream().anyMatch(b -> b.scheme().equals("h2c"))) {
            String message = "goes with no h2c:// backend (expected http://, https:// or unix: ones)";
            problems.add(announced.at(), route.path("proxyProtocol"), message);
        }
        Node pathNode = route.value("path");
        String path = null;
        if (pathNode != null) {
            String text = route.text("path", "a path", "a path such as /api");
            if (text == null) return null;
            path = Section.parsed(pathNode, route.path("path"), problems, text, RouteBinder::checked);
            if (path == null) return null;
        }
        if (path != null && pathNode != null) once(path, pathNode.at(), route.path("path"));
        else if (!route.misspelt("path")) once("/", route.at(), route.path());
        return to.isEmpty() ? null : RouteConfig.of(path, to).withProxyProtocol(proxyProtocol);
    }

    private static String checked(String path) {
        String prefix = RouteConfig.prefix(path);
        return prefix == null ? "/" : prefix;
    }

    private void once(String path, Place at, String where) {
        Place first = paths.putIfAbsent(path, at);
        if (first == null) return;
        String again = path.equals("/") ? "a second route for everything else" : Text.quote(path) + " is given twice";
        String before = " (first at " + problems.where(first) + "; expected a path of its own for each route)";
        problems.add(at, where, again + before);
    }

    private List<BackendConfig> to(Section route) {
        List<BackendConfig> backends = new ArrayList<>();
        Node node = route.value("to");
        if (node == null) {
            route.missing("to", URL + ", or a list of them");
        } else if (node instanceof Node.Sequence list) {
            if (list.items().isEmpty()) {
                problems.add(node.at(), route.path("to"), "there is no backend (expected at least one)");
            }
            for (int i = 0; i < list.items().size(); i++) {
                backend(list.items().get(i), route.path("to") + "[" + i + "]", backends);
            }
        } else {
            backend(node, route.path("to"), backends);
        }
        return backends;
    }

    private void backend(Node node, String path, List<BackendConfig> backends) {
        String text = Section.text(node, path, problems, "a URL", URL);
        if (text == null) return;
        BackendConfig backend = Section.parsed(node, path, problems, text, BackendConfig::parse);
        if (backend == null) return;
        if (backends.contains(backend)) {
            problems.add(node.at(), path, Text.quote(text) + " is given twice (expected each backend once)");
        }
        backends.add(backend);
    }
}
