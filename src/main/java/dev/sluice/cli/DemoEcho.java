package dev.sluice.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a demo backend saw of a request.
 *
 * @param backend who answers
 * @param path raw, as it arrived
 * @param query raw, or null when there was no question mark
 * @param headers by name; the JDK's server capitalises names, {@code X-forwarded-for}
 * @param bodyBytes length of the body as it was read, without chunk framing
 */
record DemoEcho(
        String backend,
        String method,
        String path,
        @Nullable String query,
        String protocol,
        Map<String, List<String>> headers,
        long bodyBytes) {

    static DemoEcho of(HttpExchange exchange, String backend, long bodyBytes) {
        return new DemoEcho(
                backend,
                exchange.getRequestMethod(),
                exchange.getRequestURI().getRawPath(),
                exchange.getRequestURI().getRawQuery(),
                exchange.getProtocol(),
                new TreeMap<>(exchange.getRequestHeaders()),
                bodyBytes);
    }

    /** Whether the client named JSON in {@code Accept}; a wildcard is not enough. */
    boolean wantsJson() {
        return headers.getOrDefault("Accept", List.of()).stream()
                .anyMatch(accept -> accept.toLowerCase(Locale.ROOT).contains("application/json"));
    }

    String text() {
        StringBuilder text = new StringBuilder();
        text.append("backend: ").append(backend).append('\n');
        text.append("method:  ").append(method).append('\n');
        text.append("path:    ").append(path).append('\n');
        text.append("query:   ").append(query == null ? "(none)" : query).append('\n');
        text.append("body:    ").append(bodyBytes).append(" bytes\n");
        text.append("headers: ").append(protocol).append('\n');
        headers.forEach((name, values) -> values.forEach(value ->
                text.append("  ").append(name).append(": ").append(value).append('\n')));
        return text.toString();
    }

    String json() {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        members.put("backend", backend);
        members.put("method", method);
        members.put("path", path);
        members.put("query", query);
        members.put("protocol", protocol);
        members.put("headers", headers);
        members.put("bodyBytes", bodyBytes);
        try {
            return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(members) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("strings, lists and numbers are always JSON", e);
        }
    }
}
