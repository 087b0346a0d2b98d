package dev.sluice.proxy;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;

/**
 * For how long, and how much, a body is still read that nobody wants, after the answer to it: a reset, of the stream or of
 * the connection, might overtake the answer.
 *
 * @param byConnections whether those of HTTP/1.1 see to that by themselves, when they close
 */
record Linger(boolean byConnections) {
    /** For clients of HTTP/2. */
    private static final long STREAM_MILLIS = 1_000;

    /** For HTTP/1.1, where the end of the connection would be a reset. */
    private static final long CONNECTION_MILLIS = 5_000;

    private static final long CONNECTION_BYTES = 16 << 20;

    /**
     * In milliseconds. 0 where the connection sees to it, or where the client may have waited for the answer, to send
     * something else instead of the body (RFC 9110 §10.1.1).
     *
     * @param begun whether some of the body has come
     */
    long millis(Request in, boolean begun) {
        // Who waits for a word before sending is not sending; and to read on would be that word.
        if (!begun && in.getHeaders().contains(HttpHeader.EXPECT)) return 0;
        if (in.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_2) return STREAM_MILLIS;
        return byConnections ? 0 : CONNECTION_MILLIS;
    }

    /** How much of such a body is read, in bytes. */
    static long bytes(HttpVersion version) {
        return version == HttpVersion.HTTP_2 ? RequestBody.DISCARD_AT_MOST : CONNECTION_BYTES;
    }
}
