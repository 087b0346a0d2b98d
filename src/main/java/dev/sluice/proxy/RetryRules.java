package dev.sluice.proxy;

import dev.sluice.proxy.ProxyFailure.Kind;
import dev.sluice.proxy.ProxyFailure.Sent;
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
        /** Send it to the next backend of the pool. */
        NEXT_BACKEND
    }

    /**
     * What is known of the attempt that failed.
     *
     * @param reused whether its connection had been used before
     * @param freshBefore whether a fresh connection was tried already
     * @param refusals how often a backend said that it did nothing with the request, this time included
     * @param rewindable whether all that was read of the body can be read again
     */
    record Attempt(String method, boolean reused, boolean freshBefore, int refusals, boolean rewindable) {}

    /** How often a backend may refuse the same request before the next one is asked. */
    private static final int REFUSALS = 2;

    private RetryRules() {}

    static Decision after(ProxyFailure failure, Attempt attempt) {
        // The client has part of an answer, or has left: there is nobody to send another one to.
        if (failure.sent() == Sent.ANSWERED || failure.kind().source() != ProxyFailure.Source.BACKEND) {
            return Decision.GIVE_UP;
        }
        // Bodies are not kept, but for their first chunk.
        if (!attempt.rewindable()) return Decision.GIVE_UP;
        // A backend that ends one connection in order takes the request on another; one that is full may be so for
        // longer.
        if (failure.kind() == Kind.REFUSED) {
            return attempt.refusals() <= REFUSALS ? Decision.SAME_BACKEND : Decision.NEXT_BACKEND;
        }
        // No connection, so nothing was processed, whatever the method.
        boolean unreached = failure.kind() == Kind.CONNECT || failure.kind() == Kind.CONNECT_TIMEOUT;
        if (unreached && failure.sent() == Sent.NOTHING) return Decision.NEXT_BACKEND;
        // A kept-alive connection that its backend closed just as it was used. On a new one that was no such accident.
        if (failure.kind() != Kind.CLOSED || !attempt.reused() || attempt.freshBefore()) return Decision.GIVE_UP;
        // Some of it left: only what may be processed twice is sent twice (RFC 9110 §9.2.2).
        if (failure.sent() != Sent.NOTHING && !idempotent(attempt.method())) return Decision.GIVE_UP;
        return Decision.FRESH_CONNECTION;
    }

    private static boolean idempotent(String method) {
        HttpMethod known = HttpMethod.CACHE.get(method);
        return known != null && known.isIdempotent() && known.asString().equals(method);
    }
}
