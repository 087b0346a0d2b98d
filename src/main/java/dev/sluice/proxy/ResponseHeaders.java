package dev.sluice.proxy;

import java.util.Set;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;

/** The header fields of a response as they go to the client. */
final class ResponseHeaders {
    private ResponseHeaders() {}

    /**
     * Trailer fields as they go to the client: without those that would frame, route or authorise a message (RFC 9110
     * §6.5.1).
     */
    static @Nullable HttpFields trailers(@Nullable HttpFields from) {
        if (from == null) return null;
        HttpFields.Mutable to = HttpFields.build();
        for (HttpField field : from) {
            HttpHeader header = field.getHeader();
            boolean forbidden = header == HttpHeader.HOST
                    || header == HttpHeader.CONTENT_LENGTH
                    || header == HttpHeader.TRAILER
                    || RequestHeaders.Hop.isHopByHop(field, Set.of());
            if (!forbidden) to.add(field);
        }
        return to.size() == 0 ? null : to;
    }

    /**
     * Copies what belongs to the message, in its order, and invents nothing.
     *
     * @param status of the answer, interim or final
     * @param from the backend's
     * @param to the client's; what a container has put there before is replaced by what the backend says
     */
    static void copy(int status, HttpFields from, HttpFields.Mutable to) {
        boolean coded = false;
        for (HttpField field : from) {
            coded |= field.getHeader() == HttpHeader.TRANSFER_ENCODING;
        }
        Set<String> named = RequestHeaders.Hop.namedByConnection(from);
        // With a coding, the length is a lie that another parser may believe (RFC 9112 §6.3); without a body, one that
        // makes a client wait for what never comes (RFC 9110 §8.6).
        boolean lengthless = status < 200 || status == HttpStatus.NO_CONTENT_204 || coded;
        boolean fresh = to.size() == 0;
        if (!fresh) to.remove(HttpHeader.DATE).remove(HttpHeader.SERVER);
        for (HttpField field : from) {
            HttpHeader header = field.getHeader();
            if (RequestHeaders.Hop.isHopByHop(field, named)) continue;
            if (lengthless && header == HttpHeader.CONTENT_LENGTH) continue;
            // Some containers do not let go of theirs, but let it be replaced.
            boolean stays = !fresh && (header == HttpHeader.DATE || header == HttpHeader.SERVER);
            if (stays && to.contains(header)) to.put(field);
            else to.add(field);
        }
    }
}
