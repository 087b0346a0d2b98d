package dev.sluice.upstream;

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

    private final Backend backend;
    private final AtomicReference<@Nullable Outcome> outcome = new AtomicReference<>();
    private volatile @Nullable String reason;

    Lease(Backend backend) {
        this.backend = backend;
    }

    /** The backend that this lease is for. */
    public Backend backend() {
        return backend;
    }

    /** The whole of the answer arrived. A lease that has ended already stays as it ended. */
    public void success() {
        end(Outcome.SUCCESS, "answered");
    }

    /** The backend failed; the reason is for logs and statistics. A lease that has ended already stays as it ended. */
    public void failure(String reason) {
        end(Outcome.FAILURE, reason);
    }

    /** Nothing can be said about the backend. A lease that has ended already stays as it ended. */
    public void unused(String reason) {
        end(Outcome.UNUSED, reason);
    }

    /** How it ended, or null while it has not. */
    public @Nullable Outcome outcome() {
        return outcome.get();
    }

    /** Why it ended as it did, or null while it has not. */
    public @Nullable String reason() {
        return reason;
    }

    private void end(Outcome how, String why) {
        if (!outcome.compareAndSet(null, how)) return;
        reason = why;
        backend.ended(how);
    }
}
