package dev.sluice.listener;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.thread.Invocable;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * A socket that costs few system calls. Jetty's takes its interest in reading back each time something has arrived, and
 * registers it anew when somebody wants to read again; and it reads once more after every read, to be told that there is
 * nothing left. This one
 *
 * <ul>
 *   <li>leaves the interest in place as long as what arrives is read. Selectors are level-triggered: when something arrives
 *       that nobody wants yet, the interest is taken back then, and comes again with the next reader;
 *   <li>takes a read that left room in the buffer for the last one, and answers 0 until the selector has seen more.
 * </ul>
 *
 * <p>Safe for use by many threads, as far as end points are: one reader and one writer at a time.
 */
final class ArmedEndPoint extends SocketChannelEndPoint {
    private final LoopSelector loop;
    private final boolean backend;
    private final Object lock = new Object();
    private final ManagedSelector.SelectorUpdate updateKey = selector -> updateKey();
    private final Runnable fillable = new Fillable();
    private final Runnable writable = new Writable();
    private final Runnable both = new WritableAndFillable();
    private SelectionKey key; // of the selector's thread
    private int keyOps; // guarded by lock, as is all that follows
    private boolean readWanted;
    private boolean writeWanted;
    private boolean unwanted;
    private boolean updatePending;
    private volatile boolean drained;
    private volatile @Nullable ProxyHeader said;
    private volatile @Nullable Lingering lingering;
    private volatile long lingeringNanos;

    /** @param backend whether the other end is a backend, and not a client */
    ArmedEndPoint(SocketChannel channel, LoopSelector loop, SelectionKey key, Scheduler scheduler, boolean backend) {
        super(channel, loop, key, scheduler);
        this.loop = loop;
        this.key = key;
        this.backend = backend;
    }

    /** The selector of a connection, or null when it is none of ours. */
    static @Nullable LoopSelector loopOf(@Nullable EndPoint endPoint) {
        ArmedEndPoint armed = below(endPoint);
        return armed == null ? null : armed.loop;
    }

    /** What was said of a connection's client before it began, as TLVs of the PROXY protocol. */
    static byte[] tlvsOf(EndPoint endPoint) {
        ArmedEndPoint armed = below(endPoint);
        ProxyHeader header = armed == null ? null : armed.said;
        return header == null ? new byte[0] : header.tlvs();
    }

    static @Nullable ArmedEndPoint below(@Nullable EndPoint endPoint) {
        if (endPoint instanceof ArmedEndPoint armed) return armed;
        if (endPoint instanceof SslConnection.SslEndPoint tls)
            return below(tls.getSslConnection().getEndPoint());
        return null;
    }

    /** Has it answer, from now on, for the client that its peer speaks for. */
    void speaksFor(ProxyHeader header) {
        said = header;
    }

    @Override
    public SocketAddress getRemoteSocketAddress() {
        ProxyHeader header = said;
        return header == null || header.source() == null ? super.getRemoteSocketAddress() : header.source();
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
        ProxyHeader header = said;
        return header == null || header.destination() == null ? super.getLocalSocketAddress() : header.destination();
    }

    @Override
    public @Nullable SslSessionData getSslSessionData() {
        ProxyHeader header = said;
        return header != null && header.overTls()
                ? SslSessionData.from(null, null, null, null)
                : super.getSslSessionData();
    }

    boolean isBackend() {
        return backend;
    }

    /** Who takes the socket when it is closed; null to close it then. */
    void lingerWith(@Nullable Lingering taker) {
        lingerWith(taker, Lingering.TOTAL_NANOS);
    }

    /** The same for at most so long. */
    void lingerWith(@Nullable Lingering taker, long nanos) {
        lingeringNanos = nanos;
        lingering = taker;
    }

    @Override
    public void doClose() {
        Lingering taker = lingering;
        if (taker == null || !taker.take((SocketChannel) getChannel(), lingeringNanos, loop, () -> key))
            super.doClose();
    }

    @Override
    protected void needsFillInterest() {
        synchronized (lock) {
            readWanted = true;
            if ((keyOps & SelectionKey.OP_READ) != 0 || updatePending) return;
            updatePending = true;
        }
        loop.submit(updateKey);
    }

    @Override
    protected void onIncompleteFlush() {
        synchronized (lock) {
            writeWanted = true;
            if (updatePending) return;
            updatePending = true;
        }
        loop.submit(updateKey);
    }

    @Override
    public @Nullable Runnable onSelected() {
        int ready = key.readyOps();
        boolean read = (ready & SelectionKey.OP_READ) != 0;
        boolean write = (ready & SelectionKey.OP_WRITE) != 0;
        synchronized (lock) {
            // The selector updates the keys that it selected, so whoever wants something meanwhile need not ask for it.
            updatePending = true;
            if (read) {
                drained = false;
                unwanted = !readWanted;
                read = readWanted;
                readWanted = false;
            }
            if (write) writeWanted = false;
        }
        if (read) return write ? both : fillable;
        return write ? writable : null;
    }

