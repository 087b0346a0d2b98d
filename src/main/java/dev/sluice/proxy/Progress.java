package dev.sluice.proxy;

import dev.sluice.proxy.ProxyFailure.Kind;
import java.util.Map;
import java.util.function.LongToDoubleFunction;

/** How far an exchange has come: for its timeouts, and for the ledger of those that a drain cut. */
final class Progress {
    /** What an exchange is doing, and what it is called when that takes too long. */
    enum Phase {
        QUEUED("waiting for a backend", Kind.OVERLOADED),
        CONNECTING("waiting for a connection", Kind.NO_CONNECTION),
        SENDING("reading", Kind.IDLE_TIMEOUT),
        WAITING("waiting", Kind.FIRST_BYTE_TIMEOUT),
        STREAMING("streaming", Kind.IDLE_TIMEOUT),
        TUNNELLING("tunnelling", Kind.IDLE_TIMEOUT);

        private final String text;
        private final Kind timeout;

        Phase(String text, Kind timeout) {
            this.text = text;
            this.timeout = timeout;
        }

        /** As logs say it: reading the request, waiting for the answer, streaming it. */
        String text() {
            return text;
        }

        Kind timeout() {
            return timeout;
        }
    }

    volatile Phase phase = Phase.CONNECTING;

    /** Bytes of the request's body, and of the response's: each written by one thread at a time, read by any. */
    long received;

    long sent;

    /**
     * In types that cross class loaders: a drain's ledger may live in a server that did not load this class.
     *
     * @param generation of the proxy that has it
     * @param endsWithin the chance that it ends within so many nanoseconds
     * @param breakOff ends it, whatever it is doing
     */
    Map<String, Object> describe(
            String route,
            String pool,
            String backend,
            int generation,
            LongToDoubleFunction endsWithin,
            Runnable breakOff) {
        return Map.of(
                "route", route,
                "pool", pool,
                "backend", backend,
                "generation", generation,
                "phase", phase.text(),
                "received", received,
                "sent", sent,
                "endsWithin", endsWithin,
                "breakOff", breakOff);
    }
}
