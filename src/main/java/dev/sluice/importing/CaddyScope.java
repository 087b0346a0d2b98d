package dev.sluice.importing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What holds so far for requests that get to a place in a Caddyfile: conditions, and what is changed in them. Mutable. */
final class CaddyScope {
    DraftRoute route;

    /** What was taken from the front of paths before they are looked at. */
    String stripped = "";

    /** Whether some paths had it and others had not, so that none can be looked at any more. */
    private boolean partly;

    final Map<String, Object> request = new LinkedHashMap<>();
    final Map<String, Object> response = new LinkedHashMap<>();

    CaddyScope(DraftRoute route) {
        this.route = route;
    }

    CaddyScope copy(DraftRoute narrowed) {
        CaddyScope copy = new CaddyScope(narrowed.copy());
        copy.stripped = stripped;
        copy.partly = partly;
        copy.request.putAll(request);
        copy.response.putAll(response);
        return copy;
    }

    /** A route for what gets here. */
    DraftRoute end(Directive from, boolean forwards) {
        DraftRoute end = new DraftRoute(from).pathOf(route);
        route.conditions().keySet().forEach(key -> end.set(key, route.get(key)));
        Map<String, Object> answers = new LinkedHashMap<>(response);
        if (!forwards) answers.remove("compress");
        if (forwards) end.set("request", new LinkedHashMap<>(request));
        return end.set("response", answers);
    }

    /** Whether what a route looks at, the client's path, says nothing of the path as it is now. */
    boolean blind() {
        return partly || rewritten();
    }

    boolean rewritten() {
        return request.containsKey("rewrite") || request.containsKey("addPrefix");
    }

    void strip(String prefix) throws NotCarried {
        if (rewritten()) throw new NotCarried("a prefix is taken away before anything else is changed");
        stripped = stripped + prefix;
        String path = route.text("exactPath").isEmpty() ? route.text("path") : route.text("exactPath");
        partly |= !Precedence.under(path, stripped);
        request.put("stripPrefix", stripped);
    }

    /** @param how {@code set}, {@code add} or {@code remove} */
    static void field(Map<String, Object> of, String how, String name, String value) {
        Map<String, Object> headers = new LinkedHashMap<>();
        if (of.get("headers") instanceof Map<?, ?> before) before.forEach((k, v) -> headers.put(String.valueOf(k), v));
        Object now = headers.get(how);
        if (how.equals("remove")) {
            List<Object> names = new ArrayList<>();
            if (now instanceof List<?> list) names.addAll(list);
            if (!names.contains(name)) names.add(name);
            headers.put(how, names);
        } else {
            Map<String, Object> values = new LinkedHashMap<>();
            if (now instanceof Map<?, ?> map) map.forEach((k, v) -> values.put(String.valueOf(k), v));
            values.put(name, value);
            headers.put(how, values);
        }
        of.put("headers", headers);
    }
}