    @Override
    public void updateKey() {
        try {
            synchronized (lock) {
                updatePending = false;
                int ops = readWanted ? SelectionKey.OP_READ : unwanted ? 0 : keyOps & SelectionKey.OP_READ;
                unwanted = false;
                if (key.attachment() != this) return; // It lingers.
                if (writeWanted) ops |= SelectionKey.OP_WRITE;
                if (ops == keyOps) return;
                keyOps = ops;
                key.interestOps(ops);
            }
        } catch (CancelledKeyException e) {
            close();
        }
    }

    @Override
    public void replaceKey(SelectionKey newKey) {
        super.replaceKey(newKey);
        synchronized (lock) {
            key = newKey;
            keyOps = newKey.interestOps();
        }
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
        if (drained) return isInputShutdown() ? -1 : 0;
        // An empty buffer is filled from its beginning.
        int space = buffer.hasRemaining() ? BufferUtil.space(buffer) : buffer.capacity();
        int filled = backend ? fillFromBackend(buffer) : super.fill(buffer);
        // Whoever is told that there is nothing registers interest, and the selector looks again then: what arrives
        // between
        // the read and this line is not missed.
        if (filled >= 0 && filled < space) drained = true;
        return filled;
    }

    /** Most writes are of one buffer, and Java's way to write several at once costs more than a copy of a few bytes. */
    @Override
    public boolean flush(ByteBuffer... buffers) throws IOException {
        ByteBuffer only = null;
        int count = 0;
        long bytes = 0;
        for (ByteBuffer buffer : buffers) {
            if (!buffer.hasRemaining()) continue;
            only = buffer;
            count++;
            bytes += buffer.remaining();
        }
        if (only == null) return true;
        if (count > 1) {
            ByteBuffer joined = bytes <= LoopSelector.SCRATCH ? loop.takeScratch() : null;
            return joined == null ? super.flush(buffers) : flushJoined(joined, buffers);
        }
        try {
            if (getChannel().write(only) > 0) notIdle();
        } catch (IOException e) {
            throw new EofException(e);
        }
        return !only.hasRemaining();
    }

    private boolean flushJoined(ByteBuffer joined, ByteBuffer... buffers) throws IOException {
        for (ByteBuffer buffer : buffers) {
            // Not with the buffer's own position, which says how much was written.
            joined.put(joined.position(), buffer, buffer.position(), buffer.remaining());
            joined.position(joined.position() + buffer.remaining());
        }
        joined.flip();
        int written;
        boolean all;
        try {
            written = getChannel().write(joined);
            all = !joined.hasRemaining();
        } catch (IOException e) {
            throw new EofException(e);
        } finally {
            loop.giveBackScratch(joined);
        }
        if (written > 0) notIdle();
        for (ByteBuffer buffer : buffers) {
            int part = Math.min(written, buffer.remaining());
            buffer.position(buffer.position() + part);
            written -= part;
        }
        return all;
    }

    /** Jetty takes a reset for the end of the stream: an answer that only the end delimits would look whole. */
    private int fillFromBackend(ByteBuffer buffer) throws IOException {
        if (isInputShutdown()) return -1;
        int position = BufferUtil.flipToFill(buffer);
        try {
            int filled = getChannel().read(buffer);
            if (filled > 0) notIdle();
            else if (filled < 0) shutdownInput();
            return filled;
        } finally {
            BufferUtil.flipToFlush(buffer, position);
        }
    }

    private abstract class Task implements Invocable.Task, Closeable {
        @Override
        public void close() {
            // Called instead of run when there is no thread for it.
            ArmedEndPoint.this.close();
        }
    }

    /**
     * Of HTTP/2, which may be run either way, Jetty would have another thread go on selecting, and pay for waking it. Told
     * not to block it needs none: what may block is executed elsewhere then.
     */
    private void runFillable() {
        if (getFillInterest().getCallbackInvocationType() == InvocationType.EITHER)
            Invocable.invokeNonBlocking(getFillInterest()::fillable);
        else getFillInterest().fillable();
    }

    private InvocationType fillableType() {
        InvocationType type = getFillInterest().getCallbackInvocationType();
        return type == InvocationType.EITHER ? InvocationType.NON_BLOCKING : type;
    }

    private final class Fillable extends Task {
        @Override
        public void run() {
            runFillable();
        }

        @Override
        public InvocationType getInvocationType() {
            return fillableType();
        }
    }

    private final class Writable extends Task {
        @Override
        public void run() {
            getWriteFlusher().completeWrite();
        }

        @Override
        public InvocationType getInvocationType() {
            return getWriteFlusher().getCallbackInvocationType();
        }
    }

    private final class WritableAndFillable extends Task {
        @Override
        public void run() {
            getWriteFlusher().completeWrite();
            runFillable();
        }

        @Override
        public InvocationType getInvocationType() {
            return Invocable.combine(fillableType(), getWriteFlusher().getCallbackInvocationType());
        }
    }
}
