package dev.sluice.config;

import dev.sluice.config.FieldEdits.FieldEdit;
import dev.sluice.config.RequestConfig.HostConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** From what a route does with requests back to the keys of the file. For one printing. */
final class HandlingTree {
    private final ShownText texts;

    HandlingTree(ShownText texts) {
        this.texts = texts;
    }

    /** Where requests go, when that is not one pool. */
    Map<String, Object> action(ActionConfig action) {
        Map<String, Object> tree = new LinkedHashMap<>();
        if (action instanceof ActionConfig.Split split)
            tree.put("split", split.shares().stream().map(this::share).toList());
        if (action instanceof ActionConfig.Redirect redirect)
            tree.put("redirect", pair("to", texts.sensitive(redirect.to().text()), "status", redirect.status()));
        if (action instanceof ActionConfig.Respond respond) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("status", respond.status());
            if (!respond.body().parts().isEmpty())
                answer.put("body", texts.sensitive(respond.body().text()));
            answer.put("type", texts.plain(respond.type()));
            tree.put("respond", answer);
        }
        return tree;
    }

    private Map<String, Object> share(ActionConfig.Share share) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("pool", share.pool().name());
        tree.put("weight", share.weight());
        ConditionsTree conditions = new ConditionsTree(texts);
        conditions.values(tree, "headers", share.headers());
        conditions.values(tree, "cookies", share.cookies());
        return tree;
    }

    /** Only what there is. */
    Map<String, Object> of(HandlingConfig handling) {
        Map<String, Object> tree = new LinkedHashMap<>();
        put(tree, "request", request(handling.request()));
        if (!handling.response().equals(ResponseConfig.DEFAULTS)) tree.put("response", response(handling.response()));
        put(tree, "timeouts", timeouts(handling.timeouts()));
        Map<String, Object> pages = new LinkedHashMap<>();
        handling.errorPages().pages().forEach((key, page) -> pages.put(key, texts.page(page)));
        put(tree, "errorPages", pages);
        if (handling.errorPages().intercept()) tree.put("interceptErrors", true);
        MaintenanceConfig closed = handling.maintenance();
        if (closed != null) tree.put("maintenance", maintenance(closed));
        MirrorConfig mirror = handling.mirror();
        if (mirror != null) tree.put("mirror", pair("pool", mirror.pool().name(), "share", mirror.percent() + "%"));
        if (handling.cors() != null) tree.put("cors", cors(handling.cors()));
        if (handling.securityHeaders() != null) tree.put("securityHeaders", security(handling.securityHeaders()));
        return tree;
    }

    /** In that order. */
    private static Map<String, Object> pair(String first, Object one, String second, Object other) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put(first, one);
        tree.put(second, other);
        return tree;
    }

    private static void put(Map<String, Object> tree, String key, Map<String, Object> value) {
        if (!value.isEmpty()) tree.put(key, value);
    }

    private static void put(Map<String, Object> tree, String key, @Nullable Duration value) {
        if (value != null) tree.put(key, value.isZero() ? "off" : Durations.format(value));
    }

    private Map<String, Object> request(RequestConfig request) {
        Map<String, Object> tree = new LinkedHashMap<>();
        if (request.stripPrefix() != null) tree.put("stripPrefix", texts.plain(request.stripPrefix()));
        if (request.addPrefix() != null) tree.put("addPrefix", texts.plain(request.addPrefix()));
        RequestConfig.Rewrite rewrite = request.rewrite();
        if (rewrite != null)
            tree.put("rewrite", pair("pattern", texts.plain(rewrite.pattern()), "to", texts.plain(rewrite.to())));
        HostConfig host = request.host();
        if (host != null)
            tree.put(
                    "host",
                    host.value() == null ? "backend" : texts.plain(host.value().text()));
        put(tree, "headers", edits(request.headers()));
        if (request.maxBody() >= 0) tree.put("maxBody", Sizes.format(request.maxBody()));
        return tree;
    }

    Map<String, Object> response(ResponseConfig response) {
        Map<String, Object> tree = new LinkedHashMap<>();
        put(tree, "headers", edits(response.headers()));
        if (!response.compress().isEmpty())
            tree.put("compress", response.compress().stream().map(Section::word).toList());
        tree.put("rewriteLocation", response.rewriteLocation());
        tree.put("rewriteCookies", response.rewriteCookies());
        return tree;
    }

    private Map<String, Object> edits(FieldEdits edits) {
        Map<String, Object> tree = new LinkedHashMap<>();
        put(tree, "set", fields(edits.set()));
        put(tree, "add", fields(edits.add()));
        if (!edits.remove().isEmpty())
            tree.put("remove", edits.remove().stream().map(texts::plain).toList());
        return tree;
    }

    private Map<String, Object> fields(List<FieldEdit> edits) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (FieldEdit edit : edits)
            values.computeIfAbsent(texts.plain(edit.name()), name -> new ArrayList<>())
                    .add(texts.field(edit.name(), edit.value().text()));
        Map<String, Object> tree = new LinkedHashMap<>();
        values.forEach((name, all) -> tree.put(name, all.size() == 1 ? all.get(0) : all));
        return tree;
    }

    private static Map<String, Object> timeouts(TimeoutsConfig timeouts) {
        Map<String, Object> tree = new LinkedHashMap<>();
        put(tree, "firstByte", timeouts.firstByte());
        put(tree, "idle", timeouts.idle());
        put(tree, "total", timeouts.total());
        put(tree, "stream", timeouts.stream());
        put(tree, "tunnel", timeouts.tunnel());
        return tree;
    }

    private Object maintenance(MaintenanceConfig closed) {
        Map<String, Object> tree = new LinkedHashMap<>();
        put(tree, "retryAfter", closed.retryAfter());
        if (closed.page() != null) tree.put("page", texts.page(closed.page()));
        if (!closed.except().isEmpty())
            tree.put("except", closed.except().stream().map(Cidr::toString).toList());
        return tree.isEmpty() ? true : tree;
    }

    private Map<String, Object> cors(CorsConfig cors) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("origins", plain(cors.origins()));
        if (!cors.methods().isEmpty()) tree.put("methods", plain(cors.methods()));
        if (!cors.headers().isEmpty()) tree.put("headers", plain(cors.headers()));
        if (!cors.expose().isEmpty()) tree.put("expose", plain(cors.expose()));
        tree.put("credentials", cors.credentials());
        tree.put("maxAge", Durations.format(cors.maxAge()));
        return tree;
    }

    private List<String> plain(List<String> all) {
        return all.stream().map(texts::plain).toList();
    }

    private Map<String, Object> security(SecurityHeadersConfig headers) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("hsts", headers.hsts() == null ? "off" : Durations.format(headers.hsts()));
        tree.put("includeSubDomains", headers.includeSubDomains());
        tree.put("preload", headers.preload());
        tree.put("frameOptions", headers.frameOptions() == null ? "off" : texts.plain(headers.frameOptions()));
        tree.put("referrerPolicy", headers.referrerPolicy() == null ? "off" : texts.plain(headers.referrerPolicy()));
        tree.put("contentTypeOptions", headers.contentTypeOptions());
        return tree;
    }
}
