package dev.sluice.drain;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.ObjIntConsumer;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.NanoTime;
import org.slf4j.Logger;

/**
 * The connections that a drain finds at rest, and for how long. Idle ones may rest for the linger, counted from the start
 * of the drain or from when they came to rest, and are closed then. So are those whose client was told and has not closed
 * in a second: a client that is gone without a word, or does not care about FIN or GOAWAY, does not cost the whole
 * deadline.
 *
 * <p>To be used by one thread at a time.
 */
final class RestingConnections {
    private static final Logger LOG = DrainHandler.LOG;

    /** The linger of the server's own end: to close while a client still sends could destroy what it has not read yet. */
    private static final long TOLD_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Under this attribute an HTTP/2 connection says whether it has had its last GOAWAY, in words of the JDK. */
    private static final String TOLD_ATTRIBUTE = "dev.sluice.told";

    /**
     * @param messages how many it had carried, to tell two rests apart
     * @param bytes how many it had brought: part of a TLS record shows in nothing else
     * @param told whether the client knew that it is over: from then on it has the time to end it itself
     */
    private record Rest(long since, long messages, long bytes, boolean told) {
        boolean isSameAs(Rest other) {
            return messages == other.messages && told == other.told && (told || bytes == other.bytes);
        }
    }

    private final Collection<DrainedListener> listeners;
    private final Supplier<Collection<Tracked>> live;
    private final long lingerNanos;
    private final ObjIntConsumer<DrainedListener> closed;
    private Map<EndPoint, Rest> rests = new HashMap<>();

    /** @param closed counts those that are closed here, before they are: the last one ends the drain; -1 takes one back */
    RestingConnections(
            Collection<DrainedListener> listeners,
            Supplier<Collection<Tracked>> live,
            long lingerNanos,
            ObjIntConsumer<DrainedListener> closed) {
        this.closed = closed;
        this.listeners = listeners;
        this.live = live;
        this.lingerNanos = lingerNanos;
    }

    /** Looks at all connections and closes those that have rested long enough. */
    void closeRested() {
        long now = NanoTime.now();
        Set<EndPoint> busy = busy();
        Map<EndPoint, Rest> found = new HashMap<>();
        for (DrainedListener listener : listeners) {
            for (EndPoint endPoint : listener.connector().getConnectedEndPoints()) {
                Connection connection = endPoint.getConnection();
                if (!endPoint.isOpen()) continue; // Closed here or there, and about to be forgotten.
                if (connection == null || busy.contains(endPoint) || !isAtRest(connection)) continue;
                Rest rest =
                        new Rest(now, inner(connection).getMessagesIn(), connection.getBytesIn(), isTold(connection));
                Rest earlier = rests.get(endPoint);
                if (earlier != null && earlier.isSameAs(rest)) rest = earlier;
                if (now - rest.since() < allowed(connection, rest) || !close(listener, endPoint, connection))
                    found.put(endPoint, rest);
            }
        }
        rests = found;
    }

    private long allowed(Connection connection, Rest rest) {
        // Between its two GOAWAYs a request may be on its way. The second one comes within a second.
        if (isHttp2(inner(connection)) && !rest.told()) return Long.MAX_VALUE;
        return rest.told() ? Math.min(TOLD_NANOS, lingerNanos) : lingerNanos;
    }

    private Set<EndPoint> busy() {
        Set<EndPoint> busy = new HashSet<>();
        for (Tracked exchange : live.get()) busy.add(exchange.endPoint());
        return busy;
    }

    /** Whether nothing is under way on a connection that has no exchange. */
    static boolean isAtRest(Connection connection) {
        // Part of a handshake, or of a PROXY header, is like part of a head: it may go on. Without a byte of it nobody
        // has
        // begun anything.
        if (!(connection instanceof HttpConnection) && connection.getBytesIn() == 0) return true;
        Connection inner = inner(connection);
        if (inner instanceof HttpConnection http) {
            // Not when bytes have been seen and are about to be read, nor when a head has been read in part.
            return isTold(connection)
                    || (http.isFillInterested()
                            && http.isRequestBufferEmpty()
                            && http.getParser().isState(HttpParser.State.START));
        }
        // All streams have ended.
        return isHttp2(inner) && inner.getMessagesIn() == inner.getMessagesOut();
    }

    /** Known by its numbers, because not every Jetty has the classes. */
    private static boolean isHttp2(Connection inner) {
        return !(inner instanceof HttpConnection) && inner.getMessagesIn() >= 0;
    }

    /** Whether the client knows that this connection is over. HTTP/2: by GOAWAY, by two of them where they are ours. */
    private static boolean isTold(Connection connection) {
        Connection inner = inner(connection);
        if (inner instanceof HttpConnection http)
            return http.getEndPoint().isOutputShutdown() || !http.getEndPoint().isOpen();
        boolean halfTold =
                inner instanceof ConnectionMetaData http2 && Boolean.FALSE.equals(http2.getAttribute(TOLD_ATTRIBUTE));
        return isHttp2(inner) && !halfTold;
    }

    private static Connection inner(Connection connection) {
        return connection instanceof SslConnection tls ? tls.getSslEndPoint().getConnection() : connection;
    }

    /** Below what Jetty's reader of the PROXY protocol puts around a connection, and above TLS. */
    private static EndPoint readable(EndPoint endPoint) {
        EndPoint below = endPoint;
        while (!(below instanceof AbstractEndPoint) && below instanceof EndPoint.Wrapper wrapper)
            below = wrapper.unwrap();
        return below;
    }

    /** @return false when something has come in the meantime, which then is to be served */
    private boolean close(DrainedListener listener, EndPoint endPoint, Connection connection) {
        boolean told = isTold(connection);
        if (!told && hasUnread(endPoint)) return false;
        closed.accept(listener, 1);
        if (!told && reader(endPoint, connection) instanceof AbstractEndPoint reader) {
            // Whoever takes the interest decides: the selector, that there is something to read, or we, that there is
            // not.
            if (!reader.getFillInterest().onFail(new EofException("closed by a drain"))) {
                closed.accept(listener, -1);
                return false;
            }
            if (inner(connection) instanceof HttpConnection) connection.close();
        } else if (connection instanceof SslConnection tls && isHttp2(inner(connection))) {
            // With a close_notify, so that the client knows that nobody cut it off (RFC 8446 §6.1).
            tls.getSslEndPoint().close();
        }
        endPoint.close();
        return true;
    }

    /** Where somebody waits for what comes: above TLS for HTTP, at the socket as long as nothing has come at all. */
    private static EndPoint reader(EndPoint endPoint, Connection connection) {
        return readable(inner(connection) instanceof HttpConnection http ? http.getEndPoint() : endPoint);
    }

    /**
     * Whether the kernel has bytes that the selector, which may be busy, has not got round to: a close would answer them
     * with a reset. They are looked for and not read, so they need not be given back.
     */
    private static boolean hasUnread(EndPoint endPoint) {
        if (!(endPoint.getTransport() instanceof SocketChannel channel)) return false;
        try {
            return channel.socket().getInputStream().available() > 0;
        } catch (IOException | UnsupportedOperationException e) {
            LOG.debug("{} cannot be asked for what has come", endPoint, e); // Closed by now, or not of IP.
            return false;
        }
    }
}
