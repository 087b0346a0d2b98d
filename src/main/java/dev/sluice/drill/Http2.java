package dev.sluice.drill;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * The HTTP/2 of all clients of a drill: Jetty's sessions and streams, without the client above them, so that nothing is
 * repeated and every frame that ends something is seen. Safe for use by many threads.
 */
final class Http2 implements AutoCloseable {
    private static final int THREADS = 16;
    private static final int SELECTORS = 2;

    private final HTTP2Client client;
    private final SslContextFactory.Client tls;
    private final Duration patience;

    private Http2(HTTP2Client client, SslContextFactory.Client tls, Duration patience) {
        this.client = client;
        this.tls = tls;
        this.patience = patience;
    }

    static Http2 start(SSLContext context, Duration patience) throws Exception {
        SslContextFactory.Client tls = new SslContextFactory.Client();
        tls.setSslContext(context);
        QueuedThreadPool threads = new QueuedThreadPool(THREADS);
        threads.setName("drill-http2");
        threads.setDaemon(true);
        ClientConnector connector = new ClientConnector();
        connector.setSelectors(SELECTORS);
        connector.setExecutor(threads);
        connector.setSslContextFactory(tls);
        connector.setConnectTimeout(patience);
        HTTP2Client client = new HTTP2Client(connector);
        client.setStreamIdleTimeout(patience.toMillis());
        client.setIdleTimeout(patience.toMillis());
        client.start();
        return new Http2(client, tls, patience);
    }

    /**
     * Opens a connection.
     *
     * @throws Client.NotConnected when there is none
     * @throws IOException when there was one, on which HTTP/2 did not begin
     */
    Session connect(int port, boolean secure, Session.Listener listener) throws IOException, InterruptedException {
        var address = new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
        CompletableFuture<Session> session =
                secure ? client.connect(tls, address, listener) : client.connect(address, listener);
        try {
            Session connected = session.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            if (connected.getLocalSocketAddress() instanceof InetSocketAddress own && own.getPort() == port) {
                // Where nobody listens any more the kernel may connect a socket with itself.
                connected.close(0, "", Callback.NOOP);
                throw new Client.NotConnected(new ConnectException("Connection refused"));
            }
            return connected;
        } catch (ExecutionException e) {
            Throwable why = e.getCause() == null ? e : e.getCause();
            IOException failure = why instanceof IOException io ? io : new IOException(Client.describe(why), why);
            throw failure instanceof ConnectException ? new Client.NotConnected(failure) : failure;
        } catch (TimeoutException e) {
            throw new IOException("no connection for too long", e);
        }
    }

    /** Ends all connections at once. */
    @Override
    public void close() {
        LifeCycle.stop(client);
    }
}
