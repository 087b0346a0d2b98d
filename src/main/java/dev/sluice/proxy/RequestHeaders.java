package dev.sluice.proxy;

import dev.sluice.config.BackendConfig;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * The header fields of a request as they go to a backend: those of the client in their order, less what was meant for
 * this hop, with what a proxy adds. Without state; safe for use by many threads.
 */
final class RequestHeaders {
    /** Fields that may come to those of the client. */
    private static final int ADDED = 12;

    private final Options options;
    private final ForwardedFields forwarded;
    private final HttpField[] via = new HttpField[3];

    /**
     * @param preserveHost whether the backend sees the {@code Host} that the client sent
     * @param hostHeader what it sees instead, or null for its own name
     * @param viaHost the name that this proxy gives itself in {@code Via}
     */
    record Options(boolean preserveHost, @Nullable String hostHeader, String viaHost) {}

    RequestHeaders(Options options, ForwardedFields forwarded) {
        this.options = options;
        this.forwarded = forwarded;
        via[0] = via("1.0 ");
        via[1] = via("1.1 ");
        via[2] = via("2 ");
    }

    /**
     * @param in the client's request
     * @param hasBody whether a body goes with it
     * @param backend whose host and port stand in {@code Host} where the client's is not preserved
     * @param upgrade what to ask the backend to switch to, or null
     * @param maxForwards what {@code Max-Forwards} is to be, or -1 to leave it alone
     */
    HttpFields.Mutable forBackend(
            Request in, boolean hasBody, BackendConfig backend, @Nullable Upgrade upgrade, int maxForwards) {
        HttpFields from = in.getHeaders();
        // Not immutable, which would be a copy: nobody but the transport gets it.
        HttpFields.Mutable to = HttpFields.build(from.size() + ADDED);
        Set<String> named = Hop.namedByConnection(from);
        boolean trusted = forwarded.trusts(in);
        String host = host(in);
        to.add(hostField(from, outgoingHost(host, backend)));
        StringBuilder cookies = null;
        for (HttpField field : from) {
            HttpHeader header = field.getHeader();
            if (header == HttpHeader.HOST || Hop.isHopByHop(field, named)) continue;
            if (header == HttpHeader.MAX_FORWARDS && maxForwards >= 0) continue;
            if (upgrade != null && Hop.isOfABody(header)) continue;
            if (forwarded.drops(field, trusted)) continue;
            if (header == HttpHeader.COOKIE && in.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_2) {
                // HTTP/2 clients may split it for compression; HTTP/1.1 allows one (RFC 9113 §8.2.3).
                cookies = cookies == null ? new StringBuilder() : cookies.append("; ");
                cookies.append(field.getValue());
                continue;
            }
            if (header == HttpHeader.CONTENT_LENGTH) {
                to.add(contentLength(field));
                continue;
            }
            // Jetty's client would wait for a 100 by itself, and does not know the client that waits for it: without
            // the
            // name's constant it takes the field for any other.
            to.add(header == HttpHeader.EXPECT ? new HttpField(null, "Expect", field.getValue()) : field);
        }
        if (cookies != null) to.add(new HttpField(HttpHeader.COOKIE, cookies.toString()));
        if (maxForwards >= 0) to.add(new HttpField.LongValueHttpField(HttpHeader.MAX_FORWARDS, maxForwards));
        if (upgrade != null) {
            upgrade.ask(to);
        } else if (from.contains(HttpHeader.TE, "trailers")) {
            // Trailer fields are handed on, so the backend may send them (RFC 9110 §10.1.4, §6.5.1).
            to.add(new HttpField(HttpHeader.TE, "trailers"));
            to.add(new HttpField(HttpHeader.CONNECTION, "TE"));
        }
        // Without a length Jetty's generator frames the body of a GET only when it is told that there is one.
        if (hasBody && in.getLength() < 0) to.add(new HttpField(HttpHeader.TRANSFER_ENCODING, "chunked"));
        to.add(via(in.getConnectionMetaData().getHttpVersion()));
        forwarded.add(in, host, trusted, to);
        return to;
    }

