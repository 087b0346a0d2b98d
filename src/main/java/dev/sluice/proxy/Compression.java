package dev.sluice.proxy;

import dev.sluice.config.ResponseConfig.Coding;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** Which answers of a route are compressed, and what their fields say of it. Immutable. */
final class Compression {
    /** Shorter ones, in bytes, fit into a packet as they are. */
    static final long LEAST = 1024;

    /** Beside {@code text/*} and what ends with one of the suffixes. */
    private static final Set<String> TYPES = Set.of(
            "application/ecmascript",
            "application/javascript",
            "application/json",
            "application/rtf",
            "application/wasm",
            "application/x-javascript",
            "application/x-ndjson",
            "application/xml",
            "application/yaml",
            "font/otf",
            "font/ttf",
            "image/bmp",
            "image/vnd.microsoft.icon",
            "image/x-icon");

    private static final Set<String> SUFFIXES = Set.of("json", "xml", "yaml");
    /** What holds of the bytes as they were. */
    private static final List<String> UNTRUE =
            List.of("Content-Length", "Accept-Ranges", "Content-MD5", "Digest", "Content-Digest", "Repr-Digest");

    private static final HttpField VARY = new HttpField(HttpHeader.VARY, "Accept-Encoding");

    private final Encoders encoders;
    private final List<Encoders.Supply> codings;
    private final List<String> names;

    /** @throws IllegalArgumentException when a coding cannot be used; the message names the route */
    Compression(String route, List<Coding> wanted, Encoders encoders) {
        this.encoders = encoders;
        codings = encoders.of(route, wanted);
        names = codings.stream().map(Encoders.Supply::name).toList();
    }

    /**
     * The coding in which a client gets the body of an answer; its fields are changed to say so. Those of HEAD are what
     * those of GET would be.
     *
     * @param headers of the answer, as they are about to go out
     * @return null when the body stays as it is
     */
    Encoders.@Nullable Supply choose(Request in, int status, HttpFields.Mutable headers) {
        if (status == 304) keepTag(in, headers);
        if (!pays(status, headers)) return null;
        vary(headers);
        // The end of a body without a length is not seen in HTTP/1.0.
        boolean old = in.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_0;
        if (old || mustStay(in.getHeaders())) return null;
        int index = AcceptEncoding.choose(in.getHeaders(), names);
        boolean head = in.getMethod().equals("HEAD");
        if (index < 0 || !(head || hasPlace(in))) return null;
        Encoders.Supply chosen = codings.get(index);
        UNTRUE.forEach(headers::remove);
        headers.put(chosen.field());
        String tag = headers.get(HttpHeader.ETAG);
        if (tag != null && tag.startsWith("\"")) headers.put(HttpHeader.ETAG, "W/" + tag);
        return head ? null : chosen;
    }

    private boolean hasPlace(Request in) {
        if (!encoders.reserve()) return false;
        Request.addCompletionListener(in, failure -> encoders.release());
        return true;
    }

    /** Whether an answer is one that some clients get compressed. */
    private static boolean pays(int status, HttpFields headers) {
        if (status < 200 || status > 299 || status == 204 || status == 205 || status == 206) return false;
        if (headers.contains(HttpHeader.CONTENT_RANGE) || mustStay(headers)) return false;
        String coding = headers.get(HttpHeader.CONTENT_ENCODING);
        if (coding != null && !coding.equalsIgnoreCase("identity")) return false;
        long length = headers.getLongField(HttpHeader.CONTENT_LENGTH);
        if (length >= 0 && length < LEAST) return false;
        String type = headers.get(HttpHeader.CONTENT_TYPE);
        return type != null && pays(type);
    }

    /** @param type with or without parameters */
    static boolean pays(String type) {
        int end = type.indexOf(';');
        String plain = (end < 0 ? type : type.substring(0, end)).trim().toLowerCase(Locale.ROOT);
        if (plain.startsWith(Grpc.TYPE)) return false; // It has a compression of its own, message by message.
        return plain.startsWith("text/")
                || TYPES.contains(plain)
                || SUFFIXES.contains(plain.substring(plain.lastIndexOf('+') + 1)) && plain.indexOf('+') > 0;
    }

    /** Nobody on the way shall change the body (RFC 9111 §5.2.1.6, §5.2.2.6). */
    private static boolean mustStay(HttpFields fields) {
        return fields.contains(HttpHeader.CACHE_CONTROL, "no-transform");
    }

    private static void vary(HttpFields.Mutable headers) {
        if (!headers.contains(HttpHeader.VARY, "Accept-Encoding") && !headers.contains(HttpHeader.VARY, "*"))
            headers.add(VARY);
    }

    /** To a client that has the compressed one, its answer is the same still under the name that it knows. */
    private static void keepTag(Request in, HttpFields.Mutable headers) {
        String tag = headers.get(HttpHeader.ETAG);
        String known = in.getHeaders().get(HttpHeader.IF_NONE_MATCH);
        if (tag == null || known == null || !tag.startsWith("\"") || !known.contains("W/" + tag)) return;
        headers.put(HttpHeader.ETAG, "W/" + tag);
        vary(headers);
    }
}
