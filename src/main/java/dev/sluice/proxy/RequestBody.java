package dev.sluice.proxy;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.Trailers;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;

/**
 * The body of a client's request on its way to a backend: one chunk at a time, read when the backend can take it.
 *
 * <p>It keeps its beginning until an answer begins or it is too long, so that a request whose connection turned out to be
 * dead, or whose backend failed, can be sent again. Each attempt has a view of its own, and only the newest one sees
 * anything: an attempt that ended may be slow to notice.
 *
 * <p>Safe for use by many threads. Only one of them reads from the client at a time, and nobody does any more once {@link
 * #quiet} has called back: Jetty's own end of a request reads too, and must be alone. To ask for more counts as reading,
 * because Jetty parses what has come before it waits: at the same time as a read that takes the end of the connection for
 * the end of the client.
 */
final class RequestBody {
    /** How many bytes are usually read only to be thrown away. */
    static final long DISCARD_AT_MOST = 1 << 20;

    private final Request in;
    private final BodyProgress progress;
    private final long most;
    private final Runnable available = Invocable.from(Invocable.InvocationType.NON_BLOCKING, this::available);

    // Guarded by this. The lock is never held while others are called.
    private @Nullable View current;
    private @Nullable Runnable waiting;
    private @Nullable Runnable whenQuiet;
    private @Nullable Runnable whenDiscarded;
    private Content.@Nullable Chunk peeked;
    private final KeptBody kept;
    private boolean reading;
    private boolean asking;
    private boolean demanded;
    private boolean arrived;
    private boolean discarding;
    private boolean enough;
    private long discardAtMost;
    private volatile boolean over;

    // Written by the one thread that reads.
    private long received;
    private boolean tooLong;
    private long discarded;
    private volatile boolean ended;
    private volatile @Nullable HttpFields trailers;

    /**
     * @param in the client's request
     * @param peeked a chunk that was read already, or null
     * @param keep how many bytes of it are kept, beyond its first chunk
     * @param most that it may have, in bytes; negative for any number
     */
    RequestBody(Request in, Content.@Nullable Chunk peeked, BodyProgress progress, int keep, long most) {
        this.in = in;
        this.most = most;
        // Of what is known to be too long, nothing needs to be copied.
        this.kept = new KeptBody(in.getLength() > keep ? 0 : keep);
        this.peeked = peeked;
        this.progress = progress;
    }

    /** What a request brings beside its head, of which nobody has started to read; null for nothing. */
    static @Nullable RequestBody of(Request in, BodyProgress progress, int keep, long most) {
        if (in.getLength() == 0 || Upgrade.isWebSocketStream(in)) return null;
        Content.Chunk first = in.read();
        if (first != null && first.isLast() && !first.hasRemaining() && !Content.Chunk.isFailure(first)) {
            if (in.getLength() < 0) return null;
            // HTTP/2 says on its own where a body ends; a backend would wait for the length that was named.
            first = Content.Chunk.from(ProxyFailure.shortBody(), true);
        }
        return new RequestBody(in, first, progress, keep, most);
    }

    /** Whether the client's side failed before anything could be sent. It has been told to the progress, then. */
    boolean failedAlready() {
        Content.Chunk chunk = peeked;
        if (chunk == null || !Content.Chunk.isFailure(chunk)) return false;
        progress.clientFailed(chunk.getFailure());
        return true;
    }

    /** The body from its beginning, for another attempt. Only the first time, and when {@link #rewindable()}. */
    synchronized View forAttempt() {
        kept.rewind();
        waiting = null;
        ended = false;
        current = new View();
        return current;
    }

    /** Whether everything that was read can be read again. If so, the attempt that ended reads no more of it. */
    synchronized boolean rewindable() {
        if (reading || !kept.isWhole()) return false;
        current = null;
        return true;
    }

    /** Whether its last byte has been read. */
    boolean ended() {
        return ended;
    }

    /** Whether the backend was not sent all of it, and will not be. */
    synchronized boolean unsent() {
        return discarding || !ended;
    }

    /** Gives back what was kept: there will be no other attempt. */
    void keepNothing() {
        Content.Chunk stale;
        synchronized (this) {
            stale = kept.stop();
        }
        if (stale != null) stale.release();
    }

