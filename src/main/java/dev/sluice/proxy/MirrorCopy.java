package dev.sluice.proxy;

import dev.sluice.proxy.ProxyFailure.Kind;
import dev.sluice.proxy.ProxyFailure.Sent;
import dev.sluice.upstream.Lease;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.jspecify.annotations.Nullable;

/**
 * The copy of a request, sent once to one backend. Of the client it knows nothing but its connection, which says where the
 * copy is served and may be closed. Its lease ends with it.
 */
final class MirrorCopy implements Transport.Answer {
    private final Mirror mirror;
    private final Lease lease;
    private final Transport.BackendRequest request;
    private final Duration firstByte;
    private final Duration total;
    private final PendingCall call = new PendingCall();
    private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.CONNECTING);
    private volatile @Nullable Deadline deadline;
    private volatile boolean late;
    private volatile boolean enough;

    private enum Stage {
        CONNECTING,
        WAITING,
        ANSWERED,
        ENDED
    }

    /**
     * @param firstByte for the beginning of its answer
     * @param total for all of it
     */
    MirrorCopy(Mirror mirror, Lease lease, Transport.BackendRequest request, Duration firstByte, Duration total) {
        this.mirror = mirror;
        this.lease = lease;
        this.request = request;
        this.firstByte = firstByte;
        this.total = total;
    }

    /** Once. Never blocks, and never throws because of the copy. */
    void send() {
        if (!mirror.isInUse()) {
            lease.unused("the pool has left");
            mirror.leftOut("the pool has left");
            return;
        }
        Deadline limit = mirror.deadline(total, this::expired);
        deadline = limit;
        limit.begin();
        limit.in(firstByte.toNanos());
        try {
            call.send(mirror.transport(), request, this);
        } catch (RuntimeException e) {
            ended(new ProxyFailure(Kind.INTERNAL, Sent.SOME, ProxyFailure.reasonOf(e), e));
        }
    }

    @Override
    public void connected(boolean reused) {
        stage.compareAndSet(Stage.CONNECTING, Stage.WAITING);
    }

    @Override
    public void sharesConnection() {
        lease.sharesConnection();
    }

    @Override
    public void sentSome() {
        // Nobody waits for that.
    }

    @Override
    public void sentAll() {
        // Nor for that.
    }

    @Override
    public void interim(int status, HttpFields headers) {
        // However many there are, they do not win it any time.
    }

    @Override
    public void began(
            int status, HttpFields headers, Content.Source content, @Nullable Supplier<@Nullable HttpFields> trailers) {
        // An abort by another thread may have come first.
        if (!stage.compareAndSet(Stage.WAITING, Stage.ANSWERED)) return;
        Attempt.heard(lease, status, headers);
        Deadline limit = deadline;
        if (limit != null) limit.in(Deadline.NEVER);
        Leftover.readOut(content, Mirror.MOST_ANSWER, this::tooLong);
    }

    private void tooLong() {
        enough = true;
        call.abort(new TimeoutException("the answer to a copy is too long"));
    }

    @Override
    public void switched(HttpFields headers, EndPoint backend) {
        backend.close(); // Nobody has asked for it.
    }

    private void expired() {
        Deadline limit = deadline;
        if (limit == null || !(limit.hasPassed() || limit.totalHasPassed())) return;
        late = true;
        call.abort(new TimeoutException("the answer to a copy takes too long"));
    }

    @Override
    public void ended(@Nullable ProxyFailure failure) {
        Stage before = stage.getAndSet(Stage.ENDED);
        if (before == Stage.ENDED) return;
        Deadline limit = deadline;
        if (limit != null) limit.end();
        if (failure == null || enough) answered();
        else if (late) outOfTime(before);
        else failed(failure);
    }

    private String origin() {
        return lease.backend().origin();
    }

    private void answered() {
        lease.success();
        mirror.answered(origin());
    }

    private void outOfTime(Stage stageThen) {
        switch (stageThen) {
            case CONNECTING -> leftOut("no connection in time");
            case WAITING -> failed(Lease.Fault.TIMEOUT, "no answer in time");
            default -> { // A stream perhaps, which nobody waits for.
                lease.unused("broken off after " + total.toMillis() + " ms");
                mirror.answered(origin());
            }
        }
    }

    private void failed(ProxyFailure why) {
        String reason = why.kind() + " (" + why.reason() + ")";
        // The end of the connection is our own: that is what a stop looks like.
        if (why.cause() instanceof ClosedChannelException || why.kind() == Kind.NO_CONNECTION) leftOut(reason);
        else if (why.kind().source() == ProxyFailure.Source.BACKEND)
            failed(why.kind().fault(), reason);
        else {
            lease.unused(reason);
            mirror.failed(origin(), reason);
        }
    }

    private void failed(Lease.Fault fault, String reason) {
        lease.failure(fault, reason);
        mirror.failed(origin(), reason);
    }

    private void leftOut(String why) {
        lease.unused(why);
        mirror.leftOut(why);
    }
}
