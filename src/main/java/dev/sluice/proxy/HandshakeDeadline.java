package dev.sluice.proxy;

import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Gives up a connection of Jetty's client whose TLS handshake is not over in time, however much of it comes meanwhile. Jetty
 * knows only how long nothing may come. Safe for use by many threads.
 */
final class HandshakeDeadline implements SslHandshakeListener, org.eclipse.jetty.io.Connection.Listener {
    private static final String CONTEXT_KEY = HandshakeDeadline.class.getName();

    private final SslConnection connection;
    private final HttpClient client;
    private final long afterwards;
    private final Scheduler.Task task;
    /** Decided by whoever is first: the handshake, or the clock. */
    private final AtomicBoolean over = new AtomicBoolean();

    private HandshakeDeadline(SslConnection connection, HttpClient client, long deadline) {
        this.connection = connection;
        this.client = client;
        // Until then Jetty would hold it to what unused connections have.
        this.afterwards = connection.getEndPoint().getIdleTimeout();
        connection.getEndPoint().setIdleTimeout(0);
        task = client.getScheduler()
                .schedule(this::late, Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    /** A connection is to be opened: from now on it has so long, its handshake included. */
    static void begin(Map<String, Object> context, HttpClient client) {
        context.put(CONTEXT_KEY, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(client.getConnectTimeout()));
        @SuppressWarnings("unchecked")
        Promise<Connection> opened = (Promise<Connection>) context.get(Connection.PROMISE_CONTEXT_KEY);
        if (opened != null) context.put(Connection.PROMISE_CONTEXT_KEY, new First(opened));
    }

    /** It stands, and TLS begins. */
    static void limit(SslConnection connection, Map<String, Object> context, HttpClient client) {
        if (!(context.get(CONTEXT_KEY) instanceof Long deadline)) return;
        HandshakeDeadline limit = new HandshakeDeadline(connection, client, deadline);
        connection.addHandshakeListener(limit);
        connection.addEventListener(limit);
    }

    private void late() {
        if (!over.compareAndSet(false, true)) return;
        try {
            // The scheduler's thread keeps time for others too.
            client.getExecutor().execute(this::giveUp);
        } catch (RejectedExecutionException e) { // The client stops, and closes all.
            connection.getEndPoint().close(e);
        }
    }

    private void giveUp() {
        // As Jetty does when nothing came: this way whoever waits for the connection is told.
        TimeoutException timeout = new TimeoutException("TLS handshake timed out");
        if (connection.onIdleExpired(timeout)) connection.getEndPoint().close(timeout);
    }

    @Override
    public void handshakeSucceeded(Event event) throws SSLException {
        if (!over.compareAndSet(false, true)) throw new SSLHandshakeException("TLS handshake timed out");
        task.cancel();
        connection.getEndPoint().setIdleTimeout(afterwards);
    }

    @Override
    public void onClosed(org.eclipse.jetty.io.Connection closed) {
        over.set(true);
        task.cancel();
    }

    /**
     * Tells of one outcome. A handshake that is given up may fail in another way at the same moment, and Jetty's pool counts
     * what it is told.
     */
    private static final class First implements Promise<Connection> {
        private final Promise<Connection> opened;
        private final AtomicBoolean told = new AtomicBoolean();

        First(Promise<Connection> opened) {
            this.opened = opened;
        }

        @Override
        public void succeeded(Connection connection) {
            if (told.compareAndSet(false, true)) opened.succeeded(connection);
            else connection.close();
        }

        @Override
        public void failed(Throwable cause) {
            if (told.compareAndSet(false, true)) opened.failed(cause);
        }
    }
}
