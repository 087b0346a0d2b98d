package dev.sluice.listener;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.api.server.ServerSessionListener;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.http2.server.internal.HTTP2ServerConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2 for clients that leave: when the connection has ended, so have its streams, and what works for them is told at
 * once. Jetty by itself goes on with streams whose request is complete until it fails to write to them.
 */
final class PromptHttp2 {
    private PromptHttp2() {}

    /** The factory for TLS listeners. */
    static final class OverTls extends HTTP2ServerConnectionFactory {
        OverTls(HttpConfiguration http) {
            super(http);
            // Jetty's would reset a stream whose backend is slow, and hear no reset after the first. Exchanges keep
            // time.
            setStreamIdleTimeout(-1);
        }

        @Override
        protected ServerSessionListener newSessionListener(Connector connector, EndPoint endPoint) {
            return new HTTPServerSessionListener(endPoint) {
                @Override
                public void onFailure(Session session, Throwable failure, Callback callback) {
                    failStreams(session, endPoint);
                    super.onFailure(session, failure, callback);
                }
            };
        }
    }

    /**
     * The factory for plain listeners. It upgrades to HTTP/2, but not with a request that has a body: Jetty looks at
     * Content-Length only, and would read a chunked body as frames. To ignore an Upgrade is always allowed (RFC 9110 §7.8).
     */
    static final class Plain extends HTTP2CServerConnectionFactory {
        Plain(HttpConfiguration http) {
            super(http);
            // Jetty's would reset a stream whose backend is slow, and hear no reset after the first. Exchanges keep
            // time.
            setStreamIdleTimeout(-1);
        }

        @Override
        public @Nullable Connection upgradeConnection(
                Connector connector, EndPoint endPoint, MetaData.Request request, HttpFields.Mutable response101) {
            if (request.getHttpFields().contains(HttpHeader.TRANSFER_ENCODING)) return null;
            return super.upgradeConnection(connector, endPoint, request, response101);
        }

        @Override
        protected ServerSessionListener newSessionListener(Connector connector, EndPoint endPoint) {
            return new HTTPServerSessionListener(endPoint) {
                @Override
                public void onFailure(Session session, Throwable failure, Callback callback) {
                    failStreams(session, endPoint);
                    super.onFailure(session, failure, callback);
                }
            };
        }
    }

    private static void failStreams(Session session, EndPoint endPoint) {
        if (!(endPoint.getConnection() instanceof HTTP2ServerConnection connection)) return;
        EofException gone = new EofException("client closed the connection");
        for (Stream stream : session.getStreams()) connection.onStreamFailure(stream, gone, Callback.NOOP);
    }
}
