package dev.sluice.listener;

import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.http2.server.internal.HTTP2ServerConnection;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.jspecify.annotations.Nullable;

/**
 * Ends streams of HTTP/2 with what has happened: INTERNAL_ERROR where an answer cannot be finished, NO_ERROR where it is
 * whole and the rest of the request is not wanted (RFC 9113 §7, §8.1). Jetty says CANCEL, of which a client takes itself for
 * the cause.
 */
final class BrokenStream extends HttpStream.Wrapper {
    private final Request request;

    private BrokenStream(HttpStream wrapped, Request request) {
        super(wrapped);
        this.request = request;
    }

    /** For tunnels CANCEL is right: it stands for the end of their connection (RFC 8441 §5). */
    static void tell(Request request) {
        if (!HttpMethod.CONNECT.is(request.getMethod()))
            request.addHttpStreamWrapper(stream -> new BrokenStream(stream, request));
    }

    @Override
    public void failed(Throwable cause) {
        Stream stream = stream();
        if (stream == null) {
            super.failed(cause);
            return;
        }
        ErrorCode code = isWhole(cause) ? ErrorCode.NO_ERROR : ErrorCode.INTERNAL_ERROR;
        // Jetty's own reset, which is the second one, is never sent; it ends the stream, which has to count until this
        // is out.
        Callback then = Callback.from(InvocationType.NON_BLOCKING, () -> super.failed(cause));
        stream.reset(new ResetFrame(stream.getId(), code.code), then);
    }

    /** Null for one that its client has reset, which is not known any more. */
    private @Nullable Stream stream() {
        return request.getConnectionMetaData().getConnection() instanceof HTTP2ServerConnection connection
                ? connection.getSession().getStream(Integer.parseInt(getId()))
                : null;
    }

    /** Whether the answer was written, and only some of the request is left (RFC 9113 §8.1). Jetty wraps what it tells so. */
    private static boolean isWhole(Throwable cause) {
        return cause == CONTENT_NOT_CONSUMED || cause.getCause() == CONTENT_NOT_CONSUMED;
    }
}
