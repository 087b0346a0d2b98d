package dev.sluice.importing;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Texts with Caddy's placeholders as texts with Sluice's. */
final class CaddyText {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{([a-zA-Z$][^{}\\s]*)}");
    private static final Pattern VARIABLE = Pattern.compile("\\{\\$([A-Za-z_]\\w*)(?::([^{}]*))?}");

    private static final Map<String, String> PLACEHOLDERS = Map.ofEntries(
            Map.entry("host", "{hostname}"),
            Map.entry("hostport", "{host}"),
            Map.entry("remote_host", "{client}"),
            Map.entry("remote_port", "{client.port}"),
            Map.entry("client_ip", "{client}"),
            Map.entry("uri", "{uri}"),
            Map.entry("path", "{path}"),
            Map.entry("query", "{query}"),
            Map.entry("method", "{method}"),
            Map.entry("scheme", "{scheme}"),
            Map.entry("tls_version", "{tls.version}"),
            Map.entry("tls_cipher", "{tls.cipher}"),
            Map.entry("tls_client_subject", "{tls.client.subject}"),
            Map.entry("tls_client_fingerprint", "{tls.client.fingerprint}"),
            Map.entry("http.request.host", "{hostname}"),
            Map.entry("http.request.hostport", "{host}"),
            Map.entry("http.request.remote.host", "{client}"),
            Map.entry("http.request.remote.port", "{client.port}"),
            Map.entry("http.vars.client_ip", "{client}"),
            Map.entry("http.request.uri", "{uri}"),
            Map.entry("http.request.uri.path", "{path}"),
            Map.entry("http.request.uri.query", "{query}"),
            Map.entry("http.request.method", "{method}"),
            Map.entry("http.request.scheme", "{scheme}"),
            Map.entry("http.request.tls.version", "{tls.version}"),
            Map.entry("http.request.tls.cipher_suite", "{tls.cipher}"),
            Map.entry("http.request.tls.server_name", "{tls.sni}"),
            Map.entry("http.request.tls.client.subject", "{tls.client.subject}"),
            Map.entry("http.request.tls.client.fingerprint", "{tls.client.fingerprint}"),
            Map.entry("http.request.uuid", "{requestId}"));

    /** What comes before a name in Caddy, and in Sluice. */
    private static final Map<String, String> NAMED = Map.of(
            "header.", "header.",
            "cookie.", "cookie.",
            "query.", "query.",
            "http.request.header.", "header.",
            "http.request.cookie.", "cookie.",
            "http.request.uri.query.", "query.");

    private CaddyText() {}

    /** Text without placeholders, in which the environment may have its say. */
    static String plain(String text) throws NotCarried {
        String out = VARIABLE.matcher(text).replaceAll(found -> Matcher.quoteReplacement(variable(found.group())));
        if (PLACEHOLDER.matcher(out.replace("${", "")).find()) throw new NotCarried("placeholders cannot stand here");
        return out;
    }

    /** @throws NotCarried when there is a placeholder that Sluice has not */
    static String template(String text) throws NotCarried {
        Matcher found = PLACEHOLDER.matcher(text);
        StringBuilder out = new StringBuilder();
        int end = 0;
        while (found.find()) {
            out.append(NginxText.literal(text.substring(end, found.start()))).append(placeholder(found.group(1)));
            end = found.end();
        }
        return out.append(NginxText.literal(text.substring(end))).toString();
    }

    private static String placeholder(String name) throws NotCarried {
        if (name.startsWith("$")) return variable("{" + name + "}");
        if (name.startsWith("env.")) return "${" + name.substring(4) + "}";
        String known = PLACEHOLDERS.get(name);
        if (known != null) return known;
        for (Map.Entry<String, String> one : NAMED.entrySet())
            if (name.startsWith(one.getKey()))
                return "{" + one.getValue() + name.substring(one.getKey().length()) + "}";
        Matcher group = Pattern.compile("(?:re|http\\.regexp)(?:\\.[A-Za-z_]\\w*)?\\.([1-9])")
                .matcher(name);
        if (group.matches()) return "{path." + group.group(1) + "}";
        throw new NotCarried("Sluice has no placeholder for {" + name + "}");
    }

    /** {@code ${NAME:-text}} of <code>{$NAME:text}</code>. */
    private static String variable(String text) {
        Matcher parts = VARIABLE.matcher(text);
        if (!parts.matches()) return NginxText.literal(text);
        return "${" + parts.group(1) + (parts.group(2) == null ? "" : ":-" + parts.group(2)) + "}";
    }
}
