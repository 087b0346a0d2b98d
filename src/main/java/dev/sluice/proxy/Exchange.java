package dev.sluice.proxy;

import dev.sluice.proxy.ProxyFailure.Kind;
import dev.sluice.proxy.ProxyFailure.Sent;
import dev.sluice.upstream.Lease;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.NanoTime;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response on their way through.
 *
 * <p>Three things happen at the same time: the request's body goes out, the response's body comes in, and the client or
 * the time may run out. Each reports here from a thread of its own. What must happen once, the first failure and the end,
 * is decided by compare-and-set; nothing waits and no lock is held while another object is called.
 */
final class Exchange implements ResponsePump.Progress, BodyProgress, ClientWatch.Sight {
    private final ReverseProxy proxy;
    private final Ending ending;
    private final Request in;
    private final Response out;
    private final Target target;
    private final Tries tries;
    private final Progress seen = new Progress();
    private final @Nullable ClientWatch watch;
    private final Interims interims;
    private final @Nullable RequestBody body;
    private final @Nullable Upgrade upgrade;
    private final @Nullable MirrorTap tap;
    private final Deadline deadline;
    private final Patience patience;
    private final HttpVersion version;

    private final AtomicReference<@Nullable ProxyFailure> failure = new AtomicReference<>();
    private final AtomicBoolean finished = new AtomicBoolean();
    private volatile @Nullable Attempt attempt;
    private volatile @Nullable Tunnel tunnel;
    private volatile @Nullable AnswerHead head;
    private volatile @Nullable ResponsePump pump;
    private volatile boolean began;
    private volatile boolean attemptEnded = true;
    private volatile boolean sentAll;
    private volatile boolean pumped;
    private volatile boolean answering;
    private volatile boolean answered;

    /** @param in of which nobody has started to read */
    Exchange(ReverseProxy proxy, Request in, Response out, Ending ending, Target target) {
        this.proxy = proxy;
        this.in = in;
        this.out = out;
        this.ending = ending;
        this.target = target;
        this.version = in.getConnectionMetaData().getHttpVersion();
        this.tries = new Tries(this, proxy, target.pool(), in.getMethod());
        proxy.affinity().bind(tries.trial(), target, in);
        this.watch = ClientWatch.over(in, this);
        this.interims = new Interims(out, version, ContinueGate.on(in));
        this.body = RequestBody.of(
                in,
                this,
                target.pool().config().retries().body(),
                target.handling().maxBody());
        this.upgrade = body == null ? Upgrade.asked(in) : null;
        if (upgrade != null) tries.trial().alone();
        Mirror mirror = target.handling().mirror();
        this.tap = mirror == null || upgrade != null ? null : mirror.tap(proxy, target, in, body != null);
        this.patience = new Patience(target.handling().upstream(), in);
        this.deadline = new Deadline(proxy.timeouts(), totalDeadline(target), this::expired);
        // Before the servlet layer registers its own listener, which would make an error page of a client that leaves.
        in.addFailureListener(this::gone);
        // Who awaits an answer, and neither sends nor takes anything, is not idle: that is for the deadline.
        in.addIdleTimeoutListener(timeout -> false);
        ending.later();
    }

    void start() {
        in.setAttribute(ReverseProxy.EXCHANGE_ATTRIBUTE, (Supplier<?>) this::describe);
        if (target.drain() != null)
            in.setAttribute(
                    ReverseProxy.EARLY_ATTRIBUTE, Map.of("after", target.drain(), "end", (Supplier<?>) this::endEarly));
        deadline.begin();
        if (watch != null && body == null) watch.arm();
        if (body != null && body.failedAlready()) {
            answer(Objects.requireNonNull(failure.get()));
            return;
        }
        if (body != null) interims.promptFor(proxy, () -> seen.received == 0);
        tries.first();
    }

    // What is found out about backends.

