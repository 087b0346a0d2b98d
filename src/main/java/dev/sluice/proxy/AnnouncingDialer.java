package dev.sluice.proxy;

import dev.sluice.config.RouteConfig.ProxyProtocol;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;

/**
 * Connections that begin with who the client is. Each of them is the client's alone, and so is its loop: what others have
 * opened is never found under it.
 */
final class AnnouncingDialer implements Dialer {
    private final Dialer plain;
    private final ProxyProtocol version;
    private final Executor executor;

    AnnouncingDialer(Dialer plain, ProxyProtocol version, Executor executor) {
        this.plain = plain;
        this.version = version;
        this.executor = executor;
    }

    /**
     * A client with what is to be said of it.
     *
     * @param loop where it is served
     */
    private record Client(Object loop, byte[] header) {}

    @Override
    public Object loopOf(EndPoint client) {
        return new Client(plain.loopOf(client), ClientHeader.of(version, client, plain.tlvsOf(client)));
    }

    @Override
    public List<Object> loops() {
        return List.of(); // A connection needs a client of which it speaks.
    }

    @Override
    public void dial(
            SocketAddress address,
            Object loop,
            Function<EndPoint, Connection> connections,
            Promise<Connection> opened) {
        Client client = (Client) loop;
        // That it stands is told when it has been announced.
        Promise<Connection> reached = Promise.from(c -> {}, opened::failed);
        plain.dial(
                address,
                client.loop(),
                endPoint -> new Announced(endPoint, client.header(), connections, opened),
                reached);
    }

    private final class Announced extends AbstractConnection.NonBlocking {
        private final byte[] header;
        private final Function<EndPoint, Connection> connections;
        private final Promise<Connection> opened;

        Announced(
                EndPoint endPoint,
                byte[] header,
                Function<EndPoint, Connection> connections,
                Promise<Connection> opened) {
            super(endPoint, executor);
            this.header = header;
            this.connections = connections;
            this.opened = opened;
        }

        @Override
        public void onOpen() {
            super.onOpen();
            getEndPoint()
                    .write(
                            Callback.from(InvocationType.NON_BLOCKING, this::announced, this::failed),
                            ByteBuffer.wrap(header));
        }

        private void announced() {
            Connection next;
            try {
                next = connections.apply(getEndPoint());
                getEndPoint().upgrade(next);
            } catch (RuntimeException e) {
                failed(e);
                return;
            }
            opened.succeeded(next);
        }

        private void failed(Throwable cause) {
            getEndPoint().close(cause);
            opened.failed(cause);
        }

        @Override
        public void onFillable() {
            // Nobody asks for anything before the header is written.
        }
    }
}
