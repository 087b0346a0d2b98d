package dev.sluice.drill;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All requests of a drill. Every one is counted; {@value #MOST} are kept one by one, and beyond that as many again of those
 * that were lost. Safe for use by many threads.
 */
final class RequestLog {
    private static final int MOST = 200_000;

    private final Moments moments;
    private final Set<Sent> live = new HashSet<>();
    private final List<Sent> ended = new ArrayList<>();
    private final Map<Kind, Map<Outcome, Long>> counts = new EnumMap<>(Kind.class);
    private long closedIdle;
    private long notKept;
    private long notConnected;

    RequestLog(Moments moments) {
        this.moments = moments;
    }

    /** To be ended by one of the methods below. */
    synchronized Sent begin(Lane lane, Deed deed) {
        Sent sent = new Sent(lane, deed.method(), deed.target(), moments.now());
        live.add(sent);
        return sent;
    }

    /** It never went out, through nobody's fault. */
    synchronized void forget(Sent sent) {
        live.remove(sent);
    }

    /** @param told whether its client learned that the connection will be closed */
    void finished(Sent sent, boolean told, String how) {
        end(sent, told && moments.stop() >= 0 ? Outcome.TOLD_TO_CLOSE : Outcome.FINISHED, how);
    }

    void endedEarly(Sent sent, String how) {
        end(sent, moments.stop() >= 0 ? Outcome.ENDED_EARLY : Outcome.FAILED_BEFORE, how);
    }

    /** There was no whole answer. */
    void broken(Sent sent, String how) {
        long now = moments.now();
        if (moments.stop() < 0) end(sent, Outcome.FAILED_BEFORE, how);
        else end(sent, moments.deadline() >= 0 && now >= moments.deadline() ? Outcome.CUT : Outcome.LOST, how);
    }

    private synchronized void end(Sent sent, Outcome outcome, String how) {
        if (!live.remove(sent)) return;
        sent.end(outcome, how, moments.now());
        counts.computeIfAbsent(sent.lane().kind(), k -> new EnumMap<>(Outcome.class))
                .merge(outcome, 1L, Long::sum);
        if (!sent.isConnected()) notConnected++;
        if (ended.size() < (outcome.isLost() ? 2 * MOST : MOST)) ended.add(sent);
        else notKept++;
    }

    /** A kept connection was found closed between two requests. */
    synchronized void closedIdle() {
        closedIdle++;
    }

    /** What no client has ended: each of them is broken. */
    void endAll(String how) {
        List<Sent> left;
        synchronized (this) {
            left = List.copyOf(live);
        }
        left.forEach(sent -> broken(sent, how));
    }

    synchronized Tally tally() {
        return new Tally(counts, live.size(), closedIdle, notKept, notConnected);
    }

    /** In the order in which they ended. */
    synchronized List<Sent> ended() {
        return List.copyOf(ended);
    }
}
