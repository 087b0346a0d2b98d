package dev.sluice.proxy;

import dev.sluice.proxy.ProxyFailure.Kind;
import dev.sluice.proxy.ProxyFailure.Sent;
import dev.sluice.proxy.ProxyFailure.Source;
import dev.sluice.upstream.Lease;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/** One try of an exchange on one backend. Its lease ends with it. */
final class Attempt implements Transport.Answer {
    /** How long an answer that nobody wants may take to its end. */
    private static final long LEAVE_MILLIS = 1_000;

    /** And how many bytes of it are read. */
    private static final long LEAVE_BYTES = 64 << 10;

    private final Exchange exchange;
    private final Lease lease;
    private final boolean fresh;
    private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.SENT);
    private final PendingCall call = new PendingCall();
    private volatile boolean reused;
    private volatile @Nullable ProxyFailure expired;
    private volatile Scheduler.@Nullable Task leaving;

    private enum Stage {
        SENT,
        ANSWERED,
        /** Not answered, and it shall not be any more. */
        WITHDRAWN,
        /** Answered, but with what nobody wants: another attempt goes on. */
        LEFT,
        ENDED
    }

    /** @param fresh whether it uses a connection that nobody has used before */
    Attempt(Exchange exchange, Lease lease, boolean fresh) {
        this.exchange = exchange;
        this.lease = lease;
        this.fresh = fresh;
    }

    Lease lease() {
        return lease;
    }

    boolean fresh() {
        return fresh;
    }

    boolean reused() {
        return reused;
    }

    void send(Transport transport, Transport.BackendRequest request) {
        call.send(transport, request, this);
    }

    /** Ends it early. {@link #ended} follows, unless it was over already. */
    void abort(Throwable cause) {
        call.abort(cause);
    }

    /**
     * No answer is taken from here on. To be followed by {@link #abort}.
     *
     * @return false when one has begun
     */
    boolean withdraw() {
        return stage.compareAndSet(Stage.SENT, Stage.WITHDRAWN);
    }

    /** Ends it early because of that; the exchange goes on. */
    void expire(ProxyFailure why) {
        expired = why;
        abort(new TimeoutException(why.reason()));
    }

    /** Its answer is not passed on. */
    void leave(Content.Source content, ReverseProxy proxy, boolean sentAll) {
        stage.compareAndSet(Stage.ANSWERED, Stage.LEFT);
        // The exchange's own clock is for the next one.
        Runnable end = () -> abort(new TimeoutException("answered by another backend"));
        leaving = proxy.later(end, LEAVE_MILLIS);
        if (sentAll) Leftover.readOut(content, LEAVE_BYTES, end);
        else abort(new TimeoutException("answered early"));
    }

    /**
     * Ends its lease, with what the backend is to blame for and nothing else.
     *
     * @param why how it ended, or null when all went well
     * @param own what made the exchange fail before, or null
     * @param passedOn whether all of the answer has been written to the client
     */
    void settle(@Nullable ProxyFailure why, @Nullable ProxyFailure own, boolean passedOn) {
        if (why == null || (passedOn && own == null)) lease.success();
        else if (own != null && own.kind().source() != Source.BACKEND) lease.unused(own.reason());
        else if (why.kind().source() != Source.BACKEND) lease.unused(why.reason());
        else {
            ProxyFailure first = own == null ? why : own;
            lease.failure(first.kind().fault(), first.reason());
        }
    }

    @Override
    public void connected(boolean reusedConnection) {
        reused = reusedConnection;
        exchange.connected();
    }

    @Override
    public void sharesConnection() {
        lease.sharesConnection();
    }

    @Override
    public void sentSome() {
        if (stage.get() != Stage.LEFT) exchange.sentSome();
    }

    @Override
    public void sentAll() {
        if (stage.get() != Stage.LEFT) exchange.sentAll();
    }

    @Override
    public void interim(int status, HttpFields headers) {
        exchange.interim(status, headers);
    }

    @Override
    public void began(
            int status, HttpFields headers, Content.Source content, @Nullable Supplier<@Nullable HttpFields> trailers) {
        // An abort by another thread may have come first, and then the exchange has gone on without this answer.
        if (!stage.compareAndSet(Stage.SENT, Stage.ANSWERED)) return;
        heard(lease, status, headers);
        exchange.answerBegan(this, status, headers, content, trailers);
    }

    /** What the head of an answer says of its backend. */
    static void heard(Lease lease, int status, HttpFields headers) {
        lease.answered(status);
        if (status == HttpStatus.SERVICE_UNAVAILABLE_503) lease.overloaded(RetryAfter.nanos(headers));
        // A refusal may close the connection for what the client did.
        else if (status < HttpStatus.BAD_REQUEST_400 && headers.contains(HttpHeader.CONNECTION, "close"))
            lease.backend().closes(false);
    }

    @Override
    public void switched(HttpFields headers, EndPoint backend) {
        if (!stage.compareAndSet(Stage.SENT, Stage.ANSWERED)) {
            backend.close();
            return;
        }
        try {
            lease.answered(HttpStatus.SWITCHING_PROTOCOLS_101);
            exchange.switched(this, headers, backend);
        } catch (RuntimeException e) { // The client's stream may be gone, and not there to be asked.
            backend.close();
            exchange.attemptEnded(this, false, new ProxyFailure(Kind.INTERNAL, Sent.SOME, ProxyFailure.reasonOf(e), e));
        }
    }

    @Override
    public void ended(@Nullable ProxyFailure failure) {
        Stage before = stage.getAndSet(Stage.ENDED);
        if (before == Stage.LEFT) {
            Scheduler.Task limit = leaving;
            if (limit != null) limit.cancel();
            lease.success();
        } else exchange.attemptEnded(this, before == Stage.ANSWERED, expired == null ? failure : expired);
    }
}
