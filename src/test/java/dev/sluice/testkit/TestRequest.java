package dev.sluice.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request to send over any protocol. Nothing is added but what its protocol cannot do without: the authority, and
 * the framing of a body.
 *
 * @param target raw, as it shall be on the wire
 * @param authority {@code Host} or {@code :authority}
 * @param fields in this order, after {@code Host}
 * @param body null for none; with it {@code Content-Length}, unless {@link #sized} is false
 * @param sized false for a body of unknown length: chunked in HTTP/1.1, no {@code Content-Length} in HTTP/2
 * @param trailers make the body one of unknown length
 * @param length the {@code Content-Length} when the body is written piece by piece, or -1
 */
public record TestRequest(
        String method,
        String target,
        String authority,
        List<Field> fields,
        byte @Nullable [] body,
        boolean sized,
        List<Field> trailers,
        long length) {
    private static final String AUTHORITY = "sluice.test";

    public static TestRequest of(String method, String target) {
        return new TestRequest(method, target, AUTHORITY, List.of(), null, true, List.of(), -1);
    }

    public static TestRequest get(String target) {
        return of("GET", target);
    }

    public static TestRequest post(String target, String body) {
        return of("POST", target).body(body.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** A POST whose body the test writes through its {@link TestExchange}; {@code length} -1 for unknown. */
    public static TestRequest upload(String target, long length) {
        return new TestRequest("POST", target, AUTHORITY, List.of(), null, length >= 0, List.of(), length);
    }

    public TestRequest authority(String value) {
        return new TestRequest(method, target, value, fields, body, sized, trailers, length);
    }

    public TestRequest field(String name, String value) {
        List<Field> more = new ArrayList<>(fields);
        more.add(Field.of(name, value));
        return new TestRequest(method, target, authority, List.copyOf(more), body, sized, trailers, length);
    }

    public TestRequest body(byte[] bytes) {
        return new TestRequest(method, target, authority, fields, bytes, sized, trailers, length);
    }

    public TestRequest unsized() {
        return new TestRequest(method, target, authority, fields, body, false, trailers, length);
    }

    public TestRequest trailer(String name, String value) {
        List<Field> more = new ArrayList<>(trailers);
        more.add(Field.of(name, value));
        return new TestRequest(method, target, authority, fields, body, false, List.copyOf(more), length);
    }

    /** Whether the test itself writes the body after the head. */
    boolean written() {
        return body == null && (length >= 0 || !sized);
    }

    /** Whether any body follows the head. */
    boolean hasBody() {
        return body != null || written();
    }
}
