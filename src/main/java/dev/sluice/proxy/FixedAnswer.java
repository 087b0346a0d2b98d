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
 */
record FixedAnswer(
        int status, List<HttpField> fields, @Nullable String type, String body) {
    /** Without a body. */
    static FixedAnswer of(int status, HttpField... fields) {
        return new FixedAnswer(status, List.of(fields), null, "");
    }

    /** Writes it as the whole of the response, which must not have begun. Never blocks. */
    void write(Request in, Response out, @Nullable Handling handling, Callback callback) {
        out.reset();
        out.setStatus(status);
        out.getHeaders().put(FailureAnswer.date());
        fields.forEach(out.getHeaders()::add);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        boolean without = HttpStatus.hasNoBody(status);
        if (type != null && !without) out.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        if (!without) out.getHeaders().put(HttpHeader.CONTENT_LENGTH, bytes.length);
        if (handling != null) handling.finish(in, status, out.getHeaders());
        boolean head = "HEAD".equals(in.getMethod());
        out.write(true, head || without || bytes.length == 0 ? null : ByteBuffer.wrap(bytes), callback);
    }
}