    /** All have as much to do as they may have. */
    void waitsForRoom(long nanos) {
        seen.phase = Progress.Phase.QUEUED;
        deadline.ofOthers(nanos);
        ProxyFailure own = failure.get();
        if (own != null && tries.giveUp()) answer(own);
    }

    /** There is no backend to try. */
    void untried(ProxyFailure why) {
        failure.compareAndSet(null, why);
        answer(Objects.requireNonNull(failure.get()));
    }

    /** The next try begins. */
    void attempt(Attempt next) {
        attempt = next;
        attemptEnded = false;
        sentAll = false;
        seen.phase = Progress.Phase.CONNECTING;
        deadline.ofOthers(patience.connection(next.lease().backend().outstanding()));
        // Published first, then looked at: who fails the exchange sets the failure first, then looks for an attempt.
        ProxyFailure own = failure.get();
        if (own != null) {
            attemptEnded(next, false, own);
            return;
        }
        if (tap != null) tap.sending();
        try {
            next.send(proxy.transport(target, upgrade), proxy.backendRequests().of(in, body, upgrade, target, next));
        } catch (RuntimeException e) {
            attemptEnded(next, false, new ProxyFailure(Kind.INTERNAL, Sent.SOME, ProxyFailure.reasonOf(e), e));
        }
    }

    // What an attempt reports.

    void connected() {
        seen.phase = Progress.Phase.SENDING;
        deadline.ofOthers(patience.idle());
    }

    void sentSome() {
        if (!sentAll && !began) deadline.ofOthers(patience.idle());
    }

    void sentAll() {
        sentAll = true;
        if (tap != null) tap.sent();
        if (watch != null && body != null) watch.arm();
        if (began) return;
        seen.phase = Progress.Phase.WAITING;
        deadline.ofOthers(patience.firstByte());
    }

    void interim(int status, HttpFields headers) {
        if (!interims.relay(status, headers))
            fail(new ProxyFailure(Kind.BAD_ANSWER, Sent.SOME, "too many interim responses", null));
        else if (sentAll) deadline.ofOthers(patience.firstByte());
    }

    void answerBegan(
            Attempt current,
            int status,
            HttpFields headers,
            Content.Source content,
            @Nullable Supplier<@Nullable HttpFields> trailers) {
        Lease other = tries.afterStatus(current, status, this::rewindable);
        if (other != null) {
            current.leave(content, proxy, body == null || !body.unsent());
            ExchangeLog.retrying(in, target, current, "status " + status);
            attempt(new Attempt(this, other, false));
            return;
        }
        if (target.handling().intercepts(status) && !Grpc.calls(in)) {
            instead(current, status, headers, content);
            return;
        }
        began = true;
        seen.phase = Progress.Phase.STREAMING;
        if (body != null) {
            body.keepNothing();
            // A refusal: what is left of the body is not wanted, and a backend that closes must not make it fail.
            if (status >= 400 && !body.ended()) body.discard(RequestBody.DISCARD_AT_MOST, null);
        }
        patience.answered(headers);
        HttpFields own = proxy.affinity().forClient(target, in, attempt, headers);
        AnswerHead begun = new AnswerHead(out, version, status, own, trailers);
        target.handling()
                .response(
                        in,
                        status,
                        headers,
                        out.getHeaders(),
                        current.lease().backend().config());
        target.handling().encode(in, status, out, begun);
        head = begun;
        Boundaries boundaries = target.drain() == null ? null : begun.boundaries();
        ResponsePump pumping = new ResponsePump(content, begun.body(), begun.mayBeAll(), boundaries, this);
        pump = pumping;
        interims.afterwards(pumping::start);
    }

