package dev.sluice.proxy;

import java.util.Map;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** The answer of listeners that are there only to send clients to https. */
final class SecureRedirect {
    private SecureRedirect() {}

    /**
     * The same place by https, with 308, so that a method and a body are sent again as they are (RFC 9110 §15.4.9).
     *
     * @param ports of listeners, by their names
     * @return null when its listener is none of these, or the client has come by TLS
     */
    static @Nullable FixedAnswer of(Request in, Map<String, Integer> ports, ForwardedClient clients) {
        String listener = in.getConnectionMetaData().getConnector().getName();
        Integer port = listener == null ? null : ports.get(listener);
        // A proxy in front that is trusted has spoken TLS to the client already.
        if (port == null || clients.cameByTls(in)) return null;
        String host = RequestFacts.hostname(RequestHeaders.host(in));
        // Nobody can say where it wants to go.
        if (host.isEmpty()) return FixedAnswer.of(400);
        HttpURI uri = in.getHttpURI();
        String path = uri.getPath() == null || !uri.getPath().startsWith("/") ? "/" : uri.getPath();
        String query = uri.getQuery() == null ? "" : "?" + uri.getQuery();
        String place = "https://" + host + (port == 443 ? "" : ":" + port) + path + query;
        return FixedAnswer.of(308, new HttpField(HttpHeader.LOCATION, Places.encoded(place)));
    }
}
