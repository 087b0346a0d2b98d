package dev.sluice.listener;

import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 whose connections go on where they are. When a response is completed by another connection's event, a backend's
 * answer for example, Jetty dispatches a thread to look for the next request. On the thread that selects for the connection
 * that is a detour: nothing there blocks, so it goes on at once.
 */
final class LoopHttp extends HttpConnectionFactory {
    LoopHttp(HttpConfiguration http) {
        super(http);
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        OnLoop connection = new OnLoop(getHttpConfiguration(), connector, endPoint);
        connection.setTransferEncodingChunkMaxLength(getTransferEncodingChunkMaxLength());
        return configure(connection, connector, endPoint);
    }

    private static final class OnLoop extends HttpConnection {
        private final @Nullable LoopSelector loop;
        private final @Nullable ArmedEndPoint socket;
        private final @Nullable Lingering lingering;
        private final Executor executor = this::execute;

        OnLoop(HttpConfiguration http, Connector connector, EndPoint endPoint) {
            super(http, connector, endPoint);
            loop = ArmedEndPoint.loopOf(endPoint);
            socket = ArmedEndPoint.below(endPoint);
            lingering = connector instanceof ListenerConnector listener ? listener.lingering() : null;
        }

        @Override
        protected HttpStreamOverHTTP1 newHttpStream(String method, String uri, HttpVersion version) {
            if (socket != null) socket.lingerWith(null);
            return new Stream(method, uri, version);
        }

        @Override
        protected Executor getExecutor() {
            return executor;
        }

        private void execute(Runnable task) {
            // In a Jetty with other handlers than ours the next request may be one that blocks.
            if (task == this
                    && loop != null
                    && loop.isHere()
                    && getServer().getInvocationType() == Invocable.InvocationType.NON_BLOCKING) run();
            else super.getExecutor().execute(task);
        }

        /** Whoever is answered before all of the request has come may be sending on when Jetty closes the connection. */
        private final class Stream extends HttpStreamOverHTTP1 {
            Stream(String method, String uri, HttpVersion version) {
                super(method, uri, version);
            }

            @Override
            public void send(
                    MetaData.Request request,
                    MetaData.Response response,
                    boolean last,
                    ByteBuffer content,
                    Callback callback) {
                boolean early = last && !getParser().isState(HttpParser.State.END);
                super.send(request, response, last, content, early ? new Answered(callback) : callback);
            }

            @Override
            public void succeeded() {
                // The rest has come meanwhile, and was read: nobody is sending.
                if (socket != null && getParser().isState(HttpParser.State.END)) socket.lingerWith(null);
                super.succeeded();
            }
        }

        /** The whole answer is on its way. One that is broken off is to be seen as such, by a reset if need be. */
        private final class Answered extends Callback.Nested {
            Answered(Callback callback) {
                super(callback);
            }

            @Override
            public void succeeded() {
                if (socket != null) socket.lingerWith(lingering);
                super.succeeded();
            }
        }
    }
}
