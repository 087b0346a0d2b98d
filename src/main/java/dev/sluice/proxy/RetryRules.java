package dev.sluice.proxy;

import dev.sluice.config.HealthConfig.StatusRange;
import dev.sluice.config.RetryConfig;
import dev.sluice.proxy.ProxyFailure.Kind;
import dev.sluice.proxy.ProxyFailure.Sent;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.http.HttpMethod;

/** Whether a request that failed is sent again, and where to. A row of guards, each with its reason. */
final class RetryRules {
    /** What to do with a request that failed. */
    enum Decision {
        /** Answer the client. */
        GIVE_UP,
        /** Send it again, to the same backend. */
        SAME_BACKEND,
        /** Send it again, to the same backend, on a connection that nobody has used. */
        FRESH_CONNECTION,
        /** Send it to another backend of the pool, which costs nothing: the one before was not reached. */
        NEXT_BACKEND,
        /** Send it to another backend of the pool, as far as the budget allows: the one before may have worked for it. */
        NEXT_BACKEND_ON_BUDGET
    }

    /**
     * What is known of the attempt that failed.
     *
     * @param reused whether its connection had been used before
     * @param freshBefore whether a fresh connection was tried already
     * @param refusals how often a backend said that it did nothing with the request, this time included
     * @param tries how many backends have been reached, this one included
     * @param unreached how many could not be reached, this one included
     * @param rewindable whether all that was read of the body can be read again
     * @param late whether it is too late for another try
     */
    record Attempt(
            String method,
            boolean reused,
            boolean freshBefore,
            int refusals,
            int tries,
            int unreached,
            BooleanSupplier rewindable,
            boolean late) {}

    /** How often a backend may refuse the same request before the next one is asked. */
    private static final int REFUSALS = 2;

    /** How many backends that cannot be reached are asked for one request: an outage must not be a storm of connections. */
    private static final int UNREACHED = 10;

    private RetryRules() {}

    static Decision after(ProxyFailure failure, Attempt attempt, RetryConfig rules) {
        // The client has part of an answer, or has left: there is nobody to send another one to.
        if (failure.sent() == Sent.ANSWERED || failure.kind().source() != ProxyFailure.Source.BACKEND) {
            return Decision.GIVE_UP;
        }
        // A long body is not kept.
        if (attempt.late() || !attempt.rewindable().getAsBoolean()) return Decision.GIVE_UP;
        // A backend that ends one connection in order takes the request on another; one that is full may be so for
        // longer.
        boolean refused = failure.kind() == Kind.REFUSED;
        if (refused && attempt.refusals() <= REFUSALS) return Decision.SAME_BACKEND;
        // No connection, so nothing was processed, whatever the method.
        boolean unreached = failure.kind() == Kind.CONNECT || failure.kind() == Kind.CONNECT_TIMEOUT;
        if (unreached && failure.sent() == Sent.NOTHING)
            return attempt.unreached() <= UNREACHED ? Decision.NEXT_BACKEND : Decision.GIVE_UP;
        boolean untouched = refused || failure.sent() == Sent.NOTHING;
        // A kept-alive connection that its backend closed just as it was used. On a new one that was no such accident.
        boolean stale = failure.kind() == Kind.CLOSED && attempt.reused() && !attempt.freshBefore();
        if (stale && (untouched || idempotent(attempt.method()))) return Decision.FRESH_CONNECTION;
        if (attempt.tries() >= rules.tries()) return Decision.GIVE_UP;
        if (isTimeout(failure.kind()) && !rules.timeouts()) return Decision.GIVE_UP;
        // Some of it left: only what may be processed twice is sent twice (RFC 9110 §9.2.2).
        return untouched || repeatable(attempt.method(), rules) ? Decision.NEXT_BACKEND_ON_BUDGET : Decision.GIVE_UP;
    }

    /** Whether a time that ran out is a reason to ask another backend. */
    static boolean afterTimeout(Kind kind, RetryConfig rules) {
        return rules.timeouts() && isTimeout(kind);
    }

    /** Whether an answer whose status is a reason is left, for that of another backend. */
    static boolean afterStatus(Attempt attempt, RetryConfig rules) {
        if (attempt.late() || attempt.tries() >= rules.tries() || !repeatable(attempt.method(), rules)) return false;
        return attempt.rewindable().getAsBoolean();
    }

    /** Whether the status of an answer is a reason to ask another backend. */
    static boolean isReason(int status, RetryConfig rules) {
        if (status < 500) return false;
        for (StatusRange range : rules.statuses()) if (range.contains(status)) return true;
        return false;
    }

    private static boolean isTimeout(Kind kind) {
        return kind == Kind.FIRST_BYTE_TIMEOUT || kind == Kind.IDLE_TIMEOUT;
    }

    private static boolean repeatable(String method, RetryConfig rules) {
        return switch (rules.methods()) {
            case NONE -> false;
            case IDEMPOTENT -> idempotent(method);
            case ALL -> true;
        };
    }

    private static boolean idempotent(String method) {
        HttpMethod known = HttpMethod.CACHE.get(method);
        return known != null && known.isIdempotent() && known.asString().equals(method);
    }
}
