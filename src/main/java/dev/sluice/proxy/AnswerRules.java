package dev.sluice.proxy;

import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/** What of a backend's answer is not taken, though Jetty's parser takes it: the same for every transport. */
final class AnswerRules {
    /** What may have come together with the end of a head, and more than any chunk needs. */
    private static final int FRAMING = 64 * 1024;

    private AnswerRules() {}

    /**
     * Why an answer is not passed on, or null.
     *
     * @param asked what the request asked to switch to, or null
     */
    static @Nullable String refusal(
            int status, @Nullable HttpVersion version, HttpFields fields, @Nullable Upgrade asked) {
        if (status == HttpStatus.SWITCHING_PROTOCOLS_101) {
            // When nobody asked for another protocol, a backend that speaks one now cannot be understood.
            if (asked == null) return "switched protocols unasked";
            return version == HttpVersion.HTTP_1_1 ? asked.refusal(fields) : "switched protocols in " + version;
        }
        boolean http11 = version == HttpVersion.HTTP_1_1;
        if (!http11 && version != HttpVersion.HTTP_1_0) return "answered in " + version;
        for (HttpField field : fields) {
            if (field.getHeader() != HttpHeader.TRANSFER_ENCODING) continue;
            // Codings other than chunked are not undone here, so the client would take the coded for the content;
            // and in HTTP/1.0 the field means nothing that could be relied on (RFC 9112 §6.1).
            if (!http11 || !"chunked".equalsIgnoreCase(field.getValue())) return "unknown Transfer-Encoding";
        }
        return null;
    }

    /**
     * How many bytes a backend may send that are neither part of a body nor complete fields: Jetty's parser would skip the
     * extensions of a chunk for as long as they come, and the thread that reads would do nothing else.
     *
     * @param headerSize what a head may have
     */
    static int framingAtMost(int headerSize) {
        return headerSize + FRAMING;
    }

    /**
     * Whether bytes may follow an answer that has no body: a 204 has none, and a backend that says it has one may be about
     * to send it (RFC 9110 §15.3.5).
     */
    static boolean mayBeFollowed(int status, HttpFields fields) {
        if (status != HttpStatus.NO_CONTENT_204) return false;
        for (HttpField field : fields) {
            if (field.getHeader() == HttpHeader.TRANSFER_ENCODING) return true;
            if (field.getHeader() == HttpHeader.CONTENT_LENGTH
                    && !field.getValue().equals("0")) return true;
        }
        return false;
    }
}
