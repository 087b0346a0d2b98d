package dev.sluice.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads HTTP/1.x from a stream byte by byte, lenient in syntax and exact in what it hands out. One thread at a time.
 *
 * <p>Keeps the raw bytes of the message part that is being read, up to {@link #KEPT}, so that a test can look at the
 * framing itself.
 */
public final class WireReader {
    /** How many raw bytes of one head or body are kept. */
    public static final int KEPT = 1 << 20;

    private final InputStream in;
    private ByteArrayOutputStream raw = new ByteArrayOutputStream();
    private boolean keep = true;

    public WireReader(InputStream in) {
        this.in = new BufferedInputStream(in, 16_384);
    }

    /** Whether raw bytes are kept from now on; at first they are. */
    public void keep(boolean value) {
        keep = value;
    }

    /** The raw bytes since the last call, at most {@link #KEPT}. */
    public byte[] takeRaw() {
        byte[] bytes = raw.toByteArray();
        raw = new ByteArrayOutputStream();
        return bytes;
    }

    /** One byte, or -1 at the end of the stream. */
    public int read() throws IOException {
        int b = in.read();
        if (keep && b >= 0 && raw.size() < KEPT) raw.write(b);
        return b;
    }

    /** Some bytes, or -1 at the end of the stream. */
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int n = in.read(bytes, offset, length);
        if (keep && n > 0 && raw.size() < KEPT) raw.write(bytes, offset, Math.min(n, KEPT - raw.size()));
        return n;
    }

    /** One line without its CRLF or LF, or null when the stream ends before its first byte. */
    public @Nullable String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            int b = read();
            if (b < 0) {
                if (line.size() == 0) return null;
                throw new EOFException("cut in a line: " + line.toString(StandardCharsets.ISO_8859_1));
            }
            if (b == '\n') {
                String text = line.toString(StandardCharsets.ISO_8859_1);
                return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
            }
            line.write(b);
        }
    }

    /** Field lines up to the empty one. */
    public List<Field> readFields() throws IOException {
        List<Field> fields = new ArrayList<>();
        while (true) {
            String line = readLine();
            if (line == null) throw new EOFException("cut between fields");
            if (line.isEmpty()) return List.copyOf(fields);
            fields.add(Field.parse(line));
        }
    }
}
