package dev.sluice.drain;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Tells the WebSockets to end, evenly within a while, so that their clients do not all come back at the same moment. A few of
 * them do not wait that long: each follows the one before it after {@link #GAP_NANOS} at the most.
 */
final class Goodbyes {
    static final long GAP_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Scheduler scheduler;
    private final LongSupplier clock;
    private final long spreadNanos;

    /**
     * @param clock nanoseconds since any moment
     * @param spreadNanos within which all are told
     */
    Goodbyes(Scheduler scheduler, LongSupplier clock, long spreadNanos) {
        this.scheduler = scheduler;
        this.clock = clock;
        this.spreadNanos = spreadNanos;
    }

    /** The first one at once, the others later. */
    void say(List<Tracked> webSockets) {
        if (!webSockets.isEmpty()) sayFrom(0, webSockets, clock.getAsLong());
    }

    private void sayFrom(int first, List<Tracked> webSockets, long start) {
        long gap = Math.min(GAP_NANOS, spreadNanos / webSockets.size());
        long passed = clock.getAsLong() - start;
        int next = first;
        while (next < webSockets.size() && next * gap <= passed)
            webSockets.get(next++).goAwaySoon();
        if (next == webSockets.size()) return;
        int rest = next;
        // Of very many, some at a time: schedulers do not know moments closer together than that.
        long millis = Math.max(1, TimeUnit.NANOSECONDS.toMillis(next * gap - passed));
        scheduler.schedule(() -> sayFrom(rest, webSockets, start), millis, TimeUnit.MILLISECONDS);
    }
}