    private HttpField via(String version) {
        return new EncodedField(HttpHeader.VIA, "Via", version + options.viaHost());
    }

    private static HttpField hostField(HttpFields from, String host) {
        HttpField field = from.getField(HttpHeader.HOST);
        return field != null && host.equals(field.getValue()) ? field : new HttpField(HttpHeader.HOST, host);
    }

    /** Zeros at its beginning make some readers take it for octal. */
    private static HttpField contentLength(HttpField field) {
        String value = field.getValue();
        boolean plain = value.length() == 1 || value.charAt(0) != '0';
        return plain ? field : new HttpField(HttpHeader.CONTENT_LENGTH, Long.toString(field.getLongValue()));
    }

    private HttpField via(HttpVersion version) {
        return switch (version) {
            case HTTP_2 -> via[2];
            case HTTP_1_0 -> via[0];
            default -> via[1];
        };
    }

    private String outgoingHost(String host, BackendConfig backend) {
        if (options.preserveHost() && !host.isEmpty()) return host;
        String forced = options.preserveHost() ? null : options.hostHeader();
        if (forced != null) return forced;
        return backend.hostField();
    }

    /**
     * Host and port that the client asked for, as it wrote them: those of the request's target where it names any, which
     * then count more than {@code Host} (RFC 9112 §3.2.2). Empty when it named none at all.
     */
    static String host(Request in) {
        String host = in.getHeaders().get(HttpHeader.HOST);
        String authority = in.getHttpURI().getAuthority();
        if (host != null && (authority == null || sameAuthority(host, authority, in))) return host;
        if (host == null && in.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_0) return "";
        return authority == null ? "" : authority;
    }

    private static boolean sameAuthority(String host, String authority, Request in) {
        if (host.equalsIgnoreCase(authority)) return true;
        // Jetty leaves a scheme's own port out.
        String port = in.isSecure() ? ":443" : ":80";
        return host.length() == authority.length() + port.length()
                && host.endsWith(port)
                && host.regionMatches(true, 0, authority, 0, authority.length());
    }

    /** What belongs to one connection and not to the message (RFC 9110 §7.6.1). */
    static final class Hop {
        private static final Set<String> NONE = Set.of();

        private Hop() {}

        static boolean isHopByHop(HttpField field, Set<String> named) {
            HttpHeader header = field.getHeader();
            if (header != null) {
                switch (header) {
                    case CONNECTION,
                            KEEP_ALIVE,
                            PROXY_AUTHENTICATE,
                            PROXY_AUTHORIZATION,
                            PROXY_CONNECTION,
                            TE,
                            TRANSFER_ENCODING,
                            UPGRADE,
                            HTTP2_SETTINGS -> {
                        return true;
                    }
                    default -> {
                        // Every other field belongs to the message, unless Connection names it.
                    }
                }
            }
            return !named.isEmpty() && named.contains(field.getName());
        }

        /** Fields that announce a body, which a request for another protocol has none of: what follows is not HTTP. */
        static boolean isOfABody(@Nullable HttpHeader header) {
            return header == HttpHeader.CONTENT_LENGTH || header == HttpHeader.EXPECT || header == HttpHeader.TRAILER;
        }

        /** Names in {@code Connection}, in any case; never those that frame or route the message. */
        static Set<String> namedByConnection(HttpFields fields) {
            int others = 0;
            for (HttpField field : fields) {
                if (field.getHeader() != HttpHeader.CONNECTION) continue;
                // What nearly all say, which names nothing.
                String value = field.getValue();
                if (!"keep-alive".equalsIgnoreCase(value) && !"close".equalsIgnoreCase(value)) others++;
            }
            if (others == 0) return NONE;
            Set<String> named = null;
            for (String name : fields.getCSV(HttpHeader.CONNECTION, false)) {
                if (name.equalsIgnoreCase("close") || name.equalsIgnoreCase("keep-alive")) continue;
                if (name.equalsIgnoreCase("host") || name.equalsIgnoreCase("content-length")) continue;
                if (named == null) named = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
                named.add(name);
            }
            return named == null ? NONE : named;
        }
    }
}
