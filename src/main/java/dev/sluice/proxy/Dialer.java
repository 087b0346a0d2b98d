package dev.sluice.proxy;

import dev.sluice.config.BackendConfig;
import java.net.SocketAddress;
import java.util.List;
import java.util.function.Function;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ProxyConnectionFactory.ProxyEndPoint;
import org.eclipse.jetty.util.Promise;

/**
 * Opens connections to backends on the event loops that serve clients. Only a server whose connectors are our own has
 * one. Safe for use by many threads; never blocks.
 */
public interface Dialer {
    /** The event loop that serves a client's connection. Connections that share a loop share this object. */
    Object loopOf(EndPoint client);

    /** All event loops on which a connection can be served, of which one may be chosen; none where a connection is always one client's. */
    List<Object> loops();

    /**
     * What has been said of a client besides its address, before its connection began: TLVs of the PROXY protocol, one after
     * the other. Here those that Jetty's own reader of that protocol has found.
     */
    default byte[] tlvsOf(EndPoint client) {
        EndPoint below = client;
        while (below instanceof EndPoint.Wrapper wrapper && !(below instanceof ProxyEndPoint)) below = wrapper.unwrap();
        return below instanceof ProxyEndPoint proxied ? ClientHeader.tlvs(proxied::getTLV) : ClientHeader.NOTHING;
    }

    /** Whether this event loop is about to end, as its clients have gone: what it serves is not to be kept for others. */
    default boolean isLeaving(Object loop) {
        return false;
    }

    /** One that knows what is to be known of a backend beside its address. */
    default Dialer to(BackendConfig backend) {
        return this;
    }

    /**
     * Begins to open a connection.
     *
     * @param address resolved, or that of a Unix-domain socket
     * @param loop where it is to be served
     * @param connections makes the connection that speaks the protocol
     * @param opened told of the outcome, once
     */
    void dial(
            SocketAddress address, Object loop, Function<EndPoint, Connection> connections, Promise<Connection> opened);
}