    /** The route's own page takes the place of what the backend says of an error. */
    private void instead(Attempt current, int status, HttpFields headers, Content.Source content) {
        current.leave(content, proxy, body == null || !body.unsent());
        attemptEnded = true;
        began = true;
        deadline.ofClient(patience.clientToTake(target.handling().pageBytes(status)));
        if (body != null) body.keepNothing();
        ProxyFailure own = failure.get();
        if (own != null) { // It came first, and left the end to whoever passes the answer on.
            answer(own);
            return;
        }
        Callback written = Callback.from(
                InvocationType.NON_BLOCKING,
                this::answered,
                x -> finish(new ProxyFailure(Kind.CLIENT_GONE, Sent.ANSWERED, ProxyFailure.reasonOf(x), x)));
        FailureAnswer page = FailureAnswer.of(status).keeping(headers);
        interims.afterwards(() -> page.write(in, out, target.handling(), written));
    }

    /** The exchange goes on as a tunnel, until one of its ends is closed. */
    void switched(Attempt current, HttpFields headers, EndPoint backend) {
        began = true;
        seen.phase = Progress.Phase.TUNNELLING;
        deadline.lift();
        Upgrade asked = Objects.requireNonNull(upgrade);
        TunnelExchange opening = new TunnelExchange(this, current, seen);
        Tunnel opened =
                opening.open(in, asked.client(in), backend, proxy.tunnelParts(in, target, asked.isWebSocket(headers)));
        tunnel = opened;
        ProxyFailure own = failure.get();
        if (own != null) { // It came first, and did not see the tunnel.
            opened.breakOff(new EofException(own.reason()));
            finish(own);
            return;
        }
        out.setStatus(asked.status());
        asked.tell(proxy.affinity().forClient(target, in, current, headers), out.getHeaders());
        Callback written = Callback.from(InvocationType.NON_BLOCKING, () -> finish(null), this::gone);
        interims.afterwards(() -> out.write(true, null, written));
    }

    /** Both ends of the tunnel are closed. */
    void tunnelEnded() {
        attemptEnded = true;
        forget();
    }

    void attemptEnded(Attempt ended, boolean hadBegun, @Nullable ProxyFailure why) {
        ProxyFailure own = failure.get();
        ended.settle(why, own, pumped);
        if (ended != attempt) return; // Left behind, for another one.
        attemptEnded = true;
        forget();
        if (hadBegun) return; // The pump finds out by itself, after what came before.
        if (why == null) why = new ProxyFailure(Kind.BAD_ANSWER, Sent.SOME, "ended without an answer", null);
        if (own == null && tries.after(ended, why, this::rewindable)) {
            ExchangeLog.retrying(in, target, ended, why.kind() + " (" + why.reason() + ")");
        } else {
            failure.compareAndSet(null, why);
            answer(own == null ? why : own);
        }
    }

    private boolean rewindable() {
        return body == null || body.rewindable();
    }

    // What the bodies report.

    @Override
    public void waitingForClient() {
        if (!began) deadline.ofClient(patience.clientToSend());
    }

    @Override
    public void clientSent(Content.Chunk chunk) {
        seen.received += chunk.remaining();
        if (tap != null) tap.add(chunk);
        // Both may go on at once: then a backend that takes is not idle although it says nothing.
        if (began ? !deadline.isOfClient() : seen.phase == Progress.Phase.SENDING) deadline.ofOthers(patience.idle());
    }

    @Override
    public void clientFailed(Throwable cause) {
        // The transport is reading the body right now, and will report the end itself.
        failure.compareAndSet(null, ProxyFailure.byClient(cause));
    }

    @Override
    public void waitingForBackend() {
        deadline.ofOthers(patience.idle());
    }

    @Override
    public void waitingForClient(int bytes) {
        seen.sent += bytes;
        deadline.ofClient(patience.clientToTake());
    }

