package dev.sluice.proxy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The connections to one address that nobody uses. To be used by one thread at a time. */
final class IdleConnections {
    private final KeepAlive keepAlive;
    private final Map<Object, Deque<DirectConnection>> used = new IdentityHashMap<>();
    /** On which nothing was ever asked: few, as nobody opens more of them than is asked for. */
    private final Deque<DirectConnection> unused = new ArrayDeque<>();

    private @Nullable DirectConnection probe;

    IdleConnections(KeepAlive keepAlive) {
        this.keepAlive = keepAlive;
    }

    void add(DirectConnection connection) {
        if (connection.age().wasUsed())
            used.computeIfAbsent(connection.loop(), l -> new ArrayDeque<>()).addLast(connection);
        else unused.addLast(connection);
    }

    /** How many there are. */
    int size() {
        int all = unused.size();
        for (Deque<DirectConnection> some : used.values()) all += some.size();
        return all;
    }

    void remove(DirectConnection connection) {
        if (probe == connection) probe = null;
        Deque<DirectConnection> others = used.get(connection.loop());
        if (others != null && others.remove(connection) && others.isEmpty()) used.remove(connection.loop());
        unused.remove(connection);
    }

    /** The one of this loop that was used last; else one that nobody has used, of any loop: quicker than another one. */
    @Nullable
    DirectConnection take(Object loop) {
        DirectConnection own = newest(used.get(loop));
        return own != null || unused.isEmpty() ? own : takeUnused(loop);
    }

    private @Nullable DirectConnection takeUnused(Object loop) {
        DirectConnection any = null;
        for (Iterator<DirectConnection> all = unused.iterator(); all.hasNext(); ) {
            DirectConnection one = all.next();
            if (!one.getEndPoint().isOpen()) all.remove();
            else if (one.age().mayBeUsed() && (any == null || one.loop() == loop)) any = one;
        }
        if (any != null) unused.remove(any);
        return any;
    }

    /** One of any loop that can be used again. */
    @Nullable
    DirectConnection takeAny() {
        for (Deque<DirectConnection> some : used.values()) {
            DirectConnection one = newest(some);
            if (one != null) return one;
        }
        return null;
    }

    /** One of any loop, to be closed. */
    @Nullable
    DirectConnection takeOldest() {
        for (Deque<DirectConnection> some : used.values()) {
            DirectConnection oldest = some.pollFirst();
            if (oldest != null) return oldest;
        }
        return unused.pollFirst();
    }

    /** Those of some loops, to be closed. */
    List<DirectConnection> takeAll(Predicate<Object> loops) {
        List<DirectConnection> taken = new ArrayList<>();
        for (Deque<DirectConnection> some : used.values())
            for (DirectConnection one : some) if (loops.test(one.loop())) taken.add(one);
        for (DirectConnection one : unused) if (loops.test(one.loop())) taken.add(one);
        taken.forEach(this::remove);
        return taken;
    }

    private static @Nullable DirectConnection newest(@Nullable Deque<DirectConnection> from) {
        if (from == null) return null;
        for (DirectConnection one = from.peekLast(); one != null; one = from.peekLast()) {
            // What is over its limit stays for the sweep; those before it are older still.
            if (one.getEndPoint().isOpen() && !one.age().mayBeUsed()) return null;
            from.removeLast();
            if (one.getEndPoint().isOpen()) return one;
        }
        return null;
    }

    /**
     * Takes out what is to be closed.
     *
     * @param due gets it
     * @return in how many nanoseconds there will be more, or {@link IdleLimit#NONE}
     */
    long sweep(long now, List<DirectConnection> due) {
        long next = sweep(unused, now, due);
        for (Deque<DirectConnection> some : used.values()) next = Math.min(next, sweep(some, now, due));
        return next;
    }

    private long sweep(Deque<DirectConnection> some, long now, List<DirectConnection> due) {
        long next = IdleLimit.NONE;
        for (DirectConnection one : new ArrayList<>(some)) {
            long left = left(one, now);
            if (left > 0) {
                next = Math.min(next, left);
            } else {
                some.remove(one);
                due.add(one);
            }
        }
        return next;
    }

    /** In how many nanoseconds a connection is to be closed. */
    private long left(DirectConnection one, long now) {
        long left = one.age().left(now);
        if (left > 0 || one.age().isExpired(now)) return left;
        IdleLimit limit = keepAlive.limit(one.age().wasUsed());
        if (probe == null && one.age().isBoundedByLearning() && limit.wantsProbe(now)) probe = one;
        if (probe != one) return left;
        long proven = limit.provenAfter() - one.age().idle(now);
        if (proven > 0) return proven;
        probe = null;
        keepAlive.outlived(one.age().wasUsed());
        return 0;
    }
}
