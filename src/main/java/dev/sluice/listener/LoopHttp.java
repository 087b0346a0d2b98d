package dev.sluice.listener;

import java.util.concurrent.Executor;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.internal.HttpConnection;
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
        private final Executor executor = this::execute;

        OnLoop(HttpConfiguration http, Connector connector, EndPoint endPoint) {
            super(http, connector, endPoint);
            loop = ArmedEndPoint.loopOf(endPoint);
        }

        @Override
        protected Executor getExecutor() {
            return executor;
        }

        private void execute(Runnable task) {
            if (task == this && loop != null && loop.isHere()) run();
            else super.getExecutor().execute(task);
        }
    }
}
