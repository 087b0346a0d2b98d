package dev.sluice.proxy;

import org.jspecify.annotations.Nullable;

/** A request on its way, which may have to be ended while it is still being handed over. Safe for use by many threads. */
final class PendingCall {
    private Transport.@Nullable Call call; // guarded by this
    private @Nullable Throwable abortedBy; // guarded by this

    /** Only once. */
    void send(Transport transport, Transport.BackendRequest request, Transport.Answer answer) {
        Transport.Call started = transport.send(request, answer);
        Throwable cause;
        synchronized (this) {
            call = started;
            cause = abortedBy;
        }
        if (cause != null) started.abort(cause);
    }

    /** Ends it early. {@link Transport.Answer#ended} follows, unless it was over already. */
    void abort(Throwable cause) {
        Transport.Call started;
        synchronized (this) {
            if (abortedBy != null) return;
            abortedBy = cause;
            started = call;
        }
        if (started != null) started.abort(cause);
    }
}
