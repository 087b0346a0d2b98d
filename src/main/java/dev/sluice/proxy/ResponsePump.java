package dev.sluice.proxy;

import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;
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
    }

    private final Content.Source from;
    private final Response to;
    private final boolean headMayBeAll;
    private final Progress progress;
    private final Runnable available = Invocable.from(InvocationType.NON_BLOCKING, this::succeeded);

    private Content.@Nullable Chunk writing;
    private Content.@Nullable Chunk next;
    private boolean begun;
    private boolean last;
    private boolean backendFailed;

    /** @param headMayBeAll whether the end of a body without a byte may come together with the response's head */
    ResponsePump(Content.Source from, Response to, boolean headMayBeAll, Progress progress) {
        this.from = from;
        this.to = to;
        this.headMayBeAll = headMayBeAll;
        this.progress = progress;
    }

    /** Begins to move. An answer that is there as a whole, as small ones are, is written without further ado. */
    void start() {
        Content.Chunk chunk = from.read();
        if (chunk != null && chunk.isLast() && chunk.hasRemaining() && !Content.Chunk.isFailure(chunk)) {
            writing = chunk;
            progress.waitingForClient(chunk.remaining());
            to.write(true, chunk.getByteBuffer(), new Whole());
        } else {
            next = chunk;
            iterate();
        }
    }

    @Override
    protected Action process() throws Throwable {
        if (last) return Action.SUCCEEDED;
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
        return write(chunk, chunk.isLast() || endFollows());
    }

    private Action await() {
        progress.waitingForBackend();
        from.demand(available);
        return Action.SCHEDULED;
    }

    private Action write(Content.Chunk chunk, boolean isLast) {
        begun = true;
        writing = chunk;
        last = isLast;
        progress.waitingForClient(chunk.remaining());
        to.write(isLast, chunk.getByteBuffer(), this);
        return Action.SCHEDULED;
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
        progress.pumped(null, false);
    }

    @Override
    protected void onCompleteFailure(Throwable cause) {
        releaseWritten();
        Content.Chunk unread = next;
        next = null;
        if (unread != null) unread.release();
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
