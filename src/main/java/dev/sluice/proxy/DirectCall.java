package dev.sluice.proxy;

import dev.sluice.proxy.ProxyFailure.Kind;
import dev.sluice.proxy.ProxyFailure.Sent;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.jspecify.annotations.Nullable;

/**
 * One request on a connection of ours, and its answer. Whether it ends well or not is decided once, by compare-and-set:
 * what comes after that is of no effect, above all on the connection, which others may use by then.
 */
final class DirectCall implements Transport.Call, Content.Source, DirectDestination.Dialled {
    private static final int REQUEST_DONE = 1;
    private static final int RESPONSE_DONE = 2;
    private static final int ALL_DONE = REQUEST_DONE | RESPONSE_DONE;
    private static final int FAILED = 4;

    private final Transport.BackendRequest request;
    private final Transport.Answer answer;
    private final DirectDestination destination;
    private final Object loop;
    private final AtomicInteger state = new AtomicInteger();
    private final AtomicReference<@Nullable Runnable> demanded = new AtomicReference<>();
    private volatile @Nullable DirectConnection connection;
    private volatile @Nullable Throwable failure;
    private volatile @Nullable Throwable notSent;
    private volatile Sent sent = Sent.NOTHING;
    private volatile boolean reusable;
    private volatile @Nullable HttpFields switchedTo;
    private volatile @Nullable HttpFields trailers;
    private boolean ended; // by the one who reads

    DirectCall(Transport.BackendRequest request, Transport.Answer answer, DirectDestination destination, Object loop) {
        this.request = request;
        this.answer = answer;
        this.destination = destination;
        this.loop = loop;
    }

    Transport.BackendRequest request() {
        return request;
    }

    /** The event loop of the client. */
    @Override
    public Object loop() {
        return loop;
    }

    /** Whether it insists on a connection that nobody has used before. */
    boolean fresh() {
        return request.fresh();
    }

    /** Nobody waits for anything of it any more. */
    @Override
    public boolean isOver() {
        int now = state.get();
        return now == ALL_DONE || (now & FAILED) != 0;
    }

    @Override
    public void opened(DirectConnection fresh) {
        fresh.start(this);
    }

    /** No connection could be opened for it. */
    @Override
    public void failed(Throwable cause) {
        boolean tooLong = cause instanceof SocketTimeoutException || cause instanceof TimeoutException;
        fail(tooLong ? Kind.CONNECT_TIMEOUT : Kind.CONNECT, null, cause);
    }

    // What the connection reports.

    /** @return false when it has failed meanwhile, and the connection is free for others */
    boolean begin(DirectConnection on, boolean reused) {
        connection = on;
        // Published first, then looked at: who fails the call does it the other way round.
        if (isOver()) return false;
        answer.connected(reused);
        DirectSender sender =
                new DirectSender(this, on.getEndPoint(), destination.parts().buffers());
        try {
            if (request.body() == null) sender.sendHead();
            else sender.iterate();
        } catch (RuntimeException e) {
            fail(Kind.INTERNAL, null, e); // A defect, which must not cost the connection's place among the open ones.
        }
        return true;
    }

    void sentSome() {
        // Before the first byte is written: whether a write that failed sent any cannot be told.
        if (sent == Sent.NOTHING) sent = Sent.SOME;
        if (request.body() != null) answer.sentSome(); // Else all of it follows at once.
    }

    void sentAll() {
        if (isOver()) return;
        answer.sentAll();
        done(REQUEST_DONE);
    }

    /** The backend takes no more. It may have said why: what it has sent can still be read, and will end by itself. */
    void notSent(Throwable cause) {
        notSent = cause;
        if ((state.get() & RESPONSE_DONE) != 0) unsent(cause);
    }

    /** The client's side of the body failed. */
    void bodyFailed(Throwable cause) {
        fail(Kind.CLOSED, null, cause);
    }

    void interim(int status, HttpFields headers) {
        answer.interim(status, headers);
    }

    void began(int status, HttpFields headers) {
        sent = Sent.ANSWERED;
        boolean trailed = headers.contains(HttpHeader.TRANSFER_ENCODING);
        answer.began(status, headers, this, trailed ? () -> trailers : null);
    }