    /**
     * Takes the body away from the backend's side, and reads what is left of it to throw it away.
     *
     * @param atMost after so many bytes, all told, it is left where it is, unless it is discarded once more
     * @param end called once, when there is nothing left, or too much to go on; null for none
     */
    void discard(long atMost, @Nullable Runnable end) {
        synchronized (this) {
            current = null;
            waiting = null;
            whenDiscarded = end;
            discarding = true;
            discardAtMost = atMost;
            enough = false;
            if (reading || asking) return; // Who reads goes on with it.
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
        Content.Chunk stale;
        boolean later;
        synchronized (this) {
            over = true;
            current = null;
            waiting = null;
            whenDiscarded = null;
            unread = peeked;
            peeked = null;
            stale = kept.clear();
            later = reading || asking;
            if (later) whenQuiet = then;
        }
        if (stale != null) stale.release();
        if (unread != null) unread.release();
        if (!later) then.run();
    }

    private Content.@Nullable Chunk read(View view) {
        Content.Chunk again;
        Content.Chunk stale;
        synchronized (this) {
            if (over || view != current || reading) return null;
            if (!kept.repeats() && asking) return null; // For an attempt before this one.
            again = kept.repeats() ? kept.repeat() : null;
            stale = kept.stale();
            reading = true;
        }
        if (stale != null) stale.release();
        try {
            Content.Chunk chunk = again == null ? keep(readNext()) : again;
            if (chunk != null && chunk.isLast() && !tooLong) ended = true;
            return chunk;
        } finally {
            leave();
        }
    }

    /** Reading is over for now; somebody may have waited for that. */
    private void leave() {
        Runnable then;
        synchronized (this) {
            reading = false;
            then = next();
        }
        if (then != null) then.run();
    }

    /** What is left to do for the last one who lets go of the client's side. Guarded by this. */
    private @Nullable Runnable next() {
        if (reading || asking) return null;
        if (discarding && !over && !ended && !enough) {
            reading = true;
            return this::discardAvailable;
        }
        Runnable then = whenQuiet == null ? takeDiscarded() : whenQuiet;
        whenQuiet = null;
        return then;
    }

    private @Nullable Runnable takeDiscarded() {
        if (!discarding) return null;
        Runnable end = whenDiscarded;
        whenDiscarded = null;
        return end;
    }

    private Content.@Nullable Chunk readNext() {
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

    private Content.@Nullable Chunk keep(Content.@Nullable Chunk chunk) {
        if (chunk == null || Content.Chunk.isFailure(chunk)) return chunk;
        received += chunk.remaining();
        if (most >= 0 && received > most) {
            chunk.release();
            tooLong = true;
            Throwable failure = ProxyFailure.longBody(most);
            progress.clientFailed(failure);
            return Content.Chunk.from(failure, true);
        }
        if (chunk.isLast() && received < in.getLength()) {
            // Jetty does not look when HTTP/2 trailers end a body.
            chunk.release();
            Throwable failure = ProxyFailure.shortBody();
            progress.clientFailed(failure);
            return Content.Chunk.from(failure, true);
        }
        if (chunk instanceof Trailers t) trailers = t.getTrailers();
        progress.clientSent(chunk);
        Content.Chunk stale;
        synchronized (this) {
            stale = kept.keep(chunk);
        }
        if (stale != null) stale.release();
        return chunk;
    }

    private void demand(View view, Runnable demandCallback) {
        boolean ready;
        synchronized (this) {
            if (over || view != current) return;
            ready = peeked != null || kept.repeats();
            if (!ready) {
                waiting = demandCallback;
                if (demanded || asking) return;
                demanded = true;
                asking = true;
            }
        }
        if (ready) {
            demandCallback.run();
            return;
        }
        progress.waitingForClient();
        ask();
        asked();
    }

    /** Jetty refuses where the client's side has ended by then. */
    private void ask() {
        try {
            in.demand(available);
        } catch (RuntimeException refused) {
            progress.gone(refused);
        }
    }

    /** What came, or was wanted, while Jetty was asked for more. */
    private void asked() {
        Runnable then;
        synchronized (this) {
            asking = false;
            then = next();
            if (then == null && arrived) then = takeWaiting();
            arrived = false;
        }
        if (then != null) then.run();
    }

    private void available() {
        Runnable resume;
        synchronized (this) {
            demanded = false;
            arrived = asking;
            if (asking) return;
            resume = discarding ? next() : takeWaiting();
        }
        if (resume != null) resume.run();
    }

    private @Nullable Runnable takeWaiting() {
        Runnable resume = over || discarding ? null : waiting;
        waiting = null;
        return resume;
    }

    /** By the thread for which {@code reading} was set. */
    private void discardAvailable() {
        do {
            Content.Chunk chunk = over ? null : in.read();
            while (chunk != null) {
                Throwable failure = Content.Chunk.isFailure(chunk) ? chunk.getFailure() : null;
                discarded += chunk.remaining();
                ended = chunk.isLast() || failure != null;
                chunk.release();
                if (ended || isEnough()) {
                    leave();
                    if (failure != null) progress.gone(failure);
                    return;
                }
                chunk = over ? null : in.read();
            }
        } while (awaitMore());
    }

    /** @return whether more has come already, for the caller to read */
    private boolean awaitMore() {
        boolean ask;
        Runnable then;
        synchronized (this) {
            reading = false;
            ask = !over && !demanded;
            asking = ask;
            demanded |= ask;
            then = over ? next() : null;
        }
        if (ask) {
            ask();
            synchronized (this) {
                asking = false;
                reading = arrived && !over;
                arrived = false;
                ask = reading;
                then = over ? next() : null;
            }
        }
        if (then != null) then.run();
        return ask;
    }

    private synchronized boolean isEnough() {
        enough = discarded > discardAtMost;
        return enough;
    }

    /** What one attempt sees of it. */
    final class View implements BackendBody {
        private View() {}

        @Override
        public @Nullable HttpFields trailers() {
            return trailers;
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
    }
}
