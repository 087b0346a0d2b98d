package dev.sluice.proxy;

import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.Trailers;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;

/**
 * The body of a client's request on its way to a backend: one chunk at a time, read when the backend can take it.
 *
 * <p>It keeps the first chunk until an answer begins or a second chunk is read, so that a request whose connection turned
 * out to be dead can be sent again: that costs no copy, only a buffer that is given back a little later. Each attempt has
 * a view of its own, and only the newest one sees anything: an attempt that ended may be slow to notice.
 *
 * <p>Safe for use by many threads. Only one of them reads from the client at a time, and nobody does any more once {@link
 * #quiet} has called back: Jetty's own end of a request reads too, and must be alone.
 */
final class RequestBody {
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

            @Override
            public void gone(Throwable cause) {}
        };

        /** Nothing to send until the client sends more. */
        void waitingForClient();

        /** The client sent something. */
        void clientSent(int bytes);

        /** The client's side failed while the backend's side was reading from it: that side will end, and say so. */
        void clientFailed(Throwable cause);

        /** The client's side failed while nobody was waiting for what it sends. */
        void gone(Throwable cause);
    }

    /** How many bytes are read only to be thrown away. */
    private static final long DISCARD_AT_MOST = 1 << 20;

    private final Request in;
    private final Progress progress;
    private final Runnable available = Invocable.from(Invocable.InvocationType.NON_BLOCKING, this::available);

    // Guarded by this. The lock is never held while others are called.
    private @Nullable View current;
    private @Nullable Runnable waiting;
    private @Nullable Runnable whenQuiet;
    private @Nullable Runnable whenDiscarded;
    private Content.@Nullable Chunk peeked;
    private Content.@Nullable Chunk first;
    private boolean firstOffered;
    private boolean keeping = true;
    private boolean reading;
    private boolean demanded;
    private boolean discarding;
    private boolean over;
    private int chunks;

    // Written by the one thread that reads.
    private long received;
    private long discarded;
    private volatile boolean ended;
    private volatile @Nullable HttpFields trailers;

    /**
     * @param in the client's request
     * @param peeked a chunk that was read already, or null
     */
    RequestBody(Request in, Content.@Nullable Chunk peeked, Progress progress) {
        this.in = in;
        this.peeked = peeked;
        this.progress = progress;
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

    /** The body from its beginning, for another attempt. Only the first time, and when {@link #rewindable()}. */
    synchronized View forAttempt() {
        firstOffered = first != null;
        waiting = null;
        ended = false;
        View next = new View();
        current = next;
        return next;
    }

    /** Whether everything that was read can be read again. */
    synchronized boolean rewindable() {
        return !reading && (chunks == 0 || (chunks == 1 && first != null));
    }

    /** Whether its last byte has been read. */
    boolean ended() {
        return ended;
    }

    /** Whether the backend was not sent all of it, and will not be. */
    synchronized boolean unsent() {
        return discarding || !ended;
    }

    /** Gives back the kept chunk: there will be no other attempt. */
    void keepNothing() {
        Content.Chunk kept;
        synchronized (this) {
            keeping = false;
            kept = first;
            first = null;
        }
        if (kept != null) kept.release();
    }

    /**
     * Takes the body away from the backend's side, and reads what is left of it to throw it away.
     *
     * @param end called once, when there is nothing left, or too much to go on; null for none
     */
    void discard(@Nullable Runnable end) {
        synchronized (this) {
            current = null;
            waiting = null;
            whenDiscarded = end;
            discarding = true;
            if (reading) return; // Who reads goes on with it.
            reading = true;
        }
        discardAvailable();
    }

    /**
     * Ends all reading from the client, for good.
     *
     * @param then called once nobody reads any more: now, or by the thread that still does
     */
    void quiet(Runnable then) {
        Content.Chunk unread;
        boolean later;
        synchronized (this) {
            over = true;
            current = null;
            waiting = null;
            whenDiscarded = null;
            unread = peeked;
            peeked = null;
            later = reading;
            if (later) whenQuiet = then;
        }
        keepNothing();
        if (unread != null) unread.release();
        if (!later) then.run();
    }

    private Content.@Nullable Chunk read(View view) {
        Content.Chunk again;
        synchronized (this) {
            if (over || view != current || reading) return null;
            again = firstOffered ? first : null;
            firstOffered = false;
            reading = true;
        }
        Content.Chunk chunk = null;
        try {
            if (again == null) chunk = keepFirst(next());
            else chunk = Content.Chunk.asChunk(again.getByteBuffer().slice(), again.isLast(), retained(again));
            if (chunk != null && chunk.isLast()) ended = true;
            return chunk;
        } finally {
            leave();
        }
    }

    /** Reading is over for now; somebody may have waited for that. */
    private void leave() {
        Runnable then;
        synchronized (this) {
            if (discarding && !over && !ended) {
                then = this::discardAvailable; // Still reading.
            } else {
                reading = false;
                then = whenQuiet == null ? takeDiscarded() : whenQuiet;
                whenQuiet = null;
            }
        }
        if (then != null) then.run();
    }

    private @Nullable Runnable takeDiscarded() {
        if (!discarding) return null;
        Runnable end = whenDiscarded;
        whenDiscarded = null;
        return end;
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
        if (!Content.Chunk.isFailure(chunk)) return chunk;
        progress.clientFailed(chunk.getFailure());
        // A failure that Jetty calls transient, an idle timeout say, ends an exchange all the same.
        return chunk.isLast() ? chunk : Content.Chunk.from(chunk.getFailure(), true);
    }

    private Content.@Nullable Chunk keepFirst(Content.@Nullable Chunk chunk) {
        if (chunk == null || Content.Chunk.isFailure(chunk)) return chunk;
        received += chunk.remaining();
        if (chunk.isLast() && received < in.getLength()) {
            // Jetty does not look when HTTP/2 trailers end a body.
            chunk.release();
            Throwable failure = shorterThanNamed();
            progress.clientFailed(failure);
            return Content.Chunk.from(failure, true);
        }
        if (chunk instanceof Trailers t) trailers = t.getTrailers();
        progress.clientSent(chunk.remaining());
        Content.Chunk stale = null;
        synchronized (this) {
            if (chunk.hasRemaining()) chunks++;
            if (chunks == 1 && chunk.hasRemaining() && keeping && chunk.canRetain()) {
                first = Content.Chunk.asChunk(chunk.getByteBuffer().slice(), chunk.isLast(), retained(chunk));
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

    private void demand(View view, Runnable demandCallback) {
        boolean ready;
        synchronized (this) {
            if (over || view != current) return;
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
        synchronized (this) {
            demanded = false;
            resume = waiting;
            waiting = null;
            if (over) return;
            if (discarding) {
                if (reading) return;
                reading = true;
                resume = this::discardAvailable;
            }
        }
        if (resume != null) resume.run();
    }

    /** By the thread for which {@code reading} was set. */
    private void discardAvailable() {
        while (!isOver()) {
            Content.Chunk chunk = in.read();
            if (chunk == null) {
                awaitMore();
                return;
            }
            Throwable failure = Content.Chunk.isFailure(chunk) ? chunk.getFailure() : null;
            discarded += chunk.remaining();
            ended = chunk.isLast() || failure != null || discarded > DISCARD_AT_MOST;
            chunk.release();
            if (!ended) continue;
            leave();
            if (failure != null) progress.gone(failure);
            return;
        }
        leave();
    }

    private void awaitMore() {
        Runnable then;
        boolean ask;
        synchronized (this) {
            reading = false;
            then = whenQuiet;
            whenQuiet = null;
            ask = !over && !demanded;
            if (ask) demanded = true;
        }
        if (then != null) then.run();
        else if (ask) in.demand(available);
    }

    private synchronized boolean isOver() {
        return over;
    }

    /** What one attempt sees of it. */
    final class View implements org.eclipse.jetty.client.Request.Content {
        private View() {}

        /** Trailer fields that followed the body, or null when there were none or the body has not ended. */
        @Nullable
        HttpFields trailers() {
            return trailers;
        }

        @Override
        public @Nullable String getContentType() {
            return null; // Content-Type passes with the other fields, and is not invented.
        }

        @Override
        public long getLength() {
            return in.getLength();
        }

        @Override
        public Content.@Nullable Chunk read() {
            return RequestBody.this.read(this);
        }

        @Override
        public void demand(Runnable demandCallback) {
            RequestBody.this.demand(this, demandCallback);
        }

        @Override
        public void fail(Throwable failure) {
            // The backend's side failed. The client's side stays as it is: it may still be answered.
            synchronized (RequestBody.this) {
                if (current == this) waiting = null;
            }
        }

        @Override
        public boolean rewind() {
            return false;
        }
    }
}
