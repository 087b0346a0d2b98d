package dev.sluice.listener;

import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.http2.server.internal.HTTP2ServerConnection;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;

/**
 * An answer over HTTP/2 that cannot be finished ends with INTERNAL_ERROR (RFC 9113 §7). Jetty says CANCEL, of which a client
 * takes itself for the cause.
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
        if (cause != CONTENT_NOT_CONSUMED) reset();
        super.failed(cause); // A second reset is never sent.
    }

    private void reset() {
        if (!(request.getConnectionMetaData().getConnection() instanceof HTTP2ServerConnection connection)) return;
        // One that its client has reset is not known any more.
        Stream stream = connection.getSession().getStream(Integer.parseInt(getId()));
        if (stream != null) stream.reset(new ResetFrame(stream.getId(), ErrorCode.INTERNAL_ERROR.code), Callback.NOOP);
    }
}
