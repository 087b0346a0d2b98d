package dev.sluice.proxy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.QuietException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Notices that an HTTP/1.1 client went away while nothing is read from it.
 *
 * <p>Jetty looks at a connection only while somebody wants to read from it, and once a request has been read nobody does
 * until it is answered. So this asks for the next byte itself. End of stream means that the client has gone, as it does
 * for nginx and for Go's server. Bytes mean that the client sends its next request already: they are put where the
 * connection's own parser will find them, and watching ends, because such a client is alive.
 *
 * <p>HTTP/2 needs none of this: its session always reads. Safe for use by many threads; never blocks.
 */
final class ClientWatch implements Callback {
    /** What a watch can see. */
    interface Sight {
        /** The client closed the connection, or its half of it. */
        void gone(Throwable cause);
    }

    /** More than the beginning of a pipelined request is not needed to know that a client lives. */
    private static final int PEEK = 1024;

    private final HttpConnection connection;
    private final AbstractEndPoint endPoint;
    private final Sight sight;
    private final Executor executor;
    private boolean armed; // guarded by this
    private boolean over; // guarded by this

    private ClientWatch(HttpConnection connection, AbstractEndPoint endPoint, Sight sight, Executor executor) {
        this.executor = executor;
        this.connection = connection;
        this.endPoint = endPoint;
        this.sight = sight;
    }

    /** Ends a watch. Made once: for each request its stack trace would cost more than the watch. */
    private static final class Over extends Exception implements QuietException {
        private static final long serialVersionUID = 1L;
        private static final Over NO_LONGER_WATCHED = new Over();

        private Over() {
            super("no longer watched", null, false, false);
        }
    }

    /** A watch over the client of a request, or null where none is needed or possible. */
    static @Nullable ClientWatch over(Request request, Sight sight) {
        return request.getConnectionMetaData().getConnection() instanceof HttpConnection connection
                        && readable(connection.getEndPoint()) instanceof AbstractEndPoint endPoint
                ? new ClientWatch(
                        connection, endPoint, sight, connection.getConnector().getExecutor())
                : null;
    }

    /** Below what Jetty's reader of the PROXY protocol puts around a connection, and above TLS. */
    private static EndPoint readable(EndPoint endPoint) {
        EndPoint below = endPoint;
        while (!(below instanceof AbstractEndPoint) && below instanceof EndPoint.Wrapper wrapper)
            below = wrapper.unwrap();
        return below;
    }

    /** Starts to watch, unless it does already, is over, or the client has sent more than it was asked for anyway. */
    synchronized void arm() {
        if (over || armed || !connection.isRequestBufferEmpty()) return;
        // Where it does not succeed somebody reads already, and will see the end.
        armed = endPoint.tryFillInterested(this);
    }

    /**
     * Stops to watch, for good. To be called before the connection reads again by itself; when it returns, nothing is being
     * read here and nothing will be.
     */
    synchronized void end() {
        over = true;
        if (!armed) return;
        armed = false;
        endPoint.getFillInterest().onFail(Over.NO_LONGER_WATCHED);
    }

    /**
     * Ends a read of the client's body that is still awaited, after its answer was sent early: left in place it would make
     * Jetty close the connection at once, and a client that is still sending might lose the answer.
     */
    void stopReading() {
        endPoint.getFillInterest().onFail(Over.NO_LONGER_WATCHED);
    }

    @Override
    public void succeeded() {
        Throwable end = null;
        synchronized (this) {
            // Ended while the selector was on its way here: what has come is for the connection itself to read.
            if (!armed) return;
            ByteBuffer peek = BufferUtil.allocate(PEEK);
            try {
                int filled = endPoint.fill(peek);
                if (filled < 0) end = new EofException("client closed the connection");
                else if (filled > 0) connection.onUpgradeTo(peek);
                if (filled == 0) {
                    if (endPoint.tryFillInterested(this)) return;
                }
            } catch (IOException e) {
                end = e;
            }
            armed = false;
        }
        if (end != null) sight.gone(end);
    }

    /**
     * The connection was closed, maybe by the very thread that is writing to it, and in the middle of the write: over TLS a
     * write may find that the client has gone. What ends an exchange waits for that write, so another thread does it.
     */
    @Override
    public void failed(Throwable cause) {
        synchronized (this) {
            if (!armed) return;
            armed = false;
        }
        try {
            executor.execute(() -> sight.gone(cause));
        } catch (RejectedExecutionException stopping) {
            sight.gone(cause);
        }
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }
}
