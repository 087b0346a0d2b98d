package dev.sluice.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** From health checks back to the keys of the file. */
record HealthTree(ShownText texts) {
    Map<String, Object> of(HealthConfig health) {
        Map<String, Object> tree = new LinkedHashMap<>();
        HealthConfig.Check check = health.check();
        tree.put(
                "check",
                check instanceof HealthConfig.Tcp ? "tcp" : check instanceof HealthConfig.Tls ? "tls" : "http");
        if (check instanceof HealthConfig.Http http) http(http, tree);
        if (check instanceof HealthConfig.Grpc grpc) {
            tree.put("check", "grpc");
            tree.put("service", texts.plain(grpc.service()));
        }
        if (health.port() != null) tree.put("port", health.port());
        tree.put("interval", Durations.format(health.interval()));
        tree.put("timeout", Durations.format(health.timeout()));
        tree.put("rise", health.rise());
        tree.put("fall", health.fall());
        return tree;
    }

    private void http(HealthConfig.Http http, Map<String, Object> tree) {
        tree.put("path", texts.sensitive(http.path()));
        tree.put("status", http.status().stream().map(Objects::toString).toList());
        if (http.body() != null) tree.put("body", texts.sensitive(http.body()));
        if (http.host() != null) tree.put("host", texts.plain(http.host()));
        Map<String, Object> headers = new LinkedHashMap<>();
        new TreeMap<>(http.headers()).forEach((name, value) -> headers.put(name, texts.field(name, value)));
        if (!headers.isEmpty()) tree.put("headers", headers);
    }
}
