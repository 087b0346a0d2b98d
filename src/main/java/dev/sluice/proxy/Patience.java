package dev.sluice.proxy;

import dev.sluice.config.UpstreamConfig;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Request;

/**
 * How long an exchange waits for its backend and for its client, in nanoseconds. An event stream is quiet while nothing
 * happens, and a gRPC call may be so from its beginning (it brings a deadline of its own): both have a limit of their own.
 * Safe for use by many threads.
 */
final class Patience {
    private static final String EVENTS = "text/event-stream";
    private static final String GRPC = "application/grpc";

    /** In bytes: what an answer of a backend is read and written by, about. */
    private static final long PIECE = 16 << 10;

    private final UpstreamConfig limits;
    private final long client;
    private volatile boolean stream;

    Patience(UpstreamConfig limits, Request request) {
        this.limits = limits;
        client = ofClient(request);
        String type = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
        stream = type != null && type.regionMatches(true, 0, GRPC, 0, GRPC.length());
    }

    /** For a client to take an answer of so many bytes, as {@link #clientToTake(long)}. */
    static long ofClient(Request request, long bytes) {
        return forPieces(ofClient(request), bytes);
    }

    /** For its client to take a piece of the answer: over HTTP/1.1 the connection's own idle timeout sees to that. */
    private static long ofClient(Request request) {
        ConnectionMetaData connection = request.getConnectionMetaData();
        long idle = connection.getConnector().getIdleTimeout();
        return connection.getHttpVersion() == HttpVersion.HTTP_2 && idle > 0
                ? TimeUnit.MILLISECONDS.toNanos(idle)
                : Deadline.NEVER;
    }

    /**
     * For a connection to a backend.
     *
     * @param outstanding exchanges that it has
     */
    long connection(int outstanding) {
        long queue = limits.queueTimeout().toNanos();
        // Without a free connection it waits in the queue; otherwise the connect timeout is all there is to wait. Other
        // routes may have taken the connections to the same backend, so that is bounded too.
        boolean queued = outstanding > limits.maxConnections();
        return queued ? queue : queue + limits.connectTimeout().toNanos();
    }

    /** The final answer has begun. */
    void answered(HttpFields answer) {
        String type = answer.get(HttpHeader.CONTENT_TYPE);
        if (type != null && isEvents(type)) stream = true;
    }

    /** Whether it is one of those of which nobody knows when they end. */
    boolean isStream() {
        return stream;
    }

    /** For the beginning of the answer, from the end of the request. */
    long firstByte() {
        return (stream ? limits.streamIdleTimeout() : limits.firstByteTimeout()).toNanos();
    }

    /** Between two bytes from or to the backend. */
    long idle() {
        return (stream ? limits.streamIdleTimeout() : limits.idleTimeout()).toNanos();
    }

    /** For the next piece of the client's body. */
    long clientToSend() {
        return stream && client != Deadline.NEVER ? limits.streamIdleTimeout().toNanos() : client;
    }

    /** For the client to take a piece of the answer. */
    long clientToTake() {
        return client;
    }

    /** For the client to take an answer that is written at once: as long as it could take for its pieces. */
    long clientToTake(long bytes) {
        return forPieces(client, bytes);
    }

    private static long forPieces(long each, long bytes) {
        return each == Deadline.NEVER ? each : each * (1 + bytes / PIECE);
    }

    /** With whatever parameters, and in any case (RFC 9110 §8.3.1). */
    static boolean isEvents(String type) {
        int end = EVENTS.length();
        return type.regionMatches(true, 0, EVENTS, 0, end)
                && (type.length() == end || " \t;".indexOf(type.charAt(end)) >= 0);
    }
}
