package dev.sluice.upstream;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How many connections are in use: by one exchange each, as long as it lasts and whatever it becomes, or shared by several of
 * them (HTTP/2), from their opening to their end. Of the shared ones of a backend that only finish what they have, one is not
 * counted: whoever restarts it, or the connection, is to find room for the next one. One of a pool, and one of each of its backends. Safe for use by many
 * threads.
 */
final class ConnectionCount {
    private final int most;
    private final @Nullable ConnectionCount whole;
    private final AtomicInteger inUse = new AtomicInteger();
    private final AtomicInteger shared = new AtomicInteger();
    private final AtomicInteger leaving = new AtomicInteger();

    /**
     * @param most that may be in use, or {@link Backend#ANY}
     * @param whole what it is a part of, or null
     */
    ConnectionCount(int most, @Nullable ConnectionCount whole) {
        this.most = most;
        this.whole = whole;
    }

    int inUse() {
        return inUse.get();
    }

    int most() {
        return most;
    }

    /** Whether exchanges need no connection of their own, because there is one that takes more of them. */
    boolean isShared() {
        return shared.get() > 0;
    }

    boolean hasRoom() {
        return inUse.get() < most && (whole == null || whole.hasRoom());
    }

    /** @return whether there was room for one more */
    boolean take() {
        if (!Backend.entered(inUse, most)) return false;
        if (whole == null || whole.take()) return true;
        inUse.decrementAndGet();
        return false;
    }

    /** Counts one that is there, room or not. */
    void add() {
        inUse.incrementAndGet();
        if (whole != null) whole.add();
    }

    void giveBack() {
        inUse.decrementAndGet();
        if (whole != null) whole.giveBack();
    }

    void sharedOpened() {
        shared.incrementAndGet();
        add();
    }

    void sharedClosed() {
        shared.decrementAndGet();
        giveBack();
    }

    /** One that is shared takes no more exchanges. */
    void sharedLeaves() {
        shared.decrementAndGet();
        if (leaving.getAndIncrement() == 0) giveBack();
    }

    /** Such a one has ended. */
    void leavingClosed() {
        if (leaving.decrementAndGet() > 0) giveBack();
    }
}
