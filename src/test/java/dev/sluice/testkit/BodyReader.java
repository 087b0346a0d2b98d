package dev.sluice.testkit;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Decodes one message body by its framing (RFC 9112 §6.3). One thread at a time. */
public final class BodyReader {
    private enum Framing {
        LENGTH,
        CHUNKED,
        CLOSE
    }

    private final WireReader in;
    private final Framing framing;
    private long left;
    private boolean chunkEndDue;
    private boolean ended;
    private List<Field> trailers = List.of();

    private BodyReader(WireReader in, Framing framing, long left) {
        this.in = in;
        this.framing = framing;
        this.left = left;
        this.ended = framing == Framing.LENGTH && left == 0;
    }

    /** The body of a request: nothing unless a length or a coding says otherwise. */
    public static BodyReader ofRequest(WireReader in, List<Field> fields) {
        BodyReader framed = framed(in, fields);
        return framed != null ? framed : new BodyReader(in, Framing.LENGTH, 0);
    }

    /** The body of a response to a request with this method. */
    public static BodyReader ofResponse(WireReader in, String method, int status, List<Field> fields) {
        if (method.equals("HEAD") || status == 204 || status == 304) return new BodyReader(in, Framing.LENGTH, 0);
        BodyReader framed = framed(in, fields);
        return framed != null ? framed : new BodyReader(in, Framing.CLOSE, 0);
    }

    private static @Nullable BodyReader framed(WireReader in, List<Field> fields) {
        String coding = Field.first(fields, "Transfer-Encoding");
        if (coding != null && coding.toLowerCase(Locale.ROOT).endsWith("chunked")) {
            return new BodyReader(in, Framing.CHUNKED, 0);
        }
        String length = Field.first(fields, "Content-Length");
        return length == null ? null : new BodyReader(in, Framing.LENGTH, Long.parseLong(length));
    }

    /** Some bytes, or -1 when the body has ended as its framing says. @throws IOException when it is cut */
    public int read(byte[] bytes) throws IOException {
        if (ended) return -1;
        if (framing == Framing.CHUNKED && left == 0 && !nextChunk()) return -1;
        int wanted = framing == Framing.CLOSE ? bytes.length : (int) Math.min(left, bytes.length);
        int n = in.read(bytes, 0, wanted);
        if (framing == Framing.CLOSE) {
            ended = n < 0;
            return n;
        }
        if (n < 0) throw new EOFException("body cut, " + left + " bytes missing");
        left -= n;
        if (left == 0 && framing == Framing.CHUNKED) chunkEndDue = true;
        if (left == 0 && framing == Framing.LENGTH) ended = true;
        return n;
    }

    /** Read with the next chunk: some senders, Jetty among them, send it only then. */
    private void chunkEnd() throws IOException {
        String line = in.readLine();
        if (line == null) throw new EOFException("cut after a chunk");
        if (!line.isEmpty()) throw new IOException("chunk end: \"" + line + "\" (expected: CRLF)");
    }

    private boolean nextChunk() throws IOException {
        if (chunkEndDue) chunkEnd();
        chunkEndDue = false;
        String line = in.readLine();
        if (line == null) throw new EOFException("cut before the last chunk");
        int semicolon = line.indexOf(';');
        String size = (semicolon < 0 ? line : line.substring(0, semicolon)).strip();
        try {
            left = Long.parseLong(size, 16);
        } catch (NumberFormatException e) {
            throw new IOException("chunk size: \"" + line + "\" (expected: hexadecimal)", e);
        }
        if (left > 0) return true;
        trailers = in.readFields();
        ended = true;
        return false;
    }

    /** Everything up to the end. */
    public byte[] readAll() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] piece = new byte[8192];
        for (int n = read(piece); n >= 0; n = read(piece)) all.write(piece, 0, n);
        return all.toByteArray();
    }

    /** Reads to the end without keeping anything but the sum. */
    public BodySum sumAll() throws IOException {
        BodySum.Running running = new BodySum.Running();
        byte[] piece = new byte[65_536];
        for (int n = read(piece); n >= 0; n = read(piece)) running.add(piece, 0, n);
        return running.sum();
    }

    /** Whether the end was reached and proper. */
    public boolean ended() {
        return ended;
    }

    /** Whether the end of the connection is the end of this body. */
    public boolean closeDelimited() {
        return framing == Framing.CLOSE;
    }

    /** Trailer fields, in order; empty until the end. */
    public List<Field> trailers() {
        return trailers;
    }
}
