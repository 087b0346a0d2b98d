package dev.sluice.proxy;

import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/** A field that is sent again and again, and is encoded for HTTP/1.1 once. */
final class EncodedField extends HttpField {
    private final byte[] line;

    EncodedField(@Nullable HttpHeader header, String name, String value) {
        super(header, name, value);
        // Controls never get here, for parsers refuse them. Should one, it must not begin a line of its own.
        byte[] text = (name + ": " + value + "  ").getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < text.length; i++) if (text[i] >= 0 && text[i] < ' ' && text[i] != '\t') text[i] = ' ';
        text[text.length - 2] = '\r';
        text[text.length - 1] = '\n';
        line = text;
    }

    /** The whole line. Not to be changed. */
    byte[] line() {
        return line;
    }
}
