package dev.sluice.proxy;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
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
    private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.WRITING);
    private volatile Scheduler.@Nullable Task clock;

    private enum Stage {
        WRITING,
        WRITTEN,
        OVER
    }

    private OwnAnswer(ReverseProxy proxy, Request in, Ending ending) {
        this.proxy = proxy;
        this.in = in;
        this.ending = ending;
    }

    /**
     * @param bytes of its body
     * @param answer writes the whole of it, and says so to what it is given
     */
    static void give(ReverseProxy proxy, Request in, long bytes, Ending ending, Consumer<Callback> answer) {
        ending.later();
        // Looked up first: once it is written nobody may look at the request.
        long limit = Patience.ofClient(in, bytes);
        OwnAnswer own = new OwnAnswer(proxy, in, ending);
        answer.accept(own);
        // Most have been taken by now.
        if (limit != Deadline.NEVER && own.stage.get() == Stage.WRITING) own.watch(limit);
    }

    private void watch(long limit) {
        Scheduler.Task task = proxy.later(this::expired, limit / 1_000_000);
        clock = task;
        // Whoever finished it in the meantime may not have seen the clock.
        if (stage.get() != Stage.WRITING) task.cancel();
    }

    private void expired() {
        if (!stage.compareAndSet(Stage.WRITING, Stage.OVER)) return;
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
        if (!isWritten()) return;
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
        if (isWritten()) end();
    }

    /** False when its time has passed: then the request is done with, and nobody may look at it. */
    private boolean isWritten() {
        if (!stage.compareAndSet(Stage.WRITING, Stage.WRITTEN)) return false;
        Scheduler.Task task = clock;
        if (task != null) task.cancel();
        return true;
    }

    private void end() {
        if (stage.compareAndSet(Stage.WRITTEN, Stage.OVER)) ending.complete();
    }
}
