package dev.sluice.listener;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/** The beginning of a connection, as long as the header has not come. Then it is what it would have been without. */
final class ProxyHeaderConnection extends AbstractConnection.NonBlocking implements Connection.UpgradeFrom {
    /** From the accept to the end of the header: time enough for a packet that is lost. */
    static final long TIMEOUT_MILLIS = 5_000;

    private final ProxyProtocol protocol;
    private final Connector connector;
    private final ArmedEndPoint endPoint;
    private final AtomicBoolean decided = new AtomicBoolean();
    private ByteBuffer buffer = BufferUtil.EMPTY_BUFFER;
    private volatile long bytes;
    private volatile Scheduler.@Nullable Task timeout;

    ProxyHeaderConnection(ProxyProtocol protocol, Connector connector, ArmedEndPoint endPoint) {
        super(endPoint, connector.getExecutor());
        this.protocol = protocol;
        this.connector = connector;
        this.endPoint = endPoint;
    }

    @Override
    public void onOpen() {
        super.onOpen();
        timeout = connector
                .getScheduler()
                .schedule(
                        () -> refuse("no PROXY header in " + TIMEOUT_MILLIS + " ms", new TimeoutException()),
                        TIMEOUT_MILLIS,
                        TimeUnit.MILLISECONDS);
        fillInterested();
    }

    /** What has been read: a drain takes a connection for idle that has brought nothing yet. */
    @Override
    public long getBytesIn() {
        return bytes;
    }

    @Override
    public void onFillable() {
        try {
            while (!decided.get()) {
                // Connections that never send anything cost no buffer.
                ByteBuffer into = bytes == 0 ? BufferUtil.allocate(ProxyHeader.LONGEST) : buffer;
                int filled = endPoint.fill(into);
                if (filled == 0) {
                    fillInterested();
                    return;
                }
                if (filled < 0) {
                    gone();
                    return;
                }
                buffer = into;
                bytes += filled;
                ProxyHeader header = ProxyHeader.read(buffer);
                if (header != null) {
                    goOn(header);
                    return;
                }
            }
        } catch (ProxyHeader.Malformed e) {
            refuse(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            refuse("cannot be read: " + e.getMessage(), e);
        }
    }

    private void gone() {
        // Whoever only looks whether the port is open says nothing at all.
        if (bytes > 0) refuse("closed in the middle of its PROXY header", new EOFException());
        else endPoint.close();
    }

    private void goOn(ProxyHeader header) {
        if (!decided.compareAndSet(false, true)) return;
        cancelTimeout();
        endPoint.speaksFor(header);
        endPoint.upgrade(protocol.next(connector, endPoint));
    }

    private void refuse(String why, Exception cause) {
        if (!decided.compareAndSet(false, true)) return;
        protocol.refused(connector, endPoint, why);
        endPoint.close(cause);
    }

    @Override
    public @Nullable ByteBuffer onUpgradeFrom() {
        return buffer;
    }

    @Override
    public void onClose(@Nullable Throwable cause) {
        super.onClose(cause);
        decided.set(true);
        cancelTimeout();
    }

    private void cancelTimeout() {
        Scheduler.Task running = timeout;
        if (running != null) running.cancel();
    }
}
