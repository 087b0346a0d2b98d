package dev.sluice.proxy;

import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * The head of a backend's answer as the client gets it, and what of it decides how the answer may end.
 *
 * <p>Made by the thread that has the answer; {@link #breakOff} by the one that found out that there is no more of it.
 */
final class AnswerHead {
    private final Response out;
    private final boolean grpc;
    private final long length;
    private final boolean events;
    private volatile Content.Sink body;
    private volatile @Nullable HttpFields instead;

    /**
     * Fills in a response of which nothing has been written.
     *
     * @param version of the client
     * @param trailers of the backend, null when nothing can follow the body
     */
    AnswerHead(
            Response out,
            HttpVersion version,
            int status,
            HttpFields headers,
            @Nullable Supplier<@Nullable HttpFields> trailers) {
        this.out = out;
        this.body = out;
        out.setStatus(status);
        ResponseHeaders.copy(status, headers, out.getHeaders());
        length = out.getHeaders().getLongField(HttpHeader.CONTENT_LENGTH);
        String type = headers.get(HttpHeader.CONTENT_TYPE);
        // Those of a compressed stream cannot be seen.
        events =
                type != null && Patience.isEvents(type) && length < 0 && !headers.contains(HttpHeader.CONTENT_ENCODING);
        grpc = version == HttpVersion.HTTP_2 && Grpc.speaks(headers);
        // In HTTP/1.1 no trailer fields follow a body whose length was named.
        boolean mayTrail = version == HttpVersion.HTTP_2 || (version == HttpVersion.HTTP_1_1 && length < 0);
        if (trailers != null && mayTrail) out.setTrailersSupplier(() -> trailers(trailers));
    }

    private @Nullable HttpFields trailers(Supplier<@Nullable HttpFields> backends) {
        HttpFields own = instead;
        return own == null ? ResponseHeaders.trailers(backends.get()) : own;
    }

    /** Lets the body go out in a coding, of which its fields have been told. To be called before anything of it is written. */
    void encode(Encoders.Supply coding, Connector connector) {
        body = new EncodedBody(out, coding, connector.getByteBufferPool(), connector.getExecutor());
    }

    /** Where the body of the backend is written. */
    Content.Sink body() {
        return body;
    }

    /** Of the body as the backend has it, in bytes; negative when it was not named. */
    long length() {
        return length;
    }

    /**
     * Whether the end of a body without a byte may come together with the head. Jetty would then invent a length, which
     * is right for gRPC only: an answer that is over with its head has its status there, and must be one frame.
     */
    boolean mayBeAll() {
        return grpc || (length >= 0 && out.getHeaders().contains(HttpHeader.CONTENT_LENGTH));
    }

    /**
     * Where the answer may be ended before its backend ends it, so that it is whole for the client.
     *
     * @return null when that can be said of no place in it
     */
    @Nullable
    Boundaries boundaries() {
        return grpc ? new MessageBoundaries() : events ? new EventBoundaries() : null;
    }

    /** Ends an answer at one of its {@link #boundaries}. To be called while no write is pending. */
    void end(ProxyFailure why, Callback ended) {
        if (!breakOff(why, ended)) body.write(true, null, ended);
    }

    /**
     * Ends an answer that its backend broke off in gRPC's own way, with a status, where that is possible: a reset would
     * tell the client that the call was cancelled. To be called while no write is pending.
     *
     * @return false when only breaking off is left
     */
    boolean breakOff(ProxyFailure why, Callback ended) {
        if (!grpc) return false;
        instead = Grpc.trailers(why);
        out.write(true, null, ended);
        return true;
    }
}
