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
     */
    record View(String origin, String host) {}

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
        if (!absolute && !hostAlone) return value.startsWith("/") ? path(value, backend) : value;
        int start = absolute ? scheme + 3 : 2;
        int end = start;
        while (end < value.length() && "/?#".indexOf(value.charAt(end)) < 0) end++;
        String authority = value.substring(start, end);
        String rest = value.substring(end);
        // It has taken the client's word for its own name: only the path can be another.
        if (authority.equalsIgnoreCase(client.host())) return value.substring(0, end) + path(rest, backend);
        if (!isOf(backend, authority)) return value;
        return client.origin() + path(rest, backend);
    }

    private static boolean isOf(BackendConfig backend, String authority) {
        String own = backend.hostField();
        if (authority.equalsIgnoreCase(own)) return true;
        String port = backend.isSecure() ? ":443" : ":80";
        return authority.toLowerCase(Locale.ROOT).equals(own.toLowerCase(Locale.ROOT) + port);
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

    /** Changes path and domain of {@code Set-Cookie} (RFC 6265 §4.1). */
    void cookies(HttpFields.Mutable headers, BackendConfig backend) {
        boolean paths = !base(backend).isEmpty() || !outer.isEmpty();
        for (var all = headers.listIterator(); all.hasNext(); ) {
            HttpField field = all.next();
            if (field.getHeader() != HttpHeader.SET_COOKIE) continue;
            String value = cookie(field.getValue(), backend, paths);
            if (!value.equals(field.getValue())) all.set(new HttpField(HttpHeader.SET_COOKIE, value));
        }
    }

    private String cookie(String value, BackendConfig backend, boolean paths) {
        StringBuilder to = new StringBuilder(value.length());
        String[] parts = value.split(";", -1);
        for (int i = 0; i < parts.length; i++) {
            String part = i == 0 ? parts[0] : attribute(parts[i], backend, paths);
            if (part != null) to.append(i == 0 ? "" : ";").append(part);
        }
        return to.toString();
    }

    /** Null for one that must not be there. */
    private @Nullable String attribute(String part, BackendConfig backend, boolean paths) {
        int equals = part.indexOf('=');
        if (equals < 0) return part;
        String name = part.substring(0, equals).trim();
        String value = part.substring(equals + 1).trim();
        if (name.equalsIgnoreCase("path") && paths && value.startsWith("/")) {
            // "/api/" would not be sent to "/api".
            String outside = value.equals("/") && !outer.isEmpty() ? outer : path(value, backend);
            return outside.equals(value) ? part : " Path=" + outside;
        }
        // Of a host that the client never asked; without it the cookie is that of the one it did.
        boolean own = name.equalsIgnoreCase("domain")
                && RequestFacts.hostname(backend.hostField()).equalsIgnoreCase(value.replaceFirst("^\\.", ""));
        return own ? null : part;
    }
}
