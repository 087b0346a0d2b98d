package dev.sluice.proxy;

import dev.sluice.config.CorsConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** Which pages of other origins may use a route (Fetch standard, §3.2). Immutable. */
final class CrossOrigin {
    private static final List<HttpHeader> OWN = List.of(
            HttpHeader.ACCESS_CONTROL_ALLOW_ORIGIN,
            HttpHeader.ACCESS_CONTROL_ALLOW_CREDENTIALS,
            HttpHeader.ACCESS_CONTROL_ALLOW_METHODS,
            HttpHeader.ACCESS_CONTROL_ALLOW_HEADERS,
            HttpHeader.ACCESS_CONTROL_EXPOSE_HEADERS,
            HttpHeader.ACCESS_CONTROL_MAX_AGE);
    private static final HttpField CREDENTIALS = new HttpField(HttpHeader.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    private static final HttpField ANYONE = new HttpField(HttpHeader.ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    private static final HttpField VARY = new HttpField(HttpHeader.VARY, "Origin");
    private static final HttpField VARY_ASKED =
            new HttpField(HttpHeader.VARY, "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");

    /** What needs no leave, and is said all the same: it is what people look for. */
    private static final List<String> SIMPLE = List.of("GET", "HEAD", "POST");

    private final CorsConfig config;
    private final boolean everyone;
    private final @Nullable HttpField methods;
    private final @Nullable HttpField headers;
    private final @Nullable HttpField exposed;

    CrossOrigin(CorsConfig config) {
        this.config = config;
        everyone = config.origins().contains("*");
        List<String> allowed = new ArrayList<>(SIMPLE);
        config.methods().stream().filter(method -> !SIMPLE.contains(method)).forEach(allowed::add);
        methods = list(HttpHeader.ACCESS_CONTROL_ALLOW_METHODS, allowed);
        headers =
                config.headers().contains("*") ? null : list(HttpHeader.ACCESS_CONTROL_ALLOW_HEADERS, config.headers());
        exposed = list(HttpHeader.ACCESS_CONTROL_EXPOSE_HEADERS, config.expose());
    }

    private static @Nullable HttpField list(HttpHeader header, List<String> values) {
        return values.isEmpty() ? null : new HttpField(header, String.join(", ", values));
    }

    /** The answer to a browser that asks before it sends a request; null for any other request. */
    @Nullable
    FixedAnswer preflight(Request in) {
        HttpFields asked = in.getHeaders();
        String method = asked.get(HttpHeader.ACCESS_CONTROL_REQUEST_METHOD);
        if (method == null || !isPreflight(in.getMethod(), asked.contains(HttpHeader.ORIGIN), true)) return null;
        List<HttpField> fields = new ArrayList<>();
        fields.add(VARY_ASKED);
        // Whoever may not is told nothing, and its browser knows what that means.
        if (isAllowed(asked.get(HttpHeader.ORIGIN))) {
            if (methods != null) fields.add(config.methods().contains("*") ? asOne(method) : methods);
            String wanted = asked.get(HttpHeader.ACCESS_CONTROL_REQUEST_HEADERS);
            if (headers != null) fields.add(headers);
            else if (config.headers().contains("*") && wanted != null)
                fields.add(new HttpField(HttpHeader.ACCESS_CONTROL_ALLOW_HEADERS, wanted));
            fields.add(new HttpField(
                    HttpHeader.ACCESS_CONTROL_MAX_AGE,
                    Long.toString(config.maxAge().toSeconds())));
        }
        return new FixedAnswer(204, fields, null, FixedAnswer.Bytes.NONE, true);
    }

    /**
     * Whether a browser asks before it sends a request.
     *
     * @param origin whether there is a field {@code Origin}
     * @param asks whether there is {@code Access-Control-Request-Method}
     */
    static boolean isPreflight(String method, boolean origin, boolean asks) {
        return method.equals("OPTIONS") && origin && asks;
    }

    private static HttpField asOne(String method) {
        return new HttpField(HttpHeader.ACCESS_CONTROL_ALLOW_METHODS, method);
    }

    /**
     * Says of an answer who may read it, in the place of what the backend says.
     *
     * @param preflight whether it is one of {@link #preflight}
     */
    void apply(Request in, boolean preflight, HttpFields.Mutable to) {
        for (HttpHeader own : OWN) if (!preflight || own == HttpHeader.ACCESS_CONTROL_ALLOW_ORIGIN) to.remove(own);
        if (!everyone && !to.contains(HttpHeader.VARY, "Origin")) to.add(VARY);
        String origin = in.getHeaders().get(HttpHeader.ORIGIN);
        if (!isAllowed(origin)) return;
        to.add(everyone ? ANYONE : new HttpField(HttpHeader.ACCESS_CONTROL_ALLOW_ORIGIN, origin));
        if (config.credentials()) to.add(CREDENTIALS);
        if (exposed != null && !preflight) to.add(exposed);
    }

    private boolean isAllowed(@Nullable String origin) {
        if (origin == null) return false;
        if (everyone) return true;
        String asked = origin.toLowerCase(Locale.ROOT);
        for (String allowed : config.origins()) if (fits(allowed, asked)) return true;
        return false;
    }

    /** A star stands for one name or several, and never for none. */
    private static boolean fits(String allowed, String origin) {
        int star = allowed.indexOf('*');
        if (star < 0) return allowed.equals(origin);
        String before = allowed.substring(0, star);
        String after = allowed.substring(star + 1);
        if (origin.length() <= before.length() + after.length()) return false;
        if (!origin.startsWith(before) || !origin.endsWith(after)) return false;
        String names = origin.substring(before.length(), origin.length() - after.length());
        return names.matches("[a-z0-9-]+(\\.[a-z0-9-]+)*");
    }
}
