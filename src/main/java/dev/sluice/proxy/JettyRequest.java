package dev.sluice.proxy;

import dev.sluice.routing.RoutedRequest;
import java.net.InetAddress;
import java.util.List;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * What routes ask of a request of Jetty. Made only for those that depend on more than the path.
 *
 * @param clients knows who is behind trusted proxies
 */
record JettyRequest(Request in, ForwardedClient clients) implements RoutedRequest {
    /** What the backend would be told, so that both mean the same one. */
    @Override
    public String host() {
        return RequestHeaders.host(in);
    }

    /** What the backend would see: a WebSocket in HTTP/2 (RFC 8441) begins with another word. */
    @Override
    public String method() {
        return Upgrade.isWebSocketStream(in) ? "GET" : in.getMethod();
    }

    @Override
    public @Nullable String query() {
        return in.getHttpURI().getQuery();
    }

    @Override
    public List<String> fields(String name) {
        return in.getHeaders().getValuesList(name);
    }

    @Override
    public @Nullable InetAddress client() {
        return clients.address(in);
    }

    @Override
    public @Nullable String listener() {
        return in.getConnectionMetaData().getConnector().getName();
    }
}
