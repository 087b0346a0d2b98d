package dev.sluice.proxy;

import dev.sluice.config.Page;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * An answer of the proxy's own: a status, an id that is in the log too, and nothing of the inside.
 *
 * @param status the HTTP status
 * @param id by which the log line can be found, or null when there is no such line
 * @param fields more header fields, such as {@code Retry-After} or {@code Allow}
 */
record FailureAnswer(int status, @Nullable String id, List<HttpField> fields) {
    private static final HttpField NOT_STORED = new HttpField(HttpHeader.CACHE_CONTROL, "no-store");
    private static final HttpField SOON = new HttpField(HttpHeader.RETRY_AFTER, "1");
    /** How to do better, which no page says to a program. */
    private static final Set<HttpHeader> KEPT =
            EnumSet.of(HttpHeader.WWW_AUTHENTICATE, HttpHeader.RETRY_AFTER, HttpHeader.ALLOW);

    /** Methods that pass: for {@code Allow}. */
    private static final HttpField ALLOW =
            new HttpField(HttpHeader.ALLOW, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");

    static FailureAnswer of(int status) {
        return new FailureAnswer(status, null, status == 405 ? List.of(ALLOW) : List.of());
    }

    static FailureAnswer of(int status, String id) {
        return new FailureAnswer(status, id, status == 503 ? List.of(SOON) : List.of());
    }

    /** The same with one more field, if there is one. */
    FailureAnswer with(@Nullable HttpField field) {
        if (field == null) return this;
        List<HttpField> more = new ArrayList<>(fields);
        more.add(field);
        return new FailureAnswer(status, id, more);
    }

    /** The same with what of a backend's answer its client cannot do without. */
    FailureAnswer keeping(HttpFields headers) {
        List<HttpField> more = new ArrayList<>(fields);
        for (HttpField field : headers) if (KEPT.contains(field.getHeader())) more.add(field);
        return new FailureAnswer(status, id, more);
    }

    /** An answer to OPTIONS that was not to go any further (RFC 9110 §7.6.2). */
    static FailureAnswer options() {
        return new FailureAnswer(204, null, List.of(ALLOW));
    }

    static HttpField date() {
        return new HttpField(
                HttpHeader.DATE, DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC)));
    }

    /**
     * Writes it as the whole of the response, which must not have begun. Never blocks.
     *
     * @param handling of the request's route; null when it has none
     */
    void write(Request in, Response out, @Nullable Handling handling, Callback callback) {
        out.reset();
        out.setStatus(status);
        HttpFields.Mutable headers = out.getHeaders();
        headers.put(date());
        fields.forEach(headers::add);
        if (Grpc.calls(in)) {
            headers.put(NOT_STORED);
            if (handling != null) handling.finish(in, false, headers);
            writeGrpc(out, callback);
            return;
        }
        if (HttpStatus.hasNoBody(status)) {
            if (handling != null) handling.finish(in, false, headers);
            out.write(true, null, callback);
            return;
        }
        Page page = handling == null ? null : handling.page(status);
        boolean json = wantsJson(in.getHeaders());
        FixedAnswer.Bytes body =
                page != null && handling != null ? handling.bytes(page) : FixedAnswer.Bytes.of(json ? json() : plain());
        headers.put(NOT_STORED);
        headers.put(
                HttpHeader.CONTENT_TYPE,
                page != null ? page.type() : json ? "application/json" : "text/plain;charset=utf-8");
        headers.put(HttpHeader.CONTENT_LENGTH, body.length());
        if (handling != null) handling.finish(in, false, headers);
        boolean head = "HEAD".equals(in.getMethod());
        out.write(true, head ? null : body.view(), callback);
    }

    /** Its clients look at the fields of gRPC alone, and only where HTTP says that all is well. */
    private void writeGrpc(Response out, Callback callback) {
        out.setStatus(HttpStatus.OK_200);
        HttpFields.Mutable headers = out.getHeaders();
        headers.put(HttpHeader.CONTENT_TYPE, "application/grpc");
        headers.put("grpc-status", Integer.toString(Grpc.status(status)));
        String message = HttpStatus.getMessage(status);
        headers.put("grpc-message", id == null ? message : message + ", id " + id);
        out.write(true, null, callback);
    }

    private static boolean wantsJson(HttpFields headers) {
        for (String accepted : headers.getQualityCSV(HttpHeader.ACCEPT)) {
            String type = accepted.toLowerCase(Locale.ROOT);
            if (type.startsWith("application/json") || type.contains("+json")) return true;
            if (type.startsWith("text/") || type.startsWith("*/*")) return false;
        }
        return false;
    }

    private String plain() {
        String line = status + " " + HttpStatus.getMessage(status) + "\n";
        return id == null ? line : line + "id: " + id + "\n";
    }

    private String json() {
        String title = HttpStatus.getMessage(status);
        String end = id == null ? "}\n" : ",\"id\":\"" + id + "\"}\n";
        return "{\"status\":" + status + ",\"title\":\"" + title + "\"" + end;
    }
}
