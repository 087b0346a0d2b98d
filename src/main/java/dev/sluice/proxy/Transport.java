package dev.sluice.proxy;

import dev.sluice.config.ConnectionsConfig;
import dev.sluice.upstream.Backend;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.jspecify.annotations.Nullable;

/**
 * Carries requests to backends. Narrow on purpose: which transport serves a pool is chosen at start, and nothing of an
 * exchange depends on the choice.
 */
public interface Transport {
    /**
     * Sends one request. Never blocks and never throws: whatever happens is told to the answer.
     *
     * @param request what to send, ready for the wire
     * @param answer is told of events from any thread, and of {@link Answer#ended} exactly once. That is the last of them,
     *     but for an abort by another thread, which may overtake one that is just being told
     * @return the way to end it early
     */
    Call send(BackendRequest request, Answer answer);

    /** What it is called in logs and answers of the administration: {@code direct}, {@code httpclient}. */
    String name();

    /** Whether it also carries requests that ask for another protocol. */
    default boolean carriesUpgrades() {
        return false;
    }

    /**
     * The same for the backends of a pool, with what that says of connections to them. Where several pools share an
     * address, the shortest lifetime holds for all connections to it.
     */
    default Transport keeping(ConnectionsConfig rules) {
        return this;
    }

    /**
     * Opens connections to a backend until so many are open, used or not, and no more than the limit allows. Never blocks.
     *
     * @return completes when they are, and exceptionally when one of them could not be opened
     */
    default CompletableFuture<Void> warm(Backend backend, int connections) {
        return CompletableFuture.completedFuture(null);
    }

    /**
     * Forgets all other backends, so that what is known does not grow while some come and others go. Those of which something
     * is in use stay until it is called again. Connections that wait on an event loop which is about to end are closed as
     * well. Never blocks.
     *
     * @param members of all pools
     * @return whether nothing is left of others
     */
    default boolean keepOnly(Set<Backend> members) {
        return true;
    }

    /** A request on its way. */
    interface Call {
        /** Ends it now, closing the connection that it uses; {@link Answer#ended} follows unless it was called already. */
        void abort(Throwable cause);
    }

    /**
     * One request as it shall be on the wire.
     *
     * @param backend where to
     * @param method as the client wrote it, letter for letter
     * @param target path and query, raw; every char is one byte (ISO-8859-1)
     * @param headers complete: nothing is added to them but what frames the body
     * @param body null when there is none
     * @param upgrade what the request asks to switch to, or null; not for every transport
     * @param fresh true to use a connection that nobody has used before
     * @param client the connection that the request came on; closed maybe, when it is a copy of a request
     */
    record BackendRequest(
            Backend backend,
            String method,
            String target,
            HttpFields headers,
            @Nullable BackendBody body,
            @Nullable Upgrade upgrade,
            boolean fresh,
            EndPoint client) {}

    /** What comes back. */
    interface Answer {
        /** The request has a connection. {@code reused} tells whether others used it before. */
        void connected(boolean reused);

        /** Its connection is one that others use at the same time; comes before {@link #connected}. */
        default void sharesConnection() {}

        /** Some bytes of the request have left. */
        void sentSome();

        /** All of the request has left. */
        void sentAll();

        /** An interim response, 1xx but for 101 (RFC 9110 §15.2). */
        void interim(int status, HttpFields headers);

        /**
         * The final response has begun.
         *
         * @param content its body; reading the last chunk of it is what ends the answer
         * @param trailers gives null until the last chunk was read, and after it when there are none; null when nothing
         *     can follow the body
         */
        void began(
                int status,
                HttpFields headers,
                Content.Source content,
                @Nullable Supplier<@Nullable HttpFields> trailers);

        /**
         * The backend has switched to another protocol, one that was asked for. The request is over with that, and the
         * connection nobody's until {@link EndPoint#upgrade} gives it to somebody, who gets what has been read of it.
         */
        void switched(HttpFields headers, EndPoint backend);

        /** It is over: null when request and response were both complete. */
        void ended(@Nullable ProxyFailure failure);
    }
}
