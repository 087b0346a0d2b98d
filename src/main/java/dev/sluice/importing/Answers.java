package dev.sluice.importing;

import java.util.LinkedHashMap;
import java.util.Map;

/** Redirects and fixed answers, each in its shortest form. */
final class Answers {
    private Answers() {}

    static DraftRoute redirect(DraftRoute route, String to, int status) {
        Map<String, Object> redirect = new LinkedHashMap<>(Map.of("to", to));
        redirect.put("status", status);
        return route.set("redirect", status == 308 ? to : redirect);
    }

    /** @param body empty for the usual one */
    static DraftRoute respond(DraftRoute route, int status, String body, String type) {
        if (body.isEmpty()) return route.set("respond", status);
        Map<String, Object> respond = new LinkedHashMap<>();
        respond.put("status", status);
        respond.put("body", body);
        if (!type.isEmpty()) respond.put("type", type);
        return route.set("respond", respond);
    }

    /** In the place of what kept some people out, in ways that Sluice has not: now it is everybody. */
    static DraftRoute closed(DraftRoute route) {
        DraftRoute closed = new DraftRoute(route.from).pathOf(route).set("respond", 403);
        for (String key : route.conditions().keySet()) if (!key.equals("clients")) closed.set(key, route.get(key));
        closed.comment = "closed: what kept people out is not carried over";
        return closed;
    }

    /** In the place of what Sluice cannot do, so that nothing else gets these requests. */
    static DraftRoute missing(DraftRoute route) {
        route.comment = "not carried over; see above";
        return route.set("respond", 501);
    }
}
