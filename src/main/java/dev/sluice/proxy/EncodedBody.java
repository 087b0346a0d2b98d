package dev.sluice.proxy;

import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;
import org.jspecify.annotations.Nullable;

/**
 * A body on its way into a content coding. What each write has brought can be read by the client when it has what that write
 * gave: nothing waits for more. Between writes an encoder is held, and no buffer. Of much at once, the thread that brought it
 * compresses no more than a part, because it may be one that others wait for; another one goes on.
 *
 * <p>The encoder is given back with the last write, with one that fails, or by {@link #close}: whoever writes and does not
 * come to the end calls that. Used by one thread at a time.
 */
final class EncodedBody implements Content.Sink {
    /** Of what is written at once, in bytes: a frame of HTTP/2. */
    private static final int ROOM = 16_384;

    /** As much as a thread may compress before it has to be another one's turn, in bytes. */
    private static final int IN_ONE_GO = 65_536;

    private final Content.Sink to;
    private final Encoders.Supply supply;
    private final ByteBufferPool buffers;
    private final Executor executor;
    private int inOneGo;
    private @Nullable Encoder encoder;
    private boolean closed;

    EncodedBody(Content.Sink to, Encoders.Supply supply, ByteBufferPool buffers, Executor executor) {
        this.to = to;
        this.supply = supply;
        this.buffers = buffers;
        this.executor = executor;
    }

    @Override
    public void write(boolean last, @Nullable ByteBuffer content, Callback callback) {
        ByteBuffer bytes = content == null ? BufferUtil.EMPTY_BUFFER : content;
        if (closed) callback.failed(new EofException("the body has ended"));
        else if (last || bytes.hasRemaining()) new Piece(bytes, last, callback).iterate();
        else to.write(false, bytes, callback); // Only the head, as it were.
    }

    /** Gives back what is held. Whatever is written afterwards fails. To be called while no write is pending. */
    void close() {
        closed = true;
        Encoder held = encoder;
        encoder = null;
        if (held != null) supply.give(held);
    }

    private void goOnElsewhere(Callback callback) {
        inOneGo = 0;
        try {
            executor.execute(callback::succeeded);
        } catch (RejectedExecutionException e) {
            callback.succeeded(); // A server that stops has nobody else.
        }
    }

    private final class Piece extends IteratingCallback {
        private final ByteBuffer bytes;
        private final boolean isLast;
        private final Callback callback;
        private final RetainableByteBuffer.Mutable room = buffers.acquire(ROOM, true);
        private boolean encoded;

        Piece(ByteBuffer bytes, boolean isLast, Callback callback) {
            this.bytes = bytes;
            this.isLast = isLast;
            this.callback = callback;
            inOneGo += bytes.remaining();
        }

        @Override
        protected Action process() {
            if (encoded) return Action.SUCCEEDED;
            Encoder held = encoder == null ? supply.take() : encoder;
            encoder = held;
            ByteBuffer out = room.getByteBuffer();
            BufferUtil.clearToFill(out);
            encoded = held.encode(bytes, isLast, out);
            BufferUtil.flipToFlush(out, 0);
            boolean ends = isLast && encoded;
            if (!ends && !out.hasRemaining()) return Action.SUCCEEDED;
            to.write(ends, out, this);
            return Action.SCHEDULED;
        }

        @Override
        protected void onCompleteSuccess() {
            room.release();
            if (isLast) EncodedBody.this.close();
            if (isLast || inOneGo < IN_ONE_GO) callback.succeeded();
            else goOnElsewhere(callback);
        }

        @Override
        protected void onCompleteFailure(Throwable cause) {
            room.release();
            EncodedBody.this.close();
            callback.failed(cause);
        }

        @Override
        public InvocationType getInvocationType() {
            return callback.getInvocationType();
        }
    }
}
