package dev.sluice.proxy;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request that is answered without a backend, from its answer to its end: what is left of its body is read, and a client
 * that does not take the answer is not waited for longer than it could wait for one of a backend.
 */
final class OwnAnswer implements Callback {
    private static final Logger LOG = LoggerFactory.getLogger(OwnAnswer.class);

    private final ReverseProxy proxy;
    private final Request in;
    private final Ending ending;
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile boolean written;
    private volatile Scheduler.@Nullable Task clock;

    private OwnAnswer(ReverseProxy proxy, Request in, Ending ending) {
        this.proxy = proxy;
        this.in = in;
        this.ending = ending;
    }

    /** @param answer writes the whole of it, and says so to what it is given */
    static void give(ReverseProxy proxy, Request in, Ending ending, Consumer<Callback> answer) {
        ending.later();
        OwnAnswer own = new OwnAnswer(proxy, in, ending);
        answer.accept(own);
        if (!own.written) own.watch();
    }

    /** Most have been taken by now. */
    private void watch() {
        long limit = Patience.ofClient(in);
        if (limit == Deadline.NEVER) return;
        Scheduler.Task task = proxy.later(this::expired, limit / 1_000_000);
        clock = task;
        // Whoever finished it in the meantime may not have seen the clock.
        if (written) task.cancel();
    }

    private void expired() {
        if (written || !over.compareAndSet(false, true)) return;
        LOG.debug(
                "{} {}: its client takes nothing of the answer",
                in.getMethod(),
                in.getHttpURI().getPath());
        ending.abort(new Request.Handler.AbortException("timed out while the client took nothing"));
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    @Override
    public void succeeded() {
        stopClock();
        long linger = proxy.linger().millis(in, false);
        if (linger == 0) {
            end();
            return;
        }
        RequestBody rest = new RequestBody(in, null, BodyProgress.NONE, 0, -1);
        AtomicBoolean quiet = new AtomicBoolean();
        Runnable end = () -> {
            if (quiet.compareAndSet(false, true)) rest.quiet(this::end);
        };
        Scheduler.Task limit = proxy.later(end, linger);
        rest.discard(Linger.bytes(in.getConnectionMetaData().getHttpVersion()), () -> {
            limit.cancel();
            end.run();
        });
    }

    @Override
    public void failed(Throwable x) {
        stopClock();
        end();
    }

    private void stopClock() {
        written = true;
        Scheduler.Task task = clock;
        if (task != null) task.cancel();
    }

    private void end() {
        if (over.compareAndSet(false, true)) ending.complete();
    }
}
