package dev.sluice.upstream;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The right of one exchange to use one backend. It ends exactly once, with an outcome and the reason for it; that one
 * call feeds all that is observed of the backend. Safe for use by many threads.
 */
public final class Lease {
    /** How a lease can end. */
    public enum Outcome {
        /** The backend answered, whatever the status, and all of the answer arrived. */
        SUCCESS,
        /** The backend did not answer as it should have. */
        FAILURE,
        /** The backend was not at fault, or was not reached at all. */
        UNUSED
    }

    /** In what way a backend can fail. */
    public enum Fault {
        /** No connection to it. */
        CONNECT,
        /** It closed the connection, or reset it, before the end of its answer. */
        RESET,
        /** It took too long. */
        TIMEOUT,
        /** Its answer breaks the protocol. */
        BAD_ANSWER,
        /** It said that it did not process the request. */
        REFUSED
    }

    private final Backend backend;
    private final long since;
    private final int ejections;
    private final @Nullable AtomicBoolean awaits;
    private final @Nullable AtomicBoolean connected;
    private final AtomicReference<@Nullable Outcome> outcome = new AtomicReference<>();
    private volatile @Nullable String reason;
    private volatile @Nullable Fault fault;
    private volatile int status;
    private volatile long latency = -1;
    private volatile long rest;

    /**
     * @param since in nanoseconds of the pool's clock, or 0 when it takes no times
     * @param awaits whether it is counted among those that have no answer yet
     * @param connection whether it is counted as a connection
     */
    Lease(Backend backend, long since, boolean awaits, boolean connection) {
        this.backend = backend;
        this.since = since;
        this.ejections = backend.ejections();
        this.awaits = awaits ? new AtomicBoolean(true) : null;
        this.connected = connection ? new AtomicBoolean(true) : null;
    }

    long since() {
        return since;
    }

    /** The backend that this lease is for. */
    public Backend backend() {
        return backend;
    }

    /** It shares a connection with others, which is counted on its own. */
    public void sharesConnection() {
        if (giveBackConnection()) backend.pool().line().serve();
    }

    private boolean giveBackConnection() {
        boolean own = connected != null && connected.compareAndSet(true, false);
        if (own) backend.connectionNotNeeded();
        return own;
    }

    /** The head of a final answer has come. The last one counts. */
    public void answered(int statusOfAnswer) {
        status = statusOfAnswer;
        latency = backend.answered(since);
        awaitsNoLonger();
    }

    /** The answer says that the backend has too much to do, and for how long it is to be left alone, in nanoseconds. */
    public void overloaded(long nanos) {
        rest = nanos;
    }

    /** The whole of the answer arrived. A lease that has ended already stays as it ended. */
    public void success() {
        end(Outcome.SUCCESS, null, "answered");
    }

    /** The backend failed; the reason is for logs and statistics. A lease that has ended already stays as it ended. */
    public void failure(Fault how, String why) {
        end(Outcome.FAILURE, how, why);
    }

    /** Nothing can be said about the backend. A lease that has ended already stays as it ended. */
    public void unused(String why) {
        end(Outcome.UNUSED, null, why);
    }

    /** How it ended, or null while it has not. */
    public @Nullable Outcome outcome() {
        return outcome.get();
    }

    /** Why it ended as it did, or null while it has not. */
    public @Nullable String reason() {
        return reason;
    }

    /** What the backend did wrong; null unless the outcome is a failure. */
    public @Nullable Fault fault() {
        return fault;
    }

    /** The status that the backend answered with, or 0 when it did not. */
    public int status() {
        return status;
    }

    /** From its beginning to the head of the answer, in nanoseconds; -1 without an answer, or when the pool takes no times. */
    public long latency() {
        return latency;
    }

    /** For how long the backend asked to be left alone, in nanoseconds; 0 when it did not ask. */
    public long rest() {
        return rest;
    }

    /** Whether the backend has been ejected since it began: then its end says nothing of how the backend is now. */
    public boolean isOutdated() {
        return ejections != backend.ejections();
    }

    private void awaitsNoLonger() {
        if (awaits != null && awaits.compareAndSet(true, false)) backend.awaitedNoLonger();
    }

    private void end(Outcome how, @Nullable Fault what, String why) {
        if (outcome.get() != null || !outcome.compareAndSet(null, how)) return;
        fault = what;
        reason = why;
        awaitsNoLonger();
        giveBackConnection();
        backend.ended(this, how);
    }
}
