package dev.sluice.config;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One upstream server, from a URL such as {@code http://localhost:8000/base?key=value}.
 *
 * @param scheme {@code http}, {@code https}, or {@code h2c} for HTTP/2 without TLS
 * @param host a name or an address, an IPv6 one without brackets
 * @param port 1 to 65535; the scheme's own when the URL names none
 * @param basePath raw, as written, {@code ""} or starting with a slash; joined with the request's path as Go's {@code
 *     httputil.NewSingleHostReverseProxy} joins them
 * @param query raw, without the question mark, put before the request's own; null when the URL has none
 */
public record BackendConfig(
        String scheme,
        String host,
        int port,
        String basePath,
        @Nullable String query) {
    private static final Set<String> SCHEMES = Set.of("http", "https", "h2c");
    private static final String EXPECTED = "(expected http://host[:port], https://... or h2c://...)";

    /**
     * Reads a URL. Base path and query are kept byte for byte; nothing is looked up.
     *
     * @throws IllegalArgumentException when it is none, with a message such as {@code "localhost:8001" is not a URL
     *     (expected http://host[:port] or https://...)}; a password in the URL is not repeated
     */
    public static BackendConfig parse(String url) {
        int colon = url.indexOf("://");
        if (colon < 0 || !url.substring(0, colon).matches("[A-Za-z][A-Za-z0-9+.-]*")) {
            throw wrong(url, "is not a URL " + EXPECTED);
        }
        String scheme = url.substring(0, colon).toLowerCase(Locale.ROOT);
        if (!SCHEMES.contains(scheme)) {
            throw wrong(url, "has the scheme " + Text.quote(scheme) + " " + EXPECTED);
        }
        String rest = url.substring(colon + 3);
        int end = indexOfAny(rest, "/?#");
        String authority = rest.substring(0, end);
        if (authority.indexOf('@') >= 0) throw wrong(url, "carries a user or password " + EXPECTED);
        Authority at = Authority.split(authority);
        if (at == null) throw wrong(url, "is not a URL " + EXPECTED);
        if (at.host().isEmpty()) throw wrong(url, "has no host " + EXPECTED);
        int port = at.port() == null ? (scheme.equals("https") ? 443 : 80) : at.port(1);
        if (port < 0) throw wrong(url, "has a port out of range (expected 1 to 65535)");

        String target = rest.substring(end);
        checkTarget(url, target);
        int question = target.indexOf('?');
        String path = question < 0 ? target : target.substring(0, question);
        return new BackendConfig(scheme, at.host(), port, path, question < 0 ? null : target.substring(question + 1));
    }

    /** RFC 3986 §3.3 and §3.4, without the fragment. */
    private static void checkTarget(String url, String target) {
        if (target.indexOf('#') >= 0) throw wrong(url, "has a fragment, which is never sent " + EXPECTED);
        if (!target.matches("([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*+")) {
            throw wrong(url, "holds a character that a URL cannot hold (expected it percent-encoded)");
        }
    }

    private static int indexOfAny(String text, String characters) {
        int i = 0;
        while (i < text.length() && characters.indexOf(text.charAt(i)) < 0) i++;
        return i;
    }

    /** With whatever could be a password left out. */
    private static IllegalArgumentException wrong(String url, String flaw) {
        int from = url.indexOf("://") < 0 ? 0 : url.indexOf("://") + 3;
        int at = url.lastIndexOf('@');
        String shown = at < from ? url : url.substring(0, from) + "***" + url.substring(at);
        return new IllegalArgumentException(Text.quote(shown) + " " + flaw);
    }

    /** Whether TLS is spoken. */
    public boolean isSecure() {
        return scheme.equals("https");
    }

    /** Scheme, host and port as a URL: {@code http://localhost:8000}, {@code http://[::1]:8000}. */
    public String origin() {
        return scheme + "://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
