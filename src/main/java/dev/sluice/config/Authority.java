package dev.sluice.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * {@code host[:port]} (RFC 3986 §3.2, without user information), taken apart and checked. Never looks a name up.
 *
 * @param host a name or an address, an IPv6 one without brackets; empty when there is none
 * @param port digits as written, or null when there is no colon
 */
record Authority(String host, @Nullable String port) {
    /** Null when the text has not that form. */
    static @Nullable Authority split(String text) {
        int end = text.startsWith("[") ? text.indexOf(']') + 1 : text.indexOf(':');
        if (end == 0 && text.startsWith("[")) return null;
        if (end < 0) end = text.length();
        String host = text.substring(0, end);
        String rest = text.substring(end);
        if (host.startsWith("[")) {
            host = host.substring(1, host.length() - 1);
            if (ipv6(host) == null) return null;
        } else if (!host.isEmpty() && !isName(host) && ipv4(host) == null) {
            return null;
        }
        if (rest.isEmpty()) return new Authority(host, null);
        return rest.matches(":\\d+") ? new Authority(host, rest.substring(1)) : null;
    }

    /** The port as a number, -1 when it is not between {@code least} and 65535. */
    int port(int least) {
        if (port == null || port.length() > 5) return -1;
        int number = Integer.parseInt(port);
        return number < least || number > 65_535 ? -1 : number;
    }

    /** Labels of letters, digits, hyphens and underscores (container names have them); the last one not all digits. */
    private static boolean isName(String host) {
        String label = "[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?";
        if (host.length() > 253 || !host.matches(label + "(\\." + label + ")*\\.?")) return false;
        String bare = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        // What ends in a number is an address or a mistake: no top-level domain is one.
        return !bare.substring(bare.lastIndexOf('.') + 1).matches("\\d+");
    }

    /** The address, null when the text is none. Octets with leading zeros are not taken: some read them as octal. */
    static @Nullable InetAddress ipv4(String text) {
        String octet = "(0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])";
        return text.matches(octet + "(\\." + octet + "){3}") ? literal(text) : null;
    }

    /** The address, null when the text is none. Without brackets and without a zone. */
    static @Nullable InetAddress ipv6(String text) {
        // In brackets it is taken for an address or refused; without them it could be looked up.
        return text.matches("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*") ? literal("[" + text + "]") : null;
    }

    private static @Nullable InetAddress literal(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            return null;
        }
    }
}
