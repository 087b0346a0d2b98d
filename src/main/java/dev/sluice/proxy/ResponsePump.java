package dev.sluice.proxy;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;

/**
 * Moves a response's body from a backend to a client: one chunk is written before the next is asked for, so that the
 * slower of the two sets the pace and a chunk costs one buffer. What has arrived is written at once; only what is there
 * already is looked at, to tell the client of the end together with the last bytes.
 */
final class ResponsePump extends IteratingCallback {
    /** Told of what moves, and of the end. */
    interface Progress {
        void waitingForBackend();

        void waitingForClient(int bytes);

        /** Exactly once: null when everything was written. {@code backendSide} tells which side failed. */
        void pumped(@Nullable Throwable failure, boolean backendSide);

        /** In the place of {@link #pumped}: at a boundary, as {@link #endEarly} asked. What ends the answer is yet to be written. */
        void stopped();
    }

    private final Content.Source from;
    private final Content.Sink to;
    private final boolean headMayBeAll;
    private final @Nullable Boundaries boundaries;
    private final Progress progress;
    private final Runnable available = Invocable.from(InvocationType.NON_BLOCKING, this::arrived);

    private Content.@Nullable Chunk writing;
    private Content.@Nullable Chunk next;
    private boolean begun;
    private boolean last;
    private boolean stopped;
    private boolean backendFailed;
    private volatile boolean awaiting;
    private volatile boolean ending;
    private volatile boolean started;
    private volatile boolean pumping;

    /**
     * @param headMayBeAll whether the end of a body without a byte may come together with the response's head
     * @param boundaries where it may be ended early; null for nowhere
     */
    ResponsePump(
            Content.Source from,
            Content.Sink to,
            boolean headMayBeAll,
            @Nullable Boundaries boundaries,
            Progress progress) {
        this.from = from;
        this.to = to;
        this.headMayBeAll = headMayBeAll;
        this.boundaries = boundaries;
        this.progress = progress;
    }

    /** Begins to move. An answer that is there as a whole, as small ones are, is written without further ado. */
    void start() {
        Content.Chunk chunk = from.read();
        if (chunk != null && chunk.isLast() && chunk.hasRemaining() && !Content.Chunk.isFailure(chunk)) {
            writing = chunk;
            started = true;
            progress.waitingForClient(chunk.remaining());
            to.write(true, chunk.getByteBuffer(), new Whole());
        } else {
            next = chunk;
            pumping = true;
            started = true;
            iterate();
        }
    }

    /**
     * Ends the answer at the next boundary, whatever the backend still sends. By any thread.
     *
     * @return false when it has none, or when all of it is being written; nothing when it has not begun to move
     */
    Optional<Boolean> endEarly() {
        if (boundaries == null) return Optional.of(false);
        if (!started) return Optional.empty();
        if (!pumping) return Optional.of(false);
        ending = true;
        iterate();
        return Optional.of(true);
    }

    @Override
    protected Action process() throws Throwable {
        if (last) return Action.SUCCEEDED;
        if (ending && boundaries != null) {
            stopped = boundaries.isBetween();
            if (stopped) return Action.SUCCEEDED;
            if (awaiting) return Action.IDLE; // Whoever brings more goes on.
        }
        Content.Chunk chunk = take();
        if (chunk == null) return begun ? await() : write(Content.Chunk.EMPTY, false);
        if (Content.Chunk.isFailure(chunk)) {
            backendFailed = true;
            throw chunk.getFailure();
        }
        // A body without a byte and without a length: were the end to come together with the head, Jetty would invent
        // one.
        if (chunk.isLast() && !chunk.hasRemaining() && !begun && !headMayBeAll) {
            next = chunk;
            return write(Content.Chunk.EMPTY, false);
        }
        if (boundaries == null || chunk.isLast()) return write(chunk, chunk.isLast() || endFollows());
        if (!ending) boundaries.follow(chunk.getByteBuffer());
        else endWithPiece(chunk.getByteBuffer(), boundaries);
        return write(chunk, false);
    }

    private Action await() {
        progress.waitingForBackend();
        awaiting = true;
        from.demand(available);
        // Not as if something was pending: endEarly may go on with it, too.
        return Action.IDLE;
    }

    private void arrived() {
        awaiting = false;
        iterate();
    }

    private Action write(Content.Chunk chunk, boolean isLast) {
        begun = true;
        writing = chunk;
        last = isLast;
        progress.waitingForClient(chunk.remaining());
        to.write(isLast, chunk.getByteBuffer(), this);
        return Action.SCHEDULED;
    }

    /** What comes behind the piece that has begun is not for the client any more. */
    private static void endWithPiece(ByteBuffer bytes, Boundaries boundaries) {
        bytes.limit(bytes.position() + boundaries.followToEndOfPiece(bytes));
    }

    private Content.@Nullable Chunk take() {
        Content.Chunk chunk = next;
        next = null;
        return chunk == null ? from.read() : chunk;
    }

    /** Whether the end is what comes next, as far as it can be told without waiting. */
    private boolean endFollows() {
        Content.Chunk following = from.read();
        boolean end = following != null
                && following.isLast()
                && !following.hasRemaining()
                && !Content.Chunk.isFailure(following);
        if (!end) next = following;
        return end;
    }

    @Override
    protected void onSuccess() {
        releaseWritten();
    }

    @Override
    protected void onCompleteSuccess() {
        if (stopped) {
            releaseUnread();
            progress.stopped();
        } else {
            progress.pumped(null, false);
        }
    }

    @Override
    protected void onCompleteFailure(Throwable cause) {
        releaseWritten();
        releaseUnread();
        if (to instanceof EncodedBody encoded) encoded.close();
        progress.pumped(cause, backendFailed);
    }

    /** The end of an answer that was written at once. */
    private final class Whole implements Callback {
        @Override
        public void succeeded() {
            onSuccess();
            onCompleteSuccess();
        }

        @Override
        public void failed(Throwable cause) {
            onCompleteFailure(cause);
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }
    }

    private void releaseUnread() {
        Content.Chunk unread = next;
        next = null;
        if (unread != null) unread.release();
    }

    private void releaseWritten() {
        Content.Chunk written = writing;
        writing = null;
        if (written != null) written.release();
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }
}
