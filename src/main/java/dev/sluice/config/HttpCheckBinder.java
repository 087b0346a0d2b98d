package dev.sluice.config;

import dev.sluice.config.HealthConfig.Http;
import dev.sluice.config.HealthConfig.StatusRange;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a section {@code health} says of {@code check: http}. */
final class HttpCheckBinder {
    static final Http DEFAULT = new Http("/", List.of(new StatusRange(200, 299)), null, null, Map.of());

    /** Of the body's beginning, in bytes, in which the text is looked for. */
    private static final int BODY = 64 << 10;
    /** What says how the request itself is sent, or makes it another: a check has no say in that. */
    private static final Set<String> FRAMING = Set.of(
            "connection",
            "content-length",
            "expect",
            "keep-alive",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    private final Problems problems;

    HttpCheckBinder(Problems problems) {
        this.problems = problems;
    }

    Http bind(Section health) {
        String path = parsed(health, "path", "a path", "a path such as /healthz");
        String host = parsed(health, "host", "a host", "a host such as example.com, with a port or not");
        return new Http(
                path == null ? DEFAULT.path() : path,
                Statuses.bind(health, "status", DEFAULT.status(), problems),
                parsed(health, "body", "text", "what the body must contain"),
                host,
                headers(health));
    }

    private @Nullable String parsed(Section health, String key, String what, String expected) {
        Node node = health.value(key);
        String text = health.text(key, what, expected);
        return node == null || text == null
                ? null
                : Section.parsed(node, health.path(key), problems, text, value -> checked(key, value));
    }

    private static String checked(String key, String value) {
        String flaw = switch (key) {
            case "path" -> pathFlaw(value);
            case "host" -> hostFlaw(value);
            default -> bodyFlaw(value);
        };
        if (flaw != null) throw new IllegalArgumentException(Text.quote(value) + " " + flaw);
        return value;
    }

    /** RFC 9112 §3.2.1: a request target in origin form. */
    private static @Nullable String pathFlaw(String path) {
        if (!path.startsWith("/")) return "does not start with / (expected a path such as /healthz)";
        if (path.indexOf('#') >= 0) return "has a fragment, which is never sent (expected a path such as /healthz)";
        return path.matches("([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*+")
                ? null
                : "holds a character that a request target cannot hold (expected it percent-encoded)";
    }

    private static @Nullable String hostFlaw(String host) {
        Authority at = Authority.split(host);
        boolean sound = at != null && !at.host().isEmpty() && (at.port() == null || at.port(1) > 0);
        return sound ? null : "is not a host (expected one such as example.com, with a port or not)";
    }

    private static @Nullable String bodyFlaw(String text) {
        if (text.isEmpty()) return "is in every body (expected text, or no such key)";
        return text.getBytes(StandardCharsets.UTF_8).length <= BODY
                ? null
                : "is longer than the part of a body in which it is looked for (expected at most 64 KiB)";
    }

    private Map<String, String> headers(Section health) {
        Node node = health.value("headers");
        Map<String, String> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        if (node == null) return fields;
        if (!(node instanceof Node.Mapping mapping)) {
            problems.unexpected(node, health.path("headers"), "a mapping", "one such as { X-Check: sluice }");
            return fields;
        }
        mapping.entries().forEach((name, entry) -> {
            String path = Text.join(health.path("headers"), name);
            String flaw = fields.containsKey(name) ? "is given twice (expected it once)" : nameFlaw(name);
            if (flaw != null) problems.add(entry.keyAt(), path, Text.quote(name) + " " + flaw);
            String text = Section.text(entry.value(), path, problems, "a value", "text");
            if (text == null) return;
            String value = Section.parsed(entry.value(), path, problems, text, HttpCheckBinder::fieldValue);
            if (value != null) fields.put(name, value);
        });
        return fields;
    }

    private static @Nullable String nameFlaw(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.equals("host")) return "has a key of its own (expected it as host: beside headers)";
        if (FRAMING.contains(lower)) return "is for Sluice to set (expected fields that say nothing of the connection)";
        return name.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]+")
                ? null
                : "is not a field name (expected letters, digits and - such as X-Check)";
    }

    /** ASCII: what else a field holds is read differently by each server. */
    private static String fieldValue(String value) {
        if (value.chars().allMatch(c -> c >= ' ' && c <= '~')) return value;
        String flaw = " holds a control character, or one that is not ASCII (expected neither)";
        throw new IllegalArgumentException(Text.quote(value) + flaw);
    }
}
