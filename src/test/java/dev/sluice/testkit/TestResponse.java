package dev.sluice.testkit;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A response as far as it came.
 *
 * @param body decoded from its framing; whole or cut
 * @param trailers in the order received
 * @param interims the 1xx heads before the final one
 * @param failure null when the body ended as its framing says; otherwise how it broke
 */
public record TestResponse(
        TestHead head,
        byte[] body,
        List<Field> trailers,
        List<TestHead> interims,
        @Nullable String failure) {
    public int status() {
        return head.status();
    }

    public List<Field> fields() {
        return head.fields();
    }

    public @Nullable String field(String name) {
        return head.field(name);
    }

    public List<String> values(String name) {
        return head.values(name);
    }

    /** Whether a client knows that it has all of the body. */
    public boolean complete() {
        return failure == null;
    }

    public String text() {
        return new String(body, StandardCharsets.ISO_8859_1);
    }

    /** The body read as an echo report. */
    public EchoReport echo() {
        if (status() != 200) throw new IllegalStateException("response: " + this + " (expected: an echo)");
        return EchoReport.parse(body);
    }

    @Override
    public String toString() {
        String text = text();
        return head + " " + (text.length() > 500 ? text.substring(0, 500) + "..." : text) + " " + trailers
                + (failure == null ? "" : " broken: " + failure);
    }
}
