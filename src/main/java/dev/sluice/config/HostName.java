package dev.sluice.config;

import java.net.IDN;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Hosts as routes compare them: in lower case, without port and without the dot of the root. Never looks a name up. */
public final class HostName {
    /** Of a name, in characters (RFC 1035 §2.3.4, less the bytes of its encoding). */
    private static final int LONGEST = 253;

    private static final String EXPECTED = "(expected api.example.com, \"*.example.com\" or an address)";

    private HostName() {}

    /**
     * What a request asks for, to be compared; empty when it names no host, or nothing that could be one. Makes no new
     * text of what is in this form already.
     *
     * @param host as it came, with or without port (RFC 9110 §7.2)
     */
    public static String normal(@Nullable String host) {
        if (host == null || host.isEmpty()) return "";
        if (host.charAt(0) == '[') {
            InetAddress address = Cidr.address(host.substring(1, Math.max(1, host.indexOf(']'))));
            return address == null ? "" : text(address);
        }
        int colon = host.indexOf(':');
        int end = colon < 0 ? host.length() : colon;
        if (end > 0 && host.charAt(end - 1) == '.') end--;
        if (end > LONGEST) return "";
        for (int i = 0; i < end; i++) if (isUpper(host.charAt(i))) return lower(host, end);
        return host.substring(0, end);
    }

    private static boolean isUpper(char c) {
        return c >= 'A' && c <= 'Z';
    }

    /** Of ASCII alone: the Kelvin sign is no k. */
    private static String lower(String host, int end) {
        StringBuilder lower = new StringBuilder(end);
        for (int i = 0; i < end; i++) {
            char c = host.charAt(i);
            lower.append(isUpper(c) ? (char) (c | 0x20) : c);
        }
        return lower.toString();
    }

    private static String text(InetAddress address) {
        String text = address.getHostAddress();
        return address instanceof Inet6Address ? "[" + text + "]" : text;
    }

    /** Whether it stands for all hosts with at least one more label in front. */
    public static boolean isWildcard(String host) {
        return host.startsWith("*.");
    }

    /**
     * Reads what a route looks for: a name, {@code *.} and a name, or an address.
     *
     * @return as {@link #normal}, an IPv6 address in brackets
     * @throws IllegalArgumentException when the text is none of these; the message says what was expected
     */
    public static String parse(String text) {
        String flaw = flaw(text);
        if (flaw != null) throw new IllegalArgumentException(Text.quote(text) + " " + flaw);
        InetAddress address = Cidr.address(text);
        return address == null ? normal(text) : text(address);
    }

    private static @Nullable String flaw(String text) {
        if (text.chars().anyMatch(c -> c > '~')) return "is not ASCII (expected its A-label" + aLabel(text) + ")";
        if (text.contains("/")) return "is more than a host " + EXPECTED;
        if (text.equals("*")) return "is every host (expected no host at all, for that)";
        if (Cidr.address(text) != null) return null;
        String name = isWildcard(text) ? text.substring(2) : text;
        if (name.indexOf('*') >= 0) return "has a * elsewhere than in front of the first dot " + EXPECTED;
        Authority authority = Authority.split(name);
        if (authority == null || authority.host().isEmpty()) return "is not a host " + EXPECTED;
        if (authority.port() != null) return "has a port, which routes do not look at (expected the host alone)";
        return isWildcard(text) && Cidr.address(authority.host()) != null
                ? "is no name and no address " + EXPECTED
                : null;
    }

    private static String aLabel(String text) {
        try {
            return ", " + IDN.toASCII(text).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException none) {
            return "";
        }
    }
}
