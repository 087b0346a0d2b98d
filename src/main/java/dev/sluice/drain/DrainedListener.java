package dev.sluice.drain;

import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.util.component.Graceful;

/**
 * A listener as a drain sees it.
 *
 * @param label name and address, as logs have it: {@code http :8080}
 */
record DrainedListener(Connector connector, String label) {
    static DrainedListener of(Connector connector) {
        String name = connector.getName();
        if (name == null)
            name = String.valueOf(connector.getDefaultConnectionFactory().getProtocol());
        if (!(connector instanceof NetworkConnector network)) return new DrainedListener(connector, name);
        String host = network.getHost() == null ? "" : network.getHost();
        if (host.indexOf(':') >= 0 && !host.startsWith("[")) host = "[" + host + "]";
        return new DrainedListener(connector, name + " " + host + ":" + network.getLocalPort());
    }

    /** Tells its HTTP/2 sessions that they end, by whatever the protocol has for it. Calls after the first do nothing. */
    void sayGoAway() {
        for (Graceful part : connector.getContainedBeans(Graceful.class)) part.shutdown();
    }

    /** If it is still open because handshakes are under way. */
    void closeSocket() {
        if (connector instanceof NetworkConnector network) network.close();
    }

    /** At the socket: what is to end now shall not wait for anybody's close_notify. */
    void closeConnections() {
        connector.getConnectedEndPoints().forEach(EndPoint::close);
    }
}