    /**
     * The backend speaks another protocol from here on. Whoever gets the connection writes to it at once, so it is not given
     * away before the write of the request is seen to have ended: the answer may be there first.
     */
    void switched(HttpFields headers) {
        switchedTo = headers;
        responseDone();
    }

    /** All of the answer has been parsed. */
    void received(boolean connectionReusable, @Nullable HttpFields trailerFields) {
        trailers = trailerFields;
        reusable = connectionReusable;
        responseDone();
    }

    private void responseDone() {
        done(RESPONSE_DONE);
        // Whoever reports that looks in the other order.
        Throwable why = notSent;
        if (why != null) unsent(why);
    }

    /** The answer is there, and what was not sent by now will not be. */
    private void unsent(Throwable why) {
        // Nobody can go on with a connection that takes nothing.
        if (switchedTo != null) fail(Kind.CLOSED, null, why);
        else done(REQUEST_DONE);
    }

    /** Something arrived that the answer's reader asked for. */
    void readable() {
        Runnable waiting = demanded.getAndSet(null);
        if (waiting != null) waiting.run();
    }

    void closed(@Nullable Throwable cause) {
        Throwable why = cause == null ? new EofException("backend closed the connection") : cause;
        Throwable unsent = notSent;
        if (unsent != null && unsent != why) why.addSuppressed(unsent);
        fail(Kind.CLOSED, null, why);
    }

    // The answer's body.

    @Override
    public Content.@Nullable Chunk read() {
        Throwable failed = failure;
        if (failed != null) return Content.Chunk.from(failed, true);
        if (ended) return Content.Chunk.EOF;
        DirectConnection on = connection;
        if (on == null) throw new IllegalStateException("not begun");
        Content.Chunk chunk = on.read(this);
        if (chunk != null && (state.get() & FAILED) != 0) {
            // The end that was read may be the one that we made ourselves.
            chunk.release();
            return Content.Chunk.from(failure(), true);
        }
        if (chunk != null && chunk.isLast()) ended = true;
        return chunk;
    }

    @Override
    public void demand(Runnable callback) {
        if (!demanded.compareAndSet(null, callback)) throw new IllegalStateException("demanded already");
        DirectConnection on = connection;
        if (on != null && !isOver() && !ended) on.readInterested();
        else readable();
        // It may have failed just before the demand could be seen.
        if (failure != null) readable();
    }

    @Override
    public void fail(Throwable cause) {
        abort(cause);
    }

    // The end.

    @Override
    public void abort(Throwable cause) {
        fail(Kind.CLOSED, null, cause);
    }

    /** What went wrong, for one who reads from a connection that was taken away from this call. */
    Throwable failure() {
        Throwable why = failure;
        return why == null ? new EofException("aborted") : why;
    }

    /** Ends it early, and the connection with it. Whoever comes first is heard. */
    void fail(Kind kind, @Nullable String reason, @Nullable Throwable cause) {
        Throwable why = cause == null ? new IllegalStateException(reason) : cause;
        for (int now = state.get(); ; now = state.get()) {
            if (now == ALL_DONE || (now & FAILED) != 0) return;
            if (state.compareAndSet(now, now | FAILED)) break;
        }
        failure = why;
        DirectConnection on = connection;
        if (on == null) destination.forget(this);
        else on.abandon(this);
        answer.ended(new ProxyFailure(kind, sent, reason == null ? ProxyFailure.reasonOf(why) : reason, cause));
        readable();
    }

    private void done(int part) {
        for (int now = state.get(); ; now = state.get()) {
            if (now == ALL_DONE || (now & FAILED) != 0) return;
            if (!state.compareAndSet(now, now | part)) continue;
            if ((now | part) == ALL_DONE) break;
            return;
        }
        DirectConnection on = connection;
        HttpFields switched = switchedTo;
        if (switched != null && on != null) {
            answer.switched(switched, on.handOver());
            return;
        }
        // One that refused to speak another protocol is let go: what it expects next may not be a request.
        if (on != null) {
            boolean again = !destination.parts().oneExchangeEach();
            on.finished(again && reusable && notSent == null && request.upgrade() == null);
        }
        answer.ended(null);
    }
}
