package dev.sluice.proxy;

import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/** A field that is sent again and again, and is encoded for HTTP/1.1 once. The value holds ISO-8859-1 without controls. */
final class EncodedField extends HttpField {
    private final byte[] line;

    EncodedField(@Nullable HttpHeader header, String name, String value) {
        super(header, name, value);
        line = (name + ": " + value + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The whole line. Not to be changed. */
    byte[] line() {
        return line;
    }
}
