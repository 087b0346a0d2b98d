package dev.sluice.drill;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * When what happened, in nanoseconds from the start of the drill; -1 for what has not. Safe for use by many threads.
 */
public final class Moments {
    private final long zero = System.nanoTime();
    private final long lingerNanos;
    private final long deadlineNanos;
    private final Map<String, Long> listenersClosed = Collections.synchronizedMap(new LinkedHashMap<>());
    private final List<Long> reloads = Collections.synchronizedList(new ArrayList<>());
    private volatile long stop = -1;
    private volatile long successor = -1;
    private volatile long drain = -1;
    private volatile long over = -1;
    private volatile long end = -1;

    Moments(long lingerNanos, long deadlineNanos) {
        this.lingerNanos = lingerNanos;
        this.deadlineNanos = deadlineNanos;
    }

    long now() {
        return System.nanoTime() - zero;
    }

    void stopBegins() {
        stop = now();
    }

    void reloaded() {
        reloads.add(now());
    }

    void successorServes() {
        successor = now();
    }

    void drainBegins() {
        drain = now();
    }

    void listenerClosed(String name) {
        listenersClosed.putIfAbsent(name, now());
    }

    void stopIsOver() {
        over = now();
    }

    void drillEnds() {
        end = now();
    }

    /** What is rehearsed began: the proxy was told to stop, another one began to start beside it, or the first reload began. */
    public long stop() {
        return stop;
    }

    /** In a restart: the other one serves. */
    public long successor() {
        return successor;
    }

    /** With reloads: when each was done. */
    public List<Long> reloads() {
        synchronized (reloads) {
            return List.copyOf(reloads);
        }
    }

    /** The proxy was told to stop. */
    public long drain() {
        return drain;
    }

    /** Listeners, and when each was seen with its socket closed. */
    public Map<String, Long> listenersClosed() {
        synchronized (listenersClosed) {
            return new LinkedHashMap<>(listenersClosed);
        }
    }

    /** From here on idle connections are closed. */
    public long lingerOver() {
        return drain < 0 ? -1 : drain + lingerNanos;
    }

    /** From here on what is left is cut. */
    public long deadline() {
        return drain < 0 ? -1 : drain + deadlineNanos;
    }

    /** The stop has returned. */
    public long over() {
        return over;
    }

    /** The last client has ended. */
    public long end() {
        return end;
    }
}
