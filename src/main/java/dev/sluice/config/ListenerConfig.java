package dev.sluice.config;

import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An address that connections are accepted on.
 *
 * @param name unique; the word by which logs and Jetty XML call it ({@code http} becomes the id {@code httpConnector})
 * @param host the address to bind, or null for all of them
 * @param port 0 for one that the system picks
 * @param tls null for a plain listener (HTTP/1.1 and h2c); otherwise TLS with ALPN (h2, http/1.1)
 * @param proxyProtocolFrom peers whose connections begin with a header of the PROXY protocol; maybe empty
 * @param redirectPort where requests are sent by 308 to the same place at this port by {@code https}; 0 for nowhere
 * @param redirectExcept prefixes of whole segments, decoded: requests below them are served instead; maybe empty
 */
public record ListenerConfig(
        String name,
        @Nullable String host,
        int port,
        @Nullable TlsConfig tls,
        List<Cidr> proxyProtocolFrom,
        int redirectPort,
        List<String> redirectExcept) {
    public ListenerConfig {
        proxyProtocolFrom = List.copyOf(proxyProtocolFrom);
        redirectExcept = List.copyOf(redirectExcept);
    }

    /** One that serves what it is asked for. */
    public ListenerConfig(
            String name, @Nullable String host, int port, @Nullable TlsConfig tls, List<Cidr> proxyProtocolFrom) {
        this(name, host, port, tls, proxyProtocolFrom, 0, List.of());
    }

    /** One where nobody speaks the PROXY protocol. */
    public ListenerConfig(String name, @Nullable String host, int port, @Nullable TlsConfig tls) {
        this(name, host, port, tls, List.of());
    }

    private static final String EXPECTED = "(expected \":8080\", \"127.0.0.1:8080\" or \"[::1]:8080\")";

    /**
     * Reads an address as {@link #address()} writes it. Looks no name up: whether it can be bound shows at start.
     *
     * @param name letters, digits, hyphens and underscores, a letter first
     * @param address {@code [host]:port}; port 0 for one that the system picks
     * @param tls null for a plain listener
     * @throws IllegalArgumentException when name or address is not of that form; the message says what was expected
     */
    public static ListenerConfig parse(String name, String address, @Nullable TlsConfig tls) {
        if (!name.matches("[A-Za-z][A-Za-z0-9_-]{0,63}")) {
            throw new IllegalArgumentException(Text.quote(name)
                    + " is not a listener name (expected letters, digits, - and _, a letter first, at most 64)");
        }
        Authority at = Authority.split(address);
        String shown = Text.quote(address);
        if (at == null) throw new IllegalArgumentException(shown + " is not an address " + EXPECTED);
        if (at.port() == null) throw new IllegalArgumentException(shown + " names no port " + EXPECTED);
        int port = at.port(0);
        if (port < 0) throw new IllegalArgumentException(shown + " has a port out of range (expected 0 to 65535)");
        return new ListenerConfig(name, at.host().isEmpty() ? null : at.host(), port, tls);
    }

    /**
     * Whether the two cannot be bound at the same time, as far as that shows without asking the system: the same port,
     * and the same host or one that means every address. Port 0 never collides.
     */
    public boolean collidesWith(ListenerConfig other) {
        if (port != other.port || port == 0) return false;
        return host == null
                || other.host == null
                || isWildcard(host)
                || isWildcard(other.host)
                || canonical(host).equals(canonical(other.host));
    }

    private static boolean isWildcard(String host) {
        return canonical(host).matches("0\\.0\\.0\\.0|0(:0){7}");
    }

    /** {@code ::1} and {@code 0:0::1} are the same address, and names do not differ by case. */
    private static String canonical(String host) {
        InetAddress address = Authority.ipv6(host);
        return address == null ? host.toLowerCase(Locale.ROOT) : address.getHostAddress();
    }

    /** The address as people write it: {@code :8080}, {@code 127.0.0.1:8080}, {@code [::1]:8080}. */
    public String address() {
        if (host == null) return ":" + port;
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
