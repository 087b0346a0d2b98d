package dev.sluice.proxy;

import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.Trailers;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;

/**
 * The body of a client's request on its way to a backend: one chunk at a time, read when the backend can take it.
 *
 * <p>It keeps the first chunk until an answer begins or a second chunk is read, so that a request whose connection turned
 * out to be dead can be sent again: that costs no copy, only a buffer that is given back a little later.
 *
 * <p>Safe for use by many threads.
 */
final class RequestBody implements Request.Content {
    /** Told of what moves, so that it is known for whom an exchange waits. */
    interface Progress {
        /** For a body that nobody waits for. */
        Progress NONE = new Progress() {
            @Override
            public void waitingForClient() {}

            @Override
            public void clientSent(int bytes) {}

            @Override
            public void clientFailed(Throwable cause) {}
        };

        /** Nothing to send until the client sends more. */
        void waitingForClient();

        /** The client sent something. */
        void clientSent(int bytes);

        /** The client's side failed. */
        void clientFailed(Throwable cause);
    }

    /** How many bytes are read only to be thrown away. */
    private static final long DISCARD_AT_MOST = 1 << 20;

    private final org.eclipse.jetty.server.Request in;
    private final Progress progress;
    private final Runnable available = Invocable.from(Invocable.InvocationType.NON_BLOCKING, this::available);

    // Guarded by this. The lock is never held while others are called.
    private boolean closed;
    private volatile boolean ended;
    private @Nullable Runnable discarded;
    private long discardedBytes;
    private boolean demanded;
    private @Nullable Runnable waiting;
    private Content.@Nullable Chunk peeked;
    private Content.@Nullable Chunk first;
    private boolean firstOffered;
    private int chunks;
    private long received; // By the one thread that reads.
    private volatile @Nullable HttpFields trailers;

    /**
     * @param in the client's request
     * @param peeked a chunk that was read already, or null
     */
    RequestBody(org.eclipse.jetty.server.Request in, Content.@Nullable Chunk peeked, Progress progress) {
        this.in = in;
        this.peeked = peeked;
        this.progress = progress;
    }

    @Override
    public @Nullable String getContentType() {
        return null; // Content-Type passes with the other fields, and is not invented.
    }

    @Override
    public long getLength() {
        return in.getLength();
    }

    /** Whether the client's side failed before anything could be sent. It has been told to the progress, then. */
    boolean failedAlready() {
        Content.Chunk chunk = peeked;
        if (chunk == null || !Content.Chunk.isFailure(chunk)) return false;
        progress.clientFailed(chunk.getFailure());
        return true;
    }

    /** Why a body that ends before its Content-Length is refused (RFC 9113 §8.1.1). */
    static Throwable shorterThanNamed() {
        return new HttpException.RuntimeException(HttpStatus.BAD_REQUEST_400, "body shorter than its Content-Length");
    }

    /** Trailer fields that followed the body, or null when there were none or the body has not ended. */
    @Nullable
    HttpFields trailers() {
        return trailers;
    }

    @Override
    public Content.@Nullable Chunk read() {
        synchronized (this) {
            if (closed) return null;
            if (firstOffered && first != null) {
                firstOffered = false;
                Content.Chunk again = first;
                return Content.Chunk.asChunk(again.getByteBuffer().slice(), again.isLast(), retained(again));
            }
        }
        return keepFirst(next());
    }

    private Content.@Nullable Chunk next() {
        synchronized (this) {
            if (peeked != null) {
                Content.Chunk chunk = peeked;
                peeked = Content.Chunk.next(chunk);
                return chunk;
            }
        }
        Content.Chunk chunk = in.read();
        if (Content.Chunk.isFailure(chunk)) {
            progress.clientFailed(chunk.getFailure());
            // A failure that Jetty calls transient, an idle timeout say, ends an exchange all the same.
            return chunk.isLast() ? chunk : Content.Chunk.from(chunk.getFailure(), true);
        }
        return chunk;
    }

