package dev.sluice.proxy;

import dev.sluice.config.Cidr;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** Who a client is behind proxies that are trusted. Without state; safe for use by many threads. */
final class ForwardedClient {
    private final ForwardedFields forwarded;

    ForwardedClient(ForwardedFields forwarded) {
        this.forwarded = forwarded;
    }

    /**
     * The peer of the connection; where it is trusted, the one that it speaks for, and so on back to the first that is not
     * trusted, because what that one says could be anything. Null when the connection has no addresses.
     */
    @Nullable
    InetAddress address(Request in) {
        InetAddress client = ForwardedFields.peer(in);
        if (client == null || !forwarded.trusts(client)) return client;
        List<String> chain = chain(in.getHeaders());
        for (int i = chain.size() - 1; i >= 0; i--) {
            InetAddress before = literal(chain.get(i));
            if (before == null) return client; // A name, or nothing that is meant to be understood.
            client = before;
            if (!forwarded.trusts(client)) return client;
        }
        return client;
    }

    /** Whether the client itself came by TLS, to this proxy or to one that is trusted. */
    boolean cameByTls(Request in) {
        if (in.isSecure()) return true;
        String proto = forwarded.trusts(in) ? in.getHeaders().get(HttpHeader.X_FORWARDED_PROTO) : null;
        return proto != null && proto.trim().toLowerCase(Locale.ROOT).startsWith("https");
    }

    private static List<String> chain(HttpFields fields) {
        List<String> addresses = fields.getValuesList(HttpHeader.X_FORWARDED_FOR).stream()
                .flatMap(value -> List.of(value.split(",", -1)).stream())
                .toList();
        return addresses.isEmpty()
                ? fields.getCSV(HttpHeader.FORWARDED, true).stream()
                        .map(ForwardedClient::node)
                        .toList()
                : addresses;
    }

    /** RFC 7239 §6. */
    private static String node(String element) {
        for (String parameter : element.split(";", -1)) {
            String text = parameter.trim();
            if (text.regionMatches(true, 0, "for=", 0, 4))
                return text.substring(4).replace("\"", "");
        }
        return "";
    }

    private static @Nullable InetAddress literal(String node) {
        String text = node.trim();
        int bracket = text.indexOf(']');
        if (text.startsWith("[") && bracket > 0) return Cidr.address(text.substring(1, bracket));
        int colon = text.indexOf(':');
        boolean port = colon > 0 && colon == text.lastIndexOf(':');
        return Cidr.address(port ? text.substring(0, colon) : text);
    }
}
