package dev.sluice.upstream;

import dev.sluice.config.LimitsConfig;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Exchanges that wait until a backend has room. The first one comes first as long as the line is short-lived. Once it has
 * not been empty for {@value #STANDING_MILLIS} ms the newest comes first, because those at its head are about to give up,
 * and what is done for them is likely to be for nothing. Safe for use by many threads; who waits is told outside of the lock.
 */
final class WaitingLine {
    private static final long STANDING_MILLIS = 100;
    /**
     * How many of those that have tried some backends are looked at for one place: it may be with one that they have tried. Of
     * the others one look tells of all. So an exchange that is tried again can be passed over as long as so many such are in
     * front of it, up to the queue's timeout, and nobody else is.
     */
    private static final int LOOKS = 16;

    private record Waiting(Trial trial, Consumer<@Nullable Lease> ready) {}

    /** @param lease null when there is none left that it has not tried */
    private record Served(Waiting who, @Nullable Lease lease) {}

    private volatile int most;
    private final LongSupplier clock;
    private final Deque<Waiting> line = new ArrayDeque<>(); // guarded by this
    private long standingSince; // guarded by this
    private volatile int length;

    WaitingLine(LimitsConfig limits, LongSupplier clock) {
        this.most = limits.queue();
        this.clock = clock;
    }

    int length() {
        return length;
    }

    /** From now on so many may wait; those that do are not sent away. */
    void most(int now) {
        most = now;
    }

    /** @return what to call to wait no longer; null when too many wait already */
    @Nullable
    Runnable await(Trial trial, Consumer<@Nullable Lease> ready) {
        Waiting one = new Waiting(trial, ready);
        Waiting dropped = null;
        synchronized (this) {
            if (line.isEmpty()) standingSince = clock.getAsLong();
            int now = most;
            if (line.size() >= now) {
                // Longer than it may be since there may be fewer: it shrinks first.
                if (line.size() > now || line.isEmpty() || !standing()) return null;
                dropped = line.pollFirst();
            }
            line.addLast(one);
            length = line.size();
        }
        if (dropped != null) dropped.ready().accept(null);
        // Room that came before it stood there was given to nobody.
        serve();
        return () -> leave(one);
    }

    private synchronized void leave(Waiting one) {
        line.removeLastOccurrence(one);
        length = line.size();
    }

    private boolean standing() {
        return clock.getAsLong() - standingSince >= STANDING_MILLIS * 1_000_000;
    }

    /** Some room may have come. */
    void serve() {
        // One of those in it that is just being served may have given room back.
        if (length == 0 || Thread.holdsLock(this)) return;
        List<Served> served = new ArrayList<>();
        synchronized (this) {
            while (!line.isEmpty()) {
                Served next = next();
                if (next == null) break;
                served.add(next);
            }
            length = line.size();
        }
        served.forEach(s -> s.who().ready().accept(s.lease()));
    }

    private @Nullable Served next() {
        Iterator<Waiting> order = standing() ? line.descendingIterator() : line.iterator();
        boolean noneAlone = false;
        int looks = 0;
        while (order.hasNext()) {
            Waiting one = order.next();
            Trial trial = one.trial();
            boolean fresh = !trial.hasTried();
            if ((noneAlone && trial.isAlone()) || (!fresh && ++looks > LOOKS)) continue;
            Lease lease = trial.next();
            if (lease != null || !trial.isFull()) {
                order.remove();
                return new Served(one, lease);
            }
            // What there is no room for here, there is none for in one that has tried some, or shares no connection.
            if (fresh && !trial.isAlone()) return null;
            noneAlone |= fresh;
        }
        return null;
    }
}
