package dev.sluice.proxy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.util.Map;
import java.util.Objects;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;
import org.eclipse.jetty.util.IO;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * The socket of one check, known from its first moment on: Jetty's client has no way to end a connection that it is still
 * opening. Safe for use by many threads.
 */
final class HealthSocket extends Transport.Wrapper {
    /** Who is told how far it has come. */
    interface Watcher {
        /** It is being opened; of several addresses for each. */
        void connecting();

        /**
         * It is open.
         *
         * @return false when nothing is to be said on it
         */
        boolean connected();

        /** TLS stands on it. */
        void secured();

        /** TLS does not come about. */
        void notSecured(Throwable why);
    }

    private final Watcher watcher;
    private volatile boolean over;
    private volatile @Nullable SelectableChannel channel;
    private volatile @Nullable EndPoint endPoint;
    private volatile @Nullable EndPoint secured;

    HealthSocket(Transport kind, Watcher watcher) {
        super(kind);
        this.watcher = watcher;
    }

    boolean isOver() {
        return over;
    }

    /** No more is wanted of it. One that is open stays so, for who has it to end it in order. */
    void end() {
        over = true;
        if (endPoint == null) IO.close(channel);
    }

    /** Closes it, whoever has it: now, without a word of TLS. */
    void cut() {
        end();
        EndPoint open = endPoint;
        if (open != null) open.close();
    }

    /** Closes it, whoever has it, and says so where TLS stands on it. */
    void close() {
        EndPoint upper = secured;
        if (upper != null) upper.close();
        else cut();
    }

    @Override
    public void connect(SocketAddress address, Map<String, Object> context) {
        if (over) {
            Promise<?> opened = (Promise<?>) context.get(ClientConnector.CONNECTION_PROMISE_CONTEXT_KEY);
            if (opened != null) opened.failed(new ClosedChannelException());
            return;
        }
        watcher.connecting();
        super.connect(address, context);
    }

    @Override
    public SelectableChannel newSelectableChannel() throws IOException {
        SelectableChannel made = super.newSelectableChannel();
        channel = made;
        // Set before it was asked for, so that one of the two closes it.
        if (over) IO.close(made);
        return made;
    }

    @Override
    public EndPoint newEndPoint(
            Scheduler scheduler, ManagedSelector selector, SelectableChannel selectable, SelectionKey key) {
        EndPoint made = super.newEndPoint(scheduler, selector, selectable, key);
        endPoint = made;
        if (over) IO.close(selectable);
        return made;
    }

    @Override
    public Connection newConnection(EndPoint open, Map<String, Object> context) throws IOException {
        // A port that nobody listens on can be the one that the system has picked for this end: it then connects to
        // itself.
        SocketAddress local = open.getLocalSocketAddress();
        if (local != null && local.equals(open.getRemoteSocketAddress()))
            throw new ConnectException("Connection refused");
        if (!watcher.connected()) {
            ClientConnector connector = (ClientConnector) context.get(ClientConnector.CONTEXT_KEY);
            return new Silent(open, Objects.requireNonNull(connector));
        }
        Connection made = super.newConnection(open, context);
        if (made instanceof SslConnection tls) {
            secured = tls.getSslEndPoint();
            tls.addHandshakeListener(new Handshake(watcher));
        }
        return made;
    }

    /** Says nothing, and takes nothing. */
    private static final class Silent extends AbstractConnection {
        private Silent(EndPoint endPoint, ClientConnector connector) {
            super(endPoint, connector.getExecutor());
        }

        @Override
        public void onFillable() {
            close();
        }
    }

    private record Handshake(Watcher watcher) implements SslHandshakeListener {
        @Override
        public void handshakeSucceeded(Event event) {
            watcher.secured();
        }

        @Override
        public void handshakeFailed(Event event, Throwable failure) {
            watcher.notSecured(failure);
        }
    }
}
