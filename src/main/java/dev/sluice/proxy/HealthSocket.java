package dev.sluice.proxy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.ClientConnectionFactory;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;
import org.eclipse.jetty.util.IO;
import org.eclipse.jetty.util.Promise;
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

        /** It is open. */
        void connected();

        /** Whether anything is to be said on it, beneath TLS where that is spoken. */
        boolean speaks();

        /** TLS stands on it. */
        void secured();

        /** Nothing can be said on it. */
        void broken(Throwable why);
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
        // Jetty complains in the log when it comes upon an end point that was closed before it is open.
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
    public ClientConnectionFactory newClientConnectionFactory(ClientConnector by, ClientConnectionFactory factory) {
        ClientConnectionFactory usual = super.newClientConnectionFactory(by, factory);
        return watcher.speaks() ? usual : (open, context) -> new Silent(open, by.getExecutor());
    }

    @Override
    public Connection newConnection(EndPoint open, Map<String, Object> context) throws IOException {
        ClientConnector by = Objects.requireNonNull((ClientConnector) context.get(ClientConnector.CONTEXT_KEY));
        // Nothing else is made of one that comes too late, for what it would be made with may have been stopped.
        Connection made = over ? new Silent(open, by.getExecutor()) : super.newConnection(open, context);
        if (made instanceof SslConnection tls) {
            secured = tls.getSslEndPoint();
            tls.addHandshakeListener(new Handshake(watcher));
        }
        made.addEventListener(new Connection.Listener() {
            @Override
            public void onOpened(Connection connection) {
                opened(open);
            }
        });
        return made;
    }

    private void opened(EndPoint open) {
        endPoint = open;
        // Set before it was asked for, so that one of the two closes it.
        if (over) {
            open.close();
            return;
        }
        // A port that nobody listens on can be the one that the system has picked for this end: it then connects to
        // itself.
        SocketAddress local = open.getLocalSocketAddress();
        if (local instanceof InetSocketAddress && local.equals(open.getRemoteSocketAddress()))
            watcher.broken(new ConnectException("Connection refused"));
        else watcher.connected();
    }

    /** Says nothing, and takes nothing. */
    private static final class Silent extends AbstractConnection {
        private Silent(EndPoint endPoint, Executor executor) {
            super(endPoint, executor);
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
            watcher.broken(failure);
        }
    }
}
