package dev.sluice.proxy;

import dev.sluice.config.ListenerConfig;
import dev.sluice.routing.RouteMatch;
import dev.sluice.routing.RouteTable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** The answer of listeners that are there to send clients to https. Immutable; any thread may ask. */
final class SecureRedirect {
    private final Map<String, Way> ways = new HashMap<>();

    /** @param served paths that are not sent away; null for none */
    private record Way(int port, @Nullable RouteTable served) {}

    private SecureRedirect(List<ListenerConfig> listeners) {
        for (ListenerConfig listener : listeners) {
            List<String> all = listener.redirectExcept();
            // What is below another one is excepted with that, in whatever way it is read.
            List<String> except = all.stream()
                    .filter(path -> all.stream().noneMatch(wider -> path.startsWith(wider + "/")))
                    .toList();
            RouteTable served = except.isEmpty() ? null : RouteTable.ofPaths(except);
            ways.put(listener.name(), new Way(listener.redirectPort(), served));
        }
    }

    /** Null when no listener is one of these. */
    static @Nullable SecureRedirect of(List<ListenerConfig> listeners) {
        return listeners.isEmpty() ? null : new SecureRedirect(listeners);
    }

    /**
     * The same place by https, with 308, so that a method and a body are sent again as they are (RFC 9110 §15.4.9).
     *
     * @return null when the request is to be served here: its listener is none of these, its path is excepted, or the
     *     client has come by TLS
     */
    @Nullable
    FixedAnswer answer(Request in, ForwardedClient clients) {
        String listener = in.getConnectionMetaData().getConnector().getName();
        HttpURI uri = in.getHttpURI();
        String place = place(listener, RequestHeaders.host(in), uri.getPath(), uri.getQuery());
        // A proxy in front that is trusted has spoken TLS to the client already.
        if (place == null || clients.cameByTls(in)) return null;
        // Nobody can say where it wants to go.
        if (place.isEmpty()) return FixedAnswer.of(400);
        return FixedAnswer.of(308, new HttpField(HttpHeader.LOCATION, Places.encoded(place)));
    }

    /**
     * Where a request that came without TLS is sent: null for nowhere, empty when it names no host.
     *
     * @param listener by which it came; null when nobody can say
     * @param asked the host, with or without a port; maybe empty
     * @param rawPath null for none
     * @param query raw; null for none
     */
    @Nullable
    String place(@Nullable String listener, String asked, @Nullable String rawPath, @Nullable String query) {
        Way way = listener == null ? null : ways.get(listener);
        if (way == null) return null;
        String path = rawPath == null || !rawPath.startsWith("/") ? "/" : rawPath;
        // Whatever can be read in two ways is not one of them.
        if (way.served != null && way.served.match(path) instanceof RouteMatch.Found) return null;
        String host = RequestFacts.hostname(asked);
        if (host.isEmpty()) return "";
        return "https://" + host + (way.port == 443 ? "" : ":" + way.port) + path + (query == null ? "" : "?" + query);
    }
}
