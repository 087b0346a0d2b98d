package dev.sluice.proxy;

import dev.sluice.config.BackendConfig;
import java.util.Locale;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/**
 * Places that a backend names and that mean itself: they become those by which the client gets there. Others stay. Immutable.
 */
final class BackendPlaces {
    private final String outer;
    private final String inner;

    /**
     * @param outer what stands before paths for clients and not for backends, raw
     * @param inner the reverse, behind a backend's own base path, raw
     */
    BackendPlaces(String outer, String inner) {
        this.outer = outer;
        this.inner = inner;
    }

    /**
     * One side of it.
     *
     * @param origin the client's scheme, host and port
     * @param host that the client asked for
     * @param told that the backend was told instead; null when it was told that one, or its own
     */
    record View(String origin, String host, @Nullable String told) {}

    /** Changes {@code Location} and {@code Content-Location}. */
    void locations(HttpFields.Mutable headers, BackendConfig backend, View client) {
        for (HttpHeader header : new HttpHeader[] {HttpHeader.LOCATION, HttpHeader.CONTENT_LOCATION}) {
            String value = headers.get(header);
            String outside = value == null ? null : location(value, backend, client);
            if (outside != null && !outside.equals(value)) headers.put(new HttpField(header, outside));
        }
    }

    private String location(String value, BackendConfig backend, View client) {
        int scheme = value.indexOf("://");
        boolean absolute = scheme > 0 && value.substring(0, scheme).matches("(?i)https?");
        boolean hostAlone = value.startsWith("//");
        if (!absolute && !hostAlone) return value.startsWith("/") ? here(path(value, backend), client) : value;
        int start = absolute ? scheme + 3 : 2;
        int end = start;
        while (end < value.length() && "/?#".indexOf(value.charAt(end)) < 0) end++;
        String authority = value.substring(start, end);
        String rest = value.substring(end);
        // It has taken the client's word for its own name: only the path can be another.
        if (authority.equalsIgnoreCase(client.host())) return value.substring(0, end) + path(rest, backend);
        boolean secure = absolute ? scheme == 5 : backend.isSecure();
        boolean own = authority.equalsIgnoreCase(client.told()) || isOf(backend, secure, authority);
        if (!own) return value;
        return client.origin() + path(rest, backend);
    }

    /** What begins with two slashes is another host to browsers, which take a backslash for one. */
    private static String here(String path, View client) {
        boolean host = path.length() > 1 && "/\\".indexOf(path.charAt(1)) >= 0;
        return host ? client.origin() + path : path;
    }

    private static boolean isOf(BackendConfig backend, boolean secure, String authority) {
        if (secure != backend.isSecure()) return false;
        return withPort(authority, secure).equalsIgnoreCase(withPort(backend.hostField(), secure));
    }

    private static String withPort(String authority, boolean secure) {
        boolean has = authority.lastIndexOf(':') > authority.lastIndexOf(']');
        return has ? authority : authority + (secure ? ":443" : ":80");
    }

    /** @param rest a path with what follows it; maybe without the path */
    private String path(String rest, BackendConfig backend) {
        String base = base(backend);
        if (base.isEmpty() && outer.isEmpty()) return rest;
        int end = 0;
        while (end < rest.length() && "?#".indexOf(rest.charAt(end)) < 0) end++;
        String path = rest.substring(0, end);
        boolean below = path.startsWith(base) && (path.length() == base.length() || path.charAt(base.length()) == '/');
        if (!below) return rest;
        String outside = outer + path.substring(base.length());
        return (outside.isEmpty() ? "/" : outside) + rest.substring(end);
    }

    private String base(BackendConfig backend) {
        String base = backend.basePath();
        if (base.endsWith("/")) base = base.substring(0, base.length() - 1);
        return base + inner;
    }

    /**
     * Changes path and domain of {@code Set-Cookie} (RFC 6265 §4.1).
     *
     * @param said by the backend: what this proxy has added to it is right as it is
     */
    void cookies(HttpFields.Mutable headers, HttpFields said, BackendConfig backend, View client) {
        boolean paths = !base(backend).equals(outer);
        for (var all = headers.listIterator(); all.hasNext(); ) {
            HttpField field = all.next();
            if (field.getHeader() != HttpHeader.SET_COOKIE || !has(said, field.getValue())) continue;
            String value = cookie(field.getValue(), backend, paths, client);
            if (!value.equals(field.getValue())) all.set(new HttpField(HttpHeader.SET_COOKIE, value));
        }
    }

    private static boolean has(HttpFields said, String value) {
        for (HttpField field : said)
            if (field.getHeader() == HttpHeader.SET_COOKIE && value.equals(field.getValue())) return true;
        return false;
    }

    private String cookie(String value, BackendConfig backend, boolean paths, View client) {
        // Browsers take it with no other path, and never with a domain.
        if (value.regionMatches(true, 0, "__Host-", 0, "__Host-".length())) return value;
        StringBuilder to = new StringBuilder(value.length());
        String[] parts = value.split(";", -1);
        for (int i = 0; i < parts.length; i++) {
            String part = i == 0 ? parts[0] : attribute(parts[i], backend, paths, client);
            if (part != null) to.append(i == 0 ? "" : ";").append(part);
        }
        return to.toString();
    }

    /** Null for one that must not be there. */
    private @Nullable String attribute(String part, BackendConfig backend, boolean paths, View client) {
        int equals = part.indexOf('=');
        if (equals < 0) return part;
        String name = part.substring(0, equals).trim();
        String value = part.substring(equals + 1).trim();
        if (name.equalsIgnoreCase("path") && paths && value.startsWith("/")) {
            // "/api/" would not be sent to "/api".
            String outside = value.equals("/") && !outer.isEmpty() ? outer : path(value, backend);
            return outside.equals(value) ? part : " Path=" + outside;
        }
        if (!name.equalsIgnoreCase("domain")) return part;
        String domain = value.replaceFirst("^\\.", "").toLowerCase(Locale.ROOT);
        String asked = RequestFacts.hostname(client.host()).toLowerCase(Locale.ROOT);
        if (asked.equals(domain) || asked.endsWith("." + domain)) return part;
        // Of a host that the client never asked; without it the cookie is that of the one it did.
        boolean own = RequestFacts.hostname(backend.hostField()).equalsIgnoreCase(domain);
        return own ? null : part;
    }
}
