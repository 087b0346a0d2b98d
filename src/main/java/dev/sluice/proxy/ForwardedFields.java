package dev.sluice.proxy;

import dev.sluice.config.Cidr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Attributes;
import org.eclipse.jetty.util.HostPort;
import org.jspecify.annotations.Nullable;

/**
 * {@code Forwarded} (RFC 7239) and {@code X-Forwarded-For}, {@code -Proto}, {@code -Host} and {@code -Port}: who asked,
 * and for what. What a peer says of others is continued when it is trusted and dropped when it is not. Without state;
 * safe for use by many threads.
 */
final class ForwardedFields {
    private static final String PREFIX = "x-forwarded-";

    private final List<Cidr> trusted;

    /** @param trusted the peers that are believed */
    ForwardedFields(List<Cidr> trusted) {
        this.trusted = List.copyOf(trusted);
    }

    /** Whether the peer at the other end of the connection is one of those that are believed. */
    boolean trusts(Request in) {
        if (trusted.isEmpty()) return false;
        InetAddress peer = peer(in);
        return peer != null && trusts(peer);
    }

    /** Whether that is one of those that are believed. */
    boolean trusts(InetAddress address) {
        for (Cidr block : trusted) if (block.contains(address)) return true;
        return false;
    }

    /** Whether a field of the client's does not pass: a stranger's, or one that {@link #add} writes anew. */
    boolean drops(HttpField field, boolean trustedPeer) {
        HttpHeader header = field.getHeader();
        if (header == HttpHeader.FORWARDED || header == HttpHeader.X_FORWARDED_FOR) return true;
        if (header != null && header != HttpHeader.X_FORWARDED_PROTO && !mayForward(field.getName())) return false;
        String name = field.getName();
        if (!mayForward(name)) return false;
        if (!trustedPeer) return true;
        return name.indexOf('_') >= 0;
    }

    /** Names by which backends are told of the client; CGI makes no difference between a dash and an underscore. */
    private static boolean mayForward(String name) {
        int first = name.isEmpty() ? 0 : name.charAt(0) | 0x20;
        if (first != 'x' && first != 'f') return false;
        String plain = name.toLowerCase(Locale.ROOT).replace('_', '-');
        return plain.startsWith(PREFIX) || plain.equals("x-real-ip") || plain.equals("forwarded");
    }

    /**
     * Writes what this proxy says.
     *
     * @param host as the client asked for it, maybe empty
     */
    void add(Request in, String host, boolean trustedPeer, HttpFields.Mutable to) {
        if (trustedPeer) {
            addContinued(in, host, to);
            return;
        }
        // A connection asks for the same host time and again, and its peer stays who it is.
        Attributes connection = in.getConnectionMetaData();
        Said said = connection.getAttribute(Said.ATTRIBUTE) instanceof Said before && before.host.equals(host)
                ? before
                : say(in, host);
        for (HttpField field : said.fields) to.add(field);
    }

    /**
     * What is said of a client that is not believed.
     *
     * @param host that it asks for
     */
    private record Said(String host, HttpField[] fields) {
        private static final String ATTRIBUTE = Said.class.getName();
    }

    private static Said say(Request in, String host) {
        HttpFields.Mutable fields = HttpFields.build();
        add(in, host, element(Request.getRemoteAddr(in), host, proto(in)), Request.getRemoteAddr(in), fields);
        List<HttpField> encoded = new ArrayList<>();
        for (HttpField field : fields)
            encoded.add(new EncodedField(field.getHeader(), field.getName(), field.getValue()));
        Said said = new Said(host, encoded.toArray(HttpField[]::new));
        in.getConnectionMetaData().setAttribute(Said.ATTRIBUTE, said);
        return said;
    }

    private static String proto(Request in) {
        return in.isSecure() ? "https" : "http";
    }

    private static void addContinued(Request in, String host, HttpFields.Mutable to) {
        String peer = Request.getRemoteAddr(in);
        String forwarded = joined(in.getHeaders(), HttpHeader.FORWARDED, element(peer, host, proto(in)));
        add(in, host, forwarded, joined(in.getHeaders(), HttpHeader.X_FORWARDED_FOR, peer), to);
    }

    private static void add(Request in, String host, String forwarded, String addresses, HttpFields.Mutable to) {
        to.add(new HttpField(HttpHeader.FORWARDED, forwarded));
        to.add(new HttpField(HttpHeader.X_FORWARDED_FOR, addresses));
        if (!to.contains(HttpHeader.X_FORWARDED_PROTO)) to.add(new HttpField(HttpHeader.X_FORWARDED_PROTO, proto(in)));
        if (!host.isEmpty() && !to.contains("X-Forwarded-Host")) to.add(new HttpField("X-Forwarded-Host", host));
        if (!to.contains("X-Forwarded-Port")) to.add(new HttpField("X-Forwarded-Port", port(in, host)));
    }

    private static String joined(HttpFields from, HttpHeader header, String last) {
        List<String> before = from.getValuesList(header);
        return before.isEmpty() ? last : String.join(", ", before) + ", " + last;
    }

    private static String element(String peer, String host, String proto) {
        StringBuilder element = new StringBuilder("for=");
        if (peer.indexOf(':') >= 0) {
            boolean bracketed = peer.startsWith("[");
            element.append(bracketed ? "\"" : "\"[").append(peer).append(bracketed ? "\"" : "]\"");
        } else {
            element.append(peer);
        }
        if (!host.isEmpty()) {
            element.append(";host=");
            if (isToken(host)) element.append(host);
            else
                element.append('"')
                        .append(host.replace("\\", "\\\\").replace("\"", "\\\""))
                        .append('"');
        }
        return element.append(";proto=").append(proto).toString();
    }

    private static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!letter && c != '-' && c != '.' && c != '_' && c != '~') return false;
        }
        return true;
    }

    /** The port that the client asked for, which behind a translated address is not the one it came in on. */
    private static String port(Request in, String host) {
        int port = -1;
        if (!host.isEmpty()) {
            int colon = host.lastIndexOf(':');
            if (colon > host.lastIndexOf(']')) port = new HostPort(host).getPort();
        }
        if (port <= 0) port = in.isSecure() ? 443 : 80;
        return Integer.toString(port);
    }

    /** The other end of the connection; null when it has no address. */
    static @Nullable InetAddress peer(Request in) {
        SocketAddress peer = in.getConnectionMetaData().getRemoteSocketAddress();
        return peer instanceof InetSocketAddress inet ? inet.getAddress() : null;
    }
}
