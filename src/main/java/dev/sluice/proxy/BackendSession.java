package dev.sluice.proxy;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.transport.HttpChannel;
import org.eclipse.jetty.client.transport.HttpExchange;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.HTTP2ClientConnectionFactory;
import org.eclipse.jetty.http2.client.transport.ClientConnectionFactoryOverHTTP2;
import org.eclipse.jetty.http2.client.transport.internal.HTTPSessionListenerPromise;
import org.eclipse.jetty.http2.client.transport.internal.HttpChannelOverHTTP2;
import org.eclipse.jetty.http2.client.transport.internal.HttpConnectionOverHTTP2;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.io.ClientConnectionFactory;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 connection to a backend, without two habits of Jetty's that cost exchanges.
 *
 * <p>A backend that restarts sends the last frame of its last answer and closes. Jetty's client then aborts that answer,
 * too, as long as somebody is still reading it. And it takes a connection for unused on which nothing has moved for a
 * while, whatever streams are waiting there; exchanges keep time themselves.
 */
final class BackendSession extends HttpConnectionOverHTTP2 {
    private final EndPoint endPoint;
    private final long unusedMillis;
    private volatile boolean over;

    private BackendSession(Destination destination, Session session, HTTP2Connection connection) {
        super(destination, session, connection);
        endPoint = connection.getEndPoint();
        unusedMillis = endPoint.getIdleTimeout();
    }

    /** HTTP/2 with connections of this kind, to be chosen by name or by ALPN. */
    static final class Http2 extends ClientConnectionFactory.Info {
        Http2(HTTP2Client client) {
            super(new Factory(client));
        }

        @Override
        public List<String> getProtocols(boolean secure) {
            return secure ? List.of("h2", "h2c") : List.of("h2c");
        }
    }

    /** Jetty's, but for who listens to the session. */
    private static final class Factory extends ClientConnectionFactoryOverHTTP2 {
        private final HTTP2Client client;
        private final ClientConnectionFactory connections = new HTTP2ClientConnectionFactory();

        Factory(HTTP2Client client) {
            super(client);
            this.client = client;
        }

        @Override
        public Connection newConnection(EndPoint endPoint, Map<String, Object> context) throws IOException {
            Promises listener = new Promises(context);
            context.put(HTTP2Client.CONTEXT_KEY, client);
            context.put(HTTP2Client.SESSION_LISTENER_CONTEXT_KEY, listener);
            context.put(HTTP2Client.SESSION_PROMISE_CONTEXT_KEY, listener);
            return connections.newConnection(endPoint, context);
        }
    }

    private static final class Promises extends HTTPSessionListenerPromise {
        private volatile @Nullable BackendSession opened;

        Promises(Map<String, Object> context) {
            super(context);
        }

        @Override
        protected org.eclipse.jetty.client.Connection newConnection(
                Destination destination, Session session, HTTP2Connection connection) {
            BackendSession made = new BackendSession(destination, session, connection);
            opened = made;
            return made;
        }

        @Override
        public void onClose(HttpConnectionOverHTTP2 connection, GoAwayFrame frame) {
            if (connection instanceof BackendSession session) session.end(new ClosedChannelException());
            else super.onClose(connection, frame);
        }

        @Override
        public void onFailure(Session session, Throwable failure, Callback callback) {
            BackendSession connection = opened;
            if (connection == null) {
                super.onFailure(session, failure, callback);
            } else {
                connection.end(failure);
                callback.succeeded();
            }
        }
    }

    /** Nothing more comes. What has come as a whole can still be read. */
    private void end(Throwable cause) {
        over = true;
        getHttpDestination().remove(this);
        boolean reading = false;
        for (Iterator<HttpChannel> channels = getHttpChannels(); channels.hasNext(); ) {
            HttpChannel channel = channels.next();
            HttpExchange exchange = channel.getHttpExchange();
            if (exchange == null) continue;
            if (channel instanceof HttpChannelOverHTTP2 stream && stream.isLastDataReceived()) reading = true;
            else exchange.getRequest().abort(cause);
        }
        if (!reading) close();
    }

    @Override
    protected @Nullable HttpChannelOverHTTP2 acquireHttpChannel() {
        synchronized (endPoint) {
            HttpChannelOverHTTP2 channel = super.acquireHttpChannel();
            if (channel != null) endPoint.setIdleTimeout(0);
            return channel;
        }
    }

    @Override
    protected void release(HttpChannelOverHTTP2 channel) {
        boolean unused;
        synchronized (endPoint) {
            super.release(channel);
            unused = !getHttpChannels().hasNext();
            if (unused) endPoint.setIdleTimeout(unusedMillis);
        }
        if (unused && over) close();
    }
}