    private Content.@Nullable Chunk keepFirst(Content.@Nullable Chunk chunk) {
        if (chunk == null || Content.Chunk.isFailure(chunk)) return chunk;
        received += chunk.remaining();
        if (chunk.isLast() && received < getLength()) {
            // Jetty does not look when HTTP/2 trailers end a body.
            chunk.release();
            Throwable failure = shorterThanNamed();
            progress.clientFailed(failure);
            return Content.Chunk.from(failure, true);
        }
        if (chunk instanceof Trailers t) trailers = t.getTrailers();
        if (chunk.isLast()) ended = true;
        progress.clientSent(chunk.remaining());
        Content.Chunk stale = null;
        synchronized (this) {
            if (chunk.hasRemaining() && ++chunks == 1) {
                if (chunk.canRetain()) {
                    first = Content.Chunk.asChunk(chunk.getByteBuffer().slice(), chunk.isLast(), retained(chunk));
                }
            } else if (chunks > 1) {
                stale = first;
                first = null;
            }
        }
        if (stale != null) stale.release();
        return chunk;
    }

    private static Content.Chunk retained(Content.Chunk chunk) {
        chunk.retain();
        return chunk;
    }

    /** Whether everything that was read can be read again. */
    synchronized boolean rewindable() {
        return chunks == 0 || (chunks == 1 && first != null);
    }

    /** Makes what was read readable again, for another attempt. Only when {@link #rewindable()}. */
    synchronized void restart() {
        firstOffered = first != null;
        waiting = null;
    }

    /** Lets the backend's side read nothing more. */
    synchronized void close() {
        closed = true;
        waiting = null;
    }

    /**
     * Reads what is left and throws it away, after an answer that did not wait for it: a client that is reset while it
     * sends may lose the answer.
     *
     * @param end called once, when there is nothing left, or too much to go on
     */
    void discard(Runnable end) {
        synchronized (this) {
            closed = true;
            waiting = null;
            discarded = end;
        }
        discardAvailable();
    }

    private void discardAvailable() {
        while (true) {
            Content.Chunk chunk = in.read();
            if (chunk == null) {
                synchronized (this) {
                    if (demanded) return;
                    demanded = true;
                }
                in.demand(available);
                return;
            }
            discardedBytes += chunk.remaining();
            boolean last = chunk.isLast() || Content.Chunk.isFailure(chunk) || discardedBytes > DISCARD_AT_MOST;
            chunk.release();
            if (!last) continue;
            Runnable end;
            synchronized (this) {
                end = discarded;
                discarded = null;
            }
            if (end != null) end.run();
            return;
        }
    }

    /** Whether its last byte has been read. */
    boolean ended() {
        return ended;
    }

    /** Gives back the kept chunk: there will be no other attempt. */
    void keepNothing() {
        Content.Chunk kept;
        synchronized (this) {
            kept = first;
            first = null;
        }
        if (kept != null) kept.release();
    }

    /** Gives back what is kept: no other attempt will come. To be called at the end of every exchange. */
    void release() {
        Content.Chunk kept;
        Content.Chunk unread;
        synchronized (this) {
            kept = first;
            first = null;
            unread = peeked;
            peeked = null;
        }
        if (kept != null) kept.release();
        if (unread != null) unread.release();
    }

    @Override
    public void demand(Runnable demandCallback) {
        boolean ready;
        synchronized (this) {
            if (closed) return;
            ready = peeked != null || (firstOffered && first != null);
            if (!ready) {
                waiting = demandCallback;
                if (demanded) return;
                demanded = true;
            }
        }
        if (ready) {
            demandCallback.run();
            return;
        }
        progress.waitingForClient();
        in.demand(available);
    }

    private void available() {
        Runnable resume;
        boolean discarding;
        synchronized (this) {
            demanded = false;
            resume = waiting;
            waiting = null;
            discarding = discarded != null;
        }
        if (discarding) discardAvailable();
        else if (resume != null) resume.run();
    }

    @Override
    public void fail(Throwable failure) {
        // The backend's side failed. The client's side stays as it is: it may still be answered.
        synchronized (this) {
            waiting = null;
        }
    }

    @Override
    public boolean rewind() {
        return false;
    }
}
