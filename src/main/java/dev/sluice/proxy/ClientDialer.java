package dev.sluice.proxy;

import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.eclipse.jetty.io.ClientConnectionFactory;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.Promise;

/** Connections on the selectors of Jetty's client, for servers whose connectors are not our own. */
final class ClientDialer implements Dialer {
    private final ClientConnector connector;

    /** @param connector started before the first connection is opened */
    ClientDialer(ClientConnector connector) {
        this.connector = connector;
    }

    @Override
    public Object loopOf(EndPoint client) {
        return this; // One is as far from the client's connection as another.
    }

    @Override
    public List<Object> loops() {
        return List.of(this);
    }

    @Override
    public void dial(
            SocketAddress address,
            Object loop,
            Function<EndPoint, Connection> connections,
            Promise<Connection> opened) {
        ClientConnectionFactory factory = (endPoint, ignored) -> connections.apply(endPoint);
        Map<String, Object> context = new ConcurrentHashMap<>();
        context.put(
                Transport.CONTEXT_KEY,
                address instanceof UnixDomainSocketAddress unix
                        ? new Transport.TCPUnix(unix.getPath())
                        : Transport.TCP_IP);
        context.put(ClientConnectionFactory.CONTEXT_KEY, factory);
        context.put(ClientConnector.CONNECTION_PROMISE_CONTEXT_KEY, opened);
        connector.connect(address, context);
    }
}
