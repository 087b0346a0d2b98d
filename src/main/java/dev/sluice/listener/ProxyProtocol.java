package dev.sluice.listener;

import dev.sluice.config.Cidr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.AbstractConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.util.NanoTime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets connections of trusted peers begin with a header of the PROXY protocol. It must be there: a peer that forgot it would
 * pass for the client of all its requests. From all others none is expected, and theirs is a bad request like any other
 * nonsense.
 */
final class ProxyProtocol extends AbstractConnectionFactory {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerConnector.class);

    /** How often refused connections are worth a warning: a peer that is set up wrongly makes many. */
    private static final long WARNING_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final List<Cidr> from;
    private final String next;
    private final AtomicLong warned = new AtomicLong(NanoTime.now() - WARNING_NANOS);

    /**
     * @param from the trusted peers
     * @param next what their connections go on with, and those of all others begin with
     */
    ProxyProtocol(List<Cidr> from, ConnectionFactory next) {
        super("proxy");
        this.from = List.copyOf(from);
        this.next = next.getProtocol();
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        return trusts(endPoint) && endPoint instanceof ArmedEndPoint armed
                ? configure(new ProxyHeaderConnection(this, connector, armed), connector, endPoint)
                : next(connector, endPoint);
    }

    /** Whether connections of a peer have to begin with a header. */
    static boolean isExpected(Connector connector, InetAddress peer) {
        ProxyProtocol protocol = connector.getConnectionFactory(ProxyProtocol.class);
        return protocol != null && protocol.trusts(peer);
    }

    private boolean trusts(EndPoint endPoint) {
        return endPoint.getRemoteSocketAddress() instanceof InetSocketAddress peer && trusts(peer.getAddress());
    }

    private boolean trusts(InetAddress address) {
        for (Cidr block : from) if (block.contains(address)) return true;
        return false;
    }

    Connection next(Connector connector, EndPoint endPoint) {
        // Asked for each time, because Jetty XML may have exchanged it.
        ConnectionFactory factory = Objects.requireNonNull(connector.getConnectionFactory(next), next);
        return factory.newConnection(connector, endPoint);
    }

    /** Says that a trusted peer did not do as it should. */
    void refused(Connector connector, EndPoint endPoint, String why) {
        long last = warned.get();
        boolean warns = NanoTime.since(last) >= WARNING_NANOS && warned.compareAndSet(last, NanoTime.now());
        String line = "listener {}: closed a connection from {}, a peer trusted with the PROXY protocol: {}{}";
        if (warns)
            LOG.warn(
                    line,
                    connector.getName(),
                    endPoint.getRemoteSocketAddress(),
                    why,
                    " (others within a minute are logged at DEBUG)");
        else LOG.debug(line, connector.getName(), endPoint.getRemoteSocketAddress(), why, "");
    }
}
