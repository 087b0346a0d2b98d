package dev.sluice.proxy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.TunnelSupport;
import org.jspecify.annotations.Nullable;

/**
 * A client's wish to speak another protocol: by {@code Upgrade} in HTTP/1.1 (RFC 9110 §7.8), or a WebSocket in a stream of
 * HTTP/2 (RFC 8441). Towards the backend it is an upgrade of HTTP/1.1 either way. Immutable.
 */
final class Upgrade {
    private static final String WEBSOCKET = "websocket";
    /** RFC 6455 §1.3. */
    private static final String ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /** RFC 9110 §7.8: a token, and another one behind a slash. */
    private static final Pattern PROTOCOL =
            Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+(/[!#$%&'*+.^_`|~0-9A-Za-z-]+)?");

    private static final List<String> NEVER = List.of("h2", "h3", "http", "tls");

    private final List<String> protocols;
    private final @Nullable String key;

    /** @param key of the opening handshake, where the client itself has none because it speaks HTTP/2 */
    Upgrade(List<String> protocols, @Nullable String key) {
        this.protocols = List.copyOf(protocols);
        this.key = key;
    }

    /** What a request without a body asks for, or null when it asks for nothing that is passed on. */
    static @Nullable Upgrade asked(Request in) {
        if (isWebSocketStream(in)) {
            byte[] random = new byte[16];
            ThreadLocalRandom.current().nextBytes(random);
            return new Upgrade(List.of(WEBSOCKET), Base64.getEncoder().encodeToString(random));
        }
        HttpFields fields = in.getHeaders();
        if (in.getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_1_1
                || !fields.contains(HttpHeader.UPGRADE)
                || !fields.contains(HttpHeader.CONNECTION, "upgrade")) return null;
        List<String> protocols = new ArrayList<>();
        for (String protocol : fields.getCSV(HttpHeader.UPGRADE, false)) if (mayPass(protocol)) protocols.add(protocol);
        return protocols.isEmpty() ? null : new Upgrade(protocols, null);
    }

    /**
     * Another version of HTTP would carry requests that this proxy does not see, past routes and rules; TLS would carry
     * what nobody sees.
     */
    private static boolean mayPass(String protocol) {
        if (!PROTOCOL.matcher(protocol).matches()) return false;
        String name = protocol.toLowerCase(Locale.ROOT);
        return NEVER.stream().noneMatch(name::startsWith);
    }

    /** Whether a request is the CONNECT of RFC 8441 §4, and not one that asks for a tunnel to anywhere. */
    static boolean isWebSocketStream(Request in) {
        if (in.getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_2
                || !in.getMethod().equals("CONNECT")) return false;
        TunnelSupport tunnel = in.getTunnelSupport();
        return tunnel != null && WEBSOCKET.equalsIgnoreCase(tunnel.getProtocol());
    }

    /** Whether what the backend has switched to are frames of RFC 6455. */
    boolean isWebSocket(HttpFields answer) {
        return WEBSOCKET.equalsIgnoreCase(answer.get(HttpHeader.UPGRADE));
    }

    /** The method in HTTP/1.1. */
    String method(String asked) {
        return key == null ? asked : "GET";
    }

    /** Adds what asks the backend for it. */
    void ask(HttpFields.Mutable to) {
        to.add(new HttpField(HttpHeader.CONNECTION, "Upgrade"));
        to.add(new HttpField(HttpHeader.UPGRADE, String.join(", ", protocols)));
        if (key != null) to.put(new HttpField(HttpHeader.SEC_WEBSOCKET_KEY, key));
    }

    /** Why a 101 is not the one that was asked for, or null when it is. */
    @Nullable
    String refusal(HttpFields answer) {
        List<String> chosen = answer.getCSV(HttpHeader.UPGRADE, false);
        for (String protocol : chosen) {
            if (protocols.stream().noneMatch(protocol::equalsIgnoreCase)) return "switched to what was not asked for";
        }
        if (chosen.isEmpty()) return "switched to a protocol without a name";
        if (key != null && !accept(key).equals(answer.get(HttpHeader.SEC_WEBSOCKET_ACCEPT)))
            return "answered another handshake";
        return null;
    }

    private static String accept(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1")
                    .digest((key + ACCEPT_SUFFIX).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }

    /** The status that tells the client. */
    int status() {
        return key == null ? HttpStatus.SWITCHING_PROTOCOLS_101 : HttpStatus.OK_200;
    }

    /** The fields that tell the client. */
    void tell(HttpFields answer, HttpFields.Mutable to) {
        ResponseHeaders.copy(HttpStatus.SWITCHING_PROTOCOLS_101, answer, to);
        if (key == null) {
            to.put(HttpHeader.CONNECTION, "Upgrade");
            to.put(HttpHeader.UPGRADE, String.join(", ", answer.getCSV(HttpHeader.UPGRADE, false)));
        } else {
            to.remove(HttpHeader.SEC_WEBSOCKET_ACCEPT);
        }
    }

    /** The client's end of what follows. */
    EndPoint client(Request in) {
        return key == null
                ? in.getConnectionMetaData().getConnection().getEndPoint()
                : in.getTunnelSupport().getEndPoint();
    }
}
