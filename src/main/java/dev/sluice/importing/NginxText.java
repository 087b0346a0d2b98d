package dev.sluice.importing;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Texts with nginx's variables as texts with Sluice's placeholders. */
final class NginxText {
    private static final Pattern VARIABLE = Pattern.compile("\\$(?:\\{(\\w+)}|(\\w+))");

    private static final Map<String, String> PLACEHOLDERS = Map.ofEntries(
            Map.entry("host", "{hostname}"),
            Map.entry("http_host", "{host}"),
            Map.entry("remote_addr", "{client}"),
            Map.entry("remote_port", "{client.port}"),
            Map.entry("request_uri", "{uri}"),
            Map.entry("uri", "{path}"),
            Map.entry("document_uri", "{path}"),
            Map.entry("args", "{query}"),
            Map.entry("query_string", "{query}"),
            Map.entry("scheme", "{scheme}"),
            Map.entry("request_method", "{method}"),
            Map.entry("ssl_protocol", "{tls.version}"),
            Map.entry("ssl_cipher", "{tls.cipher}"),
            Map.entry("ssl_server_name", "{tls.sni}"),
            Map.entry("ssl_client_s_dn", "{tls.client.subject}"),
            Map.entry("ssl_client_fingerprint", "{tls.client.fingerprint}"),
            Map.entry("request_id", "{requestId}"));

    private final Map<String, String> own;

    private NginxText(Map<String, String> own) {
        this.own = own;
    }

    /** @param port at which the server listens, null when there are several */
    static NginxText of(@Nullable String port, String serverName) {
        Map<String, String> own = new HashMap<>();
        if (port != null) own.put("server_port", port);
        if (!serverName.isEmpty()) own.put("server_name", serverName);
        return new NginxText(own);
    }

    /** With what {@code set} says in a block and those around it. */
    NginxText in(NginxScope scope) {
        Map<String, String> more = new HashMap<>(own);
        for (NginxScope at = scope; at != null; at = at.outer()) {
            for (Directive set : at.own("set")) {
                if (set.args().size() == 2 && set.arg(0).startsWith("$"))
                    more.putIfAbsent(set.arg(0).substring(1), set.arg(1));
            }
        }
        return new NginxText(more);
    }

    /** With what is constant put in; other variables stay as they are. */
    String constant(String text) {
        String now = text;
        for (int i = 0; i < 4 && now.indexOf('$') >= 0 && now.length() < SourceFiles.LARGEST; i++) {
            now = VARIABLE.matcher(now)
                    .replaceAll(
                            found -> Matcher.quoteReplacement(own.getOrDefault(name(found.group()), found.group())));
        }
        return now;
    }

    /** @throws NotCarried when there is a variable that Sluice has not */
    String template(String text) throws NotCarried {
        String in = constant(text).replace("$uri$is_args$args", "$request_uri").replace("$uri?$args", "$request_uri");
        Matcher variables = VARIABLE.matcher(in);
        StringBuilder out = new StringBuilder();
        int end = 0;
        while (variables.find()) {
            out.append(literal(in.substring(end, variables.start()))).append(placeholder(name(variables.group())));
            end = variables.end();
        }
        return out.append(literal(in.substring(end))).toString();
    }

    /** Text in which nothing stands for anything else. */
    static String literal(String text) {
        return text.replace("{", "{{").replace("${", "$${");
    }

    static boolean hasVariable(String text) {
        return VARIABLE.matcher(text).find();
    }

    private static String name(String variable) {
        return variable.replaceAll("[${}]", "");
    }

    private static String placeholder(String name) throws NotCarried {
        String known = PLACEHOLDERS.get(name);
        if (known != null) return known;
        if (name.matches("[1-9]")) return "{path." + name + "}";
        if (name.startsWith("http_")) return "{header." + header(name.substring(5)) + "}";
        if (name.startsWith("cookie_")) return "{cookie." + name.substring(7) + "}";
        if (name.startsWith("arg_")) return "{query." + name.substring(4) + "}";
        throw new NotCarried("Sluice has no placeholder for $" + name);
    }

    /** {@code X-Request-Id} of {@code x_request_id}. */
    static String header(String variable) {
        return Arrays.stream(variable.toLowerCase(Locale.ROOT).split("_"))
                .map(word -> word.isEmpty() ? word : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
                .collect(Collectors.joining("-"));
    }
}