    @Override
    public void pumped(@Nullable Throwable cause, boolean backendSide) {
        pumped = cause == null;
        Attempt current = attempt;
        if (cause == null) {
            // Answered before all of the body was sent: the rest of it, and the connection, are of no use.
            boolean early = body != null && body.unsent();
            if (early && current != null) current.abort(new TimeoutException("answered early"));
            if (!attemptEnded) deadline.ofOthers(patience.idle());
            answered();
            return;
        }
        Kind kind = backendSide ? Kind.CLOSED : Kind.CLIENT_GONE;
        ProxyFailure why = new ProxyFailure(kind, Sent.ANSWERED, ProxyFailure.reasonOf(cause), cause);
        failure.compareAndSet(null, why);
        abortAttempt(cause);
        ProxyFailure first = failure.get();
        if (first == null || out.isCommitted()) {
            AnswerHead begun = head;
            Callback told = Callback.from(InvocationType.NON_BLOCKING, () -> finish(first), x -> finish(first));
            deadline.ofClient(patience.clientToTake());
            if (first != why || !backendSide || begun == null || !begun.breakOff(why, told)) finish(first);
        } else {
            // Nothing of the answer has left, so the client can still be told in order.
            out.reset();
            answer(first);
        }
    }

    @Override
    public void stopped() {
        ProxyFailure why = ProxyFailure.drained(Sent.ANSWERED);
        failure.compareAndSet(null, why);
        pumped = true;
        abortAttempt(new TimeoutException(why.reason()));
        deadline.ofClient(patience.clientToTake());
        Objects.requireNonNull(head)
                .end(why, Callback.from(InvocationType.NON_BLOCKING, this::answered, x -> finish(why)));
    }

    private void abortAttempt(Throwable cause) {
        Attempt current = attempt;
        if (!attemptEnded && current != null) current.abort(cause);
    }

    // What the client's connection and the clock report.

    @Override
    public void gone(Throwable cause) {
        fail(new ProxyFailure(Kind.CLIENT_GONE, Sent.SOME, ProxyFailure.reasonOf(cause), cause));
    }

    /** A deadline may have passed. */
    void expired() {
        boolean total = deadline.totalHasPassed();
        if (!total && !deadline.hasPassed()) return;
        if (answered) {
            // Answered, and yet one side goes on: the client with a body that nobody wants, or the backend.
            abortAttempt(new TimeoutException("answered early"));
            finish(null);
            return;
        }
        if (answering) { // Of its own, which the client does not take: nobody else has failed.
            if (deadline.hasPassed())
                finish(new ProxyFailure(
                        Kind.CLIENT_GONE, Sent.ANSWERED, "timed out while the client took nothing", null));
            return;
        }
        Kind kind = total ? Kind.TOTAL_TIMEOUT : deadline.isOfClient() ? Kind.CLIENT_TIMEOUT : seen.phase.timeout();
        ProxyFailure why = new ProxyFailure(kind, Sent.SOME, "timed out while " + seen.phase.text(), null);
        Attempt current = attempt;
        if (began || attemptEnded || current == null || !tries.goesOnAfter(kind)) {
            // What has failed is being told to a client that does not take it.
            if (!fail(why) && began) finish(why);
        } else {
            deadline.in(Deadline.NEVER);
            current.expire(why);
            if (attempt != current) deadline.ofOthers(patience.connection(0)); // One more had begun.
        }
    }

    /**
     * Ends the exchange from outside: the backend's side at once, then the client's.
     *
     * @return false when it had ended or failed before
     */
    private boolean fail(ProxyFailure why) {
        if (finished.get() || !failure.compareAndSet(null, why)) return false;
        Attempt current = attempt;
        Throwable cause = why.cause() == null ? new TimeoutException(why.reason()) : why.cause();
        // Before the servlet layer hears of it, which would make an error page out of it.
        if (began || why.kind() == Kind.CLIENT_GONE) finish(why);
        Tunnel opened = tunnel;
        if (opened != null) opened.breakOff(cause);
        if (current != null) current.abort(cause);
        if (tries.giveUp()) answer(why);
        return true;
    }

