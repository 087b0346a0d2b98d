package dev.sluice.drill;

import java.util.EnumMap;
import java.util.Map;

/** How many requests ended how, at one moment. Immutable. */
public final class Tally {
    /** Before the first. */
    public static final Tally NONE = new Tally(Map.of(), 0, 0, 0, 0);

    private final Map<Kind, Map<Outcome, Long>> counts = new EnumMap<>(Kind.class);
    private final int underWay;
    private final long closedIdle;
    private final long notKept;
    private final long notConnected;

    Tally(Map<Kind, Map<Outcome, Long>> counts, int underWay, long closedIdle, long notKept, long notConnected) {
        counts.forEach((kind, byOutcome) -> this.counts.put(kind, new EnumMap<>(byOutcome)));
        this.underWay = underWay;
        this.closedIdle = closedIdle;
        this.notKept = notKept;
        this.notConnected = notConnected;
    }

    /** Requests of one kind of client that ended so. */
    public long of(Kind kind, Outcome outcome) {
        Map<Outcome, Long> byOutcome = counts.get(kind);
        return byOutcome == null ? 0 : byOutcome.getOrDefault(outcome, 0L);
    }

    /** All that ended so. */
    public long of(Outcome outcome) {
        long sum = 0;
        for (Kind kind : Kind.values()) sum += of(kind, outcome);
        return sum;
    }

    /** All of one kind that have ended. */
    public long ended(Kind kind) {
        long sum = 0;
        for (Outcome outcome : Outcome.values()) sum += of(kind, outcome);
        return sum;
    }

    /** All that have ended. */
    public long ended() {
        long sum = 0;
        for (Kind kind : Kind.values()) sum += ended(kind);
        return sum;
    }

    /** All of them for which there was a connection. */
    public long sent() {
        return ended() - notConnected;
    }

    /** All that the stop has cost, cut ones included. */
    public long lost() {
        return of(Outcome.LOST) + of(Outcome.CUT);
    }

    /** Requests that have begun and not ended. */
    public int underWay() {
        return underWay;
    }

    /** Kept connections that a client found closed between two requests. */
    public long closedIdle() {
        return closedIdle;
    }

    /** Requests that are only counted, because there were too many. */
    public long notKept() {
        return notKept;
    }
}
