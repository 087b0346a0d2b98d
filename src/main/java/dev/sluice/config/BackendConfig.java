package dev.sluice.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One upstream server, from a URL such as {@code http://localhost:8000/base?key=value}, or a Unix-domain socket such as
 * {@code unix:/run/app.sock}.
 *
 * @param scheme {@code http}, {@code https}, {@code h2c} for HTTP/2 without TLS, or {@code unix} for HTTP over a
 *     Unix-domain socket
 * @param host a name or an address, an IPv6 one without brackets; {@code localhost} for a Unix-domain socket, which
 *     matters where the client's {@code Host} is not passed on
 * @param port 1 to 65535; the scheme's own when the URL names none
 * @param basePath raw, as written, {@code ""} or starting with a slash; joined with the request's path as Go's {@code
 *     httputil.NewSingleHostReverseProxy} joins them
 * @param query raw, without the question mark, put before the request's own; null when the URL has none
 * @param socket the absolute path of a Unix-domain socket; null for TCP
 * @param weight its share of the pool's requests, beside the weights of the others; 1 to 65535; default 1
 * @param backup whether it serves only while none of the others can; default false
 * @param name what it is called in {@code Host} and to TLS, where {@code host} is only an address of it; null for host
 * @param tls how TLS to it is spoken; null for the defaults
 */
public record BackendConfig(
        String scheme,
        String host,
        int port,
        String basePath,
        @Nullable String query,
        @Nullable String socket,
        int weight,
        boolean backup,
        @Nullable String name,
        @Nullable BackendTlsConfig tls) {
    private static final Set<String> SCHEMES = Set.of("http", "https", "h2c");
    private static final String EXPECTED = "(expected http://host[:port], https://... or h2c://...)";
    private static final String UNIX = "unix:";
    private static final String EXPECTED_SOCKET = "(expected unix:/run/app.sock)";
    /** In bytes: what {@code struct sockaddr_un} holds, without the zero at its end. */
    private static final int LONGEST_SOCKET = 107;

    /** One that is reached over TCP. */
    public BackendConfig(String scheme, String host, int port, String basePath, @Nullable String query) {
        this(scheme, host, port, basePath, query, null, 1, false, null, null);
    }

    /**
     * Reads a URL. Base path and query are kept byte for byte; nothing is looked up.
     *
     * @throws IllegalArgumentException when it is none, with a message such as {@code "localhost:8001" is not a URL
     *     (expected http://host[:port] or https://...)}; a password in the URL is not repeated
     */
    public static BackendConfig parse(String url) {
        if (url.regionMatches(true, 0, UNIX, 0, UNIX.length())) return unix(url);
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

    /** What follows the colon is a path as the system has it: nothing in it is decoded, and nothing can follow it. */
    private static BackendConfig unix(String url) {
        String path = url.substring(UNIX.length());
        if (path.startsWith("//")) throw wrongSocket(url, "has more than one slash behind unix: " + EXPECTED_SOCKET);
        if (!path.startsWith("/")) throw wrongSocket(url, "is not an absolute path " + EXPECTED_SOCKET);
        if (path.contains(":/"))
            throw wrongSocket(url, "has a base path, which sockets cannot have here " + EXPECTED_SOCKET);
        if (path.endsWith("/")) throw wrongSocket(url, "is a directory " + EXPECTED_SOCKET);
        int bytes = path.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > LONGEST_SOCKET) {
            String most = "(expected at most " + LONGEST_SOCKET + ", the most that a socket's address holds)";
            throw wrongSocket(url, "has a path of " + bytes + " bytes " + most);
        }
        boolean control = path.chars().anyMatch(Character::isISOControl);
        if (control || !isPath(path))
            throw wrongSocket(url, "holds a character that no path can hold " + EXPECTED_SOCKET);
        return new BackendConfig("unix", "localhost", 80, "", null, path, 1, false, null, null);
    }

    /** There is no password in it, whatever it looks like. */
    private static IllegalArgumentException wrongSocket(String url, String flaw) {
        return new IllegalArgumentException(Text.quote(url) + " " + flaw);
    }

    private static boolean isPath(String path) {
        try {
            return Path.of(path).isAbsolute();
        } catch (InvalidPathException e) {
            return false;
        }
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

    /** The same with another share. */
    public BackendConfig withWeight(int value) {
        return new BackendConfig(scheme, host, port, basePath, query, socket, value, backup, name, tls);
    }

    /** The same as a backup, or not. */
    public BackendConfig withBackup(boolean value) {
        return new BackendConfig(scheme, host, port, basePath, query, socket, weight, value, name, tls);
    }

    /** The same with other TLS. */
    public BackendConfig withTls(@Nullable BackendTlsConfig value) {
        return new BackendConfig(scheme, host, port, basePath, query, socket, weight, backup, name, value);
    }

    /** The same server at one of its addresses, which {@code host} was the name of. */
    public BackendConfig at(String address, int itsPort) {
        String called = name == null ? host : name;
        return new BackendConfig(scheme, address, itsPort, basePath, query, socket, weight, backup, called, tls);
    }

    /** Whether TLS is spoken. */
    public boolean isSecure() {
        return scheme.equals("https");
    }

    /** Scheme, host and port as a URL: {@code http://localhost:8000}, {@code http://[::1]:8000}, {@code unix:/run/a}. */
    public String origin() {
        return socket == null ? scheme + "://" + authority() : UNIX + socket;
    }

    /** Host and port as a URL has them; of a Unix-domain socket {@code localhost}. */
    public String authority() {
        return socket == null ? authority(host) : host;
    }

    /** The same as {@code Host} has them, which is by name. */
    public String hostField() {
        return name == null || socket != null ? authority() : authority(name);
    }

    private String authority(String of) {
        return (of.indexOf(':') >= 0 ? "[" + of + "]" : of) + ":" + port;
    }
}