    /**
     * The route's limit in a drain has passed.
     *
     * @return whether the exchange can be ended in order, and is about to be; nothing when that is being decided at this
     *     moment: the next one who asks is told
     */
    private Optional<Boolean> endEarly() {
        Tunnel opened = tunnel;
        if (opened != null) return Optional.of(opened.endEarly());
        if (answered || finished.get()) return Optional.of(false);
        ResponsePump pumping = pump;
        if (pumping != null) return pumping.endEarly();
        if (began) return Optional.empty();
        // The rest of an upload would be lost. A call is over with its status, whatever was still to be sent.
        if (upgrade != null || !(body == null || body.ended() || Grpc.calls(in))) return Optional.of(false);
        Attempt current = attempt;
        // Its answer begins just now, or it gives way to the next one.
        if (current != null && !attemptEnded && !current.withdraw()) return Optional.empty();
        return Optional.of(fail(ProxyFailure.drained(Sent.SOME)));
    }

    private Object describe() {
        Attempt current = attempt;
        String backend = current == null ? "" : current.lease().backend().origin();
        Runnable breakOff = this::breakOff;
        return seen.describe(
                target.route(), target.pool().name(), backend, proxy.generation(), this::endsWithin, breakOff);
    }

    /** Its backend has left, and so has its time. */
    private void breakOff() {
        Tunnel opened = tunnel;
        if (opened == null) fail(ProxyFailure.left());
        else if (!opened.endEarly())
            opened.breakOff(new EofException(ProxyFailure.left().reason()));
    }

    private static long totalDeadline(Target target) {
        var total = target.handling().upstream().totalTimeout();
        return total == null ? Long.MAX_VALUE : NanoTime.now() + total.toNanos();
    }

    private long age() {
        return NanoTime.since(in.getBeginNanoTime());
    }

    private double endsWithin(long nanos) {
        Tunnel opened = tunnel;
        if (opened != null) return opened.endsWithin(nanos);
        AnswerHead begun = head;
        long length = begun == null ? -1 : begun.length();
        return target.outlook().endsWithin(seen, patience.isStream(), length, age(), nanos);
    }

    // The end.

    private void answer(ProxyFailure why) {
        if (why.kind() == Kind.CLIENT_GONE || out.isCommitted()) {
            finish(why);
            return;
        }
        if (finished.get()) return;
        String id = proxy.requestIds().of(in);
        ExchangeLog.failed(in, id, target, attempt, why);
        // From here on it is the client that is waited for; the total time may be what has passed.
        deadline.lift();
        answering = true;
        FailureAnswer answer = proxy.answer(why, id, attempt);
        deadline.ofClient(patience.clientToTake(target.handling().pageBytes(answer.status())));
        Callback written = Callback.from(InvocationType.NON_BLOCKING, this::answered, x -> finish(why));
        interims.afterwards(() -> answer.write(in, out, target.handling(), written));
    }

    /** All of the answer is written. */
    private void answered() {
        answered = true;
        long linger = body == null || body.ended() ? 0 : proxy.linger().millis(in, seen.received > 0);
        if (linger > 0 && body != null) {
            deadline.ofOthers(TimeUnit.MILLISECONDS.toNanos(linger));
            body.discard(Linger.bytes(version), () -> finish(null));
        } else {
            finish(null);
        }
    }

    /** The clock runs until both sides are done. */
    private void forget() {
        if (!finished.get() || !attemptEnded) return;
        deadline.end();
    }

    private void finish(@Nullable ProxyFailure why) {
        if (!finished.compareAndSet(false, true)) return;
        interims.end();
        forget();
        if (body == null) conclude(why);
        else body.quiet(() -> conclude(why));
    }

    private void conclude(@Nullable ProxyFailure why) {
        try {
            if (tap != null) tap.end();
            if (watch != null) {
                watch.end();
                if (body != null && !body.ended()) watch.stopReading();
            }
        } finally {
            if (why == null) {
                if (tunnel == null) target.outlook().ended(age(), patience.isStream());
                ending.complete();
            } else {
                if (why.sent() == Sent.ANSWERED || began) ExchangeLog.cutShort(in, target, attempt, why);
                Broken.end(in, out, why, ending);
            }
        }
    }
}
