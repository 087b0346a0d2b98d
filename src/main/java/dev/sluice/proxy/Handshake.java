package dev.sluice.proxy;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection.SslEndPoint;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a backend while its TLS handshake is under way. It gives way to the one that speaks the protocol, or says
 * why there is none. Handshakes compute, so this is declared as what may block: no selector waits for it.
 */
final class Handshake extends AbstractConnection implements SslHandshakeListener {
    private final Wanted wanted;
    private final long idleMillis;
    private final Scheduler scheduler;
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile Scheduler.@Nullable Task deadline;
    private volatile boolean complete;

    /**
     * What is to follow.
     *
     * @param connections makes the connection that comes after it
     * @param opened told of the outcome, once
     * @param deadline of {@link System#nanoTime}, when the backend is given up, however much of a handshake came until then
     */
    record Wanted(Function<EndPoint, Connection> connections, Promise<Connection> opened, long deadline) {}

    Handshake(EndPoint decrypted, Executor executor, Scheduler scheduler, Wanted wanted) {
        super(decrypted, executor);
        this.wanted = wanted;
        this.scheduler = scheduler;
        idleMillis = decrypted.getIdleTimeout();
    }

    @Override
    public void handshakeSucceeded(Event event) throws SSLException {
        complete = true;
    }

    @Override
    public void onOpen() {
        super.onOpen();
        ((SslEndPoint) getEndPoint()).getSslConnection().addHandshakeListener(this);
        // It would end with the first byte that comes.
        getEndPoint().setIdleTimeout(0);
        long left = Math.max(1, wanted.deadline - System.nanoTime());
        deadline = scheduler.schedule(() -> execute(() -> failed(tooSlow())), left, TimeUnit.NANOSECONDS);
        execute(this::begin);
    }

    private void execute(Runnable step) {
        try {
            getExecutor().execute(step);
        } catch (RejectedExecutionException e) { // The server stops.
            failed(e);
        }
    }

    private void begin() {
        try {
            // Nothing to be written, but for the handshake's own beginning.
            getEndPoint().flush(BufferUtil.EMPTY_BUFFER);
            fillInterested();
        } catch (IOException | RuntimeException e) {
            failed(e);
        }
    }

    /** Not by a thread of its own: what is below it would go on with the handshake meanwhile. */
    @Override
    public void onFillable() {
        try {
            int filled = getEndPoint().fill(BufferUtil.EMPTY_BUFFER);
            if (complete) succeeded();
            else if (filled < 0) failed(new SSLHandshakeException("closed during the handshake"));
            else fillInterested();
        } catch (IOException | RuntimeException e) {
            failed(e);
        }
    }

    private void succeeded() {
        if (!ends()) return;
        Connection next;
        try {
            getEndPoint().setIdleTimeout(idleMillis);
            next = wanted.connections.apply(getEndPoint());
            getEndPoint().upgrade(next);
        } catch (RuntimeException e) {
            getEndPoint().close(e);
            wanted.opened.failed(e);
            return;
        }
        wanted.opened.succeeded(next);
    }

    /** Once, by whoever is first: the handshake, its failure, or the clock. */
    private boolean ends() {
        if (!over.compareAndSet(false, true)) return false;
        Scheduler.Task waiting = deadline;
        if (waiting != null) waiting.cancel();
        return true;
    }

    private void failed(Throwable cause) {
        if (!ends()) return;
        getEndPoint().close(cause);
        wanted.opened.failed(cause);
    }

    @Override
    public void onFillInterestedFailed(Throwable cause) {
        failed(cause);
    }

    private static SocketTimeoutException tooSlow() {
        return new SocketTimeoutException("TLS handshake timed out");
    }

    @Override
    public void onClose(@Nullable Throwable cause) {
        super.onClose(cause);
        failed(cause == null ? new ClosedChannelException() : cause);
    }
}
