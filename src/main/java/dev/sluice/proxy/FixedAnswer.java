package dev.sluice.proxy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * An answer that a route gives without a backend.
 *
 * @param fields beside those of the body
 * @param type of the body; null for none
 * @param preflight whether it tells a browser what it may
 */
record FixedAnswer(
        int status, List<HttpField> fields, @Nullable String type, Bytes body, boolean preflight) {
    /** A body, which many answers may share: a client that takes none of it keeps no copy. Not to be changed. */
    static final class Bytes {
        static final Bytes NONE = new Bytes("");

        private final byte[] all;

        private Bytes(String text) {
            all = text.getBytes(StandardCharsets.UTF_8);
        }

        static Bytes of(String text) {
            return text.isEmpty() ? NONE : new Bytes(text);
        }

        int length() {
            return all.length;
        }

        ByteBuffer view() {
            return ByteBuffer.wrap(all).asReadOnlyBuffer();
        }
    }

    FixedAnswer(int status, List<HttpField> fields, @Nullable String type, Bytes body) {
        this(status, fields, type, body, false);
    }

    /** Without a body. */
    static FixedAnswer of(int status, HttpField... fields) {
        return new FixedAnswer(status, List.of(fields), null, Bytes.NONE);
    }

    /**
     * Writes it as the whole of the response, which must not have begun. Never blocks.
     *
     * @param handling of the request's route; null when it has none
     */
    void write(Request in, Response out, @Nullable Handling handling, Callback callback) {
        out.reset();
        out.setStatus(status);
        out.getHeaders().put(FailureAnswer.date());
        fields.forEach(out.getHeaders()::add);
        boolean without = HttpStatus.hasNoBody(status);
        if (type != null && !without) out.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        if (!without) out.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length());
        if (handling != null) handling.finish(in, preflight, out.getHeaders());
        boolean head = "HEAD".equals(in.getMethod());
        out.write(true, head || without || body.length() == 0 ? null : body.view(), callback);
    }
}
