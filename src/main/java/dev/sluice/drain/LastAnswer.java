package dev.sluice.drain;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.jspecify.annotations.Nullable;

/** Tells an HTTP/1.x client that an answer is the last one on its connection when it is (RFC 9112 §9.6). */
final class LastAnswer {
    private LastAnswer() {}

    /** @param response about to be written, maybe for the first time */
    static void mark(@Nullable Drain current, Response response) {
        if (current == null || !current.tells() || response.isCommitted() || response.getStatus() == 101) return;
        Request request = response.getRequest();
        HttpVersion version = request.getConnectionMetaData().getHttpVersion();
        if (version.getVersion() >= HttpVersion.HTTP_2.getVersion() || isFollowed(current, request)) return;
        response.getHeaders().put(HttpFields.CONNECTION_CLOSE);
    }

    /** What a client sent without waiting for answers is answered in full, unless it goes on and on. */
    private static boolean isFollowed(Drain current, Request request) {
        return current.lingers()
                && request.getConnectionMetaData() instanceof HttpConnection connection
                && connection.getParser().isComplete()
                && !connection.isRequestBufferEmpty();
    }
}
