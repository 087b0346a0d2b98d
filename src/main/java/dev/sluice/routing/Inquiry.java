package dev.sluice.routing;

import com.google.re2j.Pattern;
import dev.sluice.config.HostName;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One request, as its routes ask for it: what costs more than a look is found out when it is first asked for. */
final class Inquiry {
    /** What routes compare with values. */
    enum Source {
        HEADER,
        PARAMETER,
        COOKIE
    }

    /**
     * In characters, for one request over all expressions and readings of its path: some 15 ms. A client could send a
     * long path that can be read in a hundred ways.
     */
    static final int MOST_TEXT = 64 << 10;

    private final RoutedRequest request;
    private @Nullable Map<String, String> parameters;
    private int text = MOST_TEXT;

    Inquiry(RoutedRequest request) {
        this.request = request;
    }

    /** As {@link HostName#normal}. */
    String host() {
        return HostName.normal(request.host());
    }

    String method() {
        return request.method();
    }

    @Nullable
    InetAddress client() {
        return request.client();
    }

    @Nullable
    String listener() {
        return request.listener();
    }

    /** Null when there is none of that name. */
    @Nullable
    String value(Source source, String name) {
        return switch (source) {
            case HEADER -> header(name);
            case PARAMETER -> parameter(name);
            case COOKIE -> cookie(name);
        };
    }

    /** Several fields are one, with their values in a row (RFC 9110 §5.3). */
    private @Nullable String header(String name) {
        List<String> values = request.fields(name);
        if (values.isEmpty()) return null;
        return values.size() == 1 ? values.get(0) : String.join(", ", values);
    }

    private @Nullable String cookie(String name) {
        for (String field : request.fields("cookie")) {
            CookiePairs pairs = new CookiePairs(field, name);
            if (pairs.next()) return pairs.value();
        }
        return null;
    }

    private @Nullable String parameter(String name) {
        if (parameters == null) parameters = parameters(request.query());
        return parameters.get(name);
    }

    /** Of those that come several times the first: it is what most servers take. */
    private static Map<String, String> parameters(@Nullable String query) {
        if (query == null || query.isEmpty()) return Map.of();
        Map<String, String> parameters = new HashMap<>();
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = decoded(equals < 0 ? pair : pair.substring(0, equals));
            parameters.putIfAbsent(name, equals < 0 ? "" : decoded(pair.substring(equals + 1)));
        }
        return parameters;
    }

    /** As forms are (WHATWG URL §5.1): a plus is a space, and what is no escape stands for itself. */
    private static String decoded(String text) {
        if (text.indexOf('%') < 0 && text.indexOf('+') < 0) return text;
        byte[] raw = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(raw.length);
        for (int i = 0; i < raw.length; i++) {
            int high = raw[i] == '%' && i + 2 < raw.length ? PathTokens.hex((char) (raw[i + 1] & 0xFF)) : -1;
            int low = high < 0 ? -1 : PathTokens.hex((char) (raw[i + 2] & 0xFF));
            if (low >= 0) {
                out.put((byte) (high << 4 | low));
                i += 2;
            } else {
                out.put(raw[i] == '+' ? (byte) ' ' : raw[i]);
            }
        }
        return new String(out.array(), 0, out.position(), StandardCharsets.UTF_8);
    }

    /** Whether the whole of the text fits; false when so much was compared that nothing more is, see {@link #isSpent}. */
    boolean fits(Pattern pattern, String value) {
        text -= value.length();
        return text >= 0 && pattern.matches(value);
    }

    /** Whether nobody can say any more what the request matches. */
    boolean isSpent() {
        return text < 0;
    }
}
