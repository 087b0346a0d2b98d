package dev.sluice.proxy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** How many checks are under way at once, and who waits for whom. Safe for use by many threads. */
final class HealthTurns {
    private final int atOnce;
    private final int mostWaiting;
    private final Executor executor;

    // Guarded by this.
    private final Set<HealthCheck> underWay = new HashSet<>();
    private final Deque<HealthCheck> waiting = new ArrayDeque<>();
    private boolean open;

    /** @param executor starts those that have waited */
    HealthTurns(int atOnce, int mostWaiting, Executor executor) {
        this.atOnce = atOnce;
        this.mostWaiting = mostWaiting;
        this.executor = executor;
    }

    synchronized void open() {
        open = true;
    }

    /** Starts the check, or has it wait for its turn; one that is not to be started ends. */
    void take(HealthCheck check) {
        String refused = null;
        synchronized (this) {
            if (!open) refused = "not asked: checks are stopped";
            else if (underWay.size() < atOnce) underWay.add(check);
            else if (waiting.size() < mostWaiting) {
                waiting.add(check);
                return;
            } else refused = "not asked: too many checks wait";
        }
        if (refused == null) check.start();
        else check.fail(refused);
    }

    /** A check is over, whether it had been started or not: it is the next one's turn. */
    void over(HealthCheck check) {
        HealthCheck next = next(check);
        // Not from here: one that fails at once would start the next one, and that one the next.
        try {
            if (next != null) executor.execute(next::start);
        } catch (RejectedExecutionException e) {
            next.fail("not asked: checks are stopped");
        }
    }

    private synchronized @Nullable HealthCheck next(HealthCheck before) {
        if (!underWay.remove(before)) return null;
        HealthCheck next = waiting.poll();
        if (next != null) underWay.add(next);
        return next;
    }

    /** Ends all, and takes no more until it is opened again. */
    void close() {
        List<HealthCheck> all;
        synchronized (this) {
            open = false;
            all = new ArrayList<>(waiting);
            waiting.clear();
            all.addAll(underWay);
        }
        all.forEach(check -> check.stop("broken off: checks are stopped"));
    }
}
