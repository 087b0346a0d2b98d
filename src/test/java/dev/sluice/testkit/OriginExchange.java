package dev.sluice.testkit;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What a script can do to its peer. Everything that is written is on the socket when the call returns. Used by the
 * thread of the script only.
 */
public final class OriginExchange {
    /** How far an exchange had come when its peer went away. */
    public enum Phase {
        READING,
        WAITING,
        STREAMING
    }

    private final OriginConnection connection;
    private final ReceivedRequest request;
    private final BodyReader body;
    private boolean answered;
    private boolean closing;
    private boolean endedByScript;

    OriginExchange(OriginConnection connection, ReceivedRequest request, BodyReader body) {
        this.connection = connection;
        this.request = request;
        this.body = body;
        if (body.ended()) request.bodyEnd(List.of());
        closing = "close".equalsIgnoreCase(request.field("Connection"));
    }

    Phase phase() {
        if (answered) return Phase.STREAMING;
        return body.ended() ? Phase.WAITING : Phase.READING;
    }

    boolean endedByScript() {
        return endedByScript;
    }

    /** Reads what the script left of the body, so that the next request can be parsed. False ends the connection. */
    boolean settle() throws IOException {
        if (endedByScript || closing) return false;
        sumBody();
        return true;
    }

    // Reading

    /** Reads the rest of the request's body; the decoded bytes, at most {@link WireReader#KEPT}. */
    public byte[] readBody() throws IOException {
        sumBody();
        return request.body();
    }

    /** Reads the rest of the request's body, of any size; the sum of all of it. */
    public BodySum sumBody() throws IOException {
        byte[] piece = new byte[65_536];
        while (readSome(piece) >= 0) {
            continue;
        }
        return request.bodySum();
    }

    /** Reads until at least {@code n} decoded body bytes have come in all, then stops reading. */
    public void readBody(long n) throws IOException {
        byte[] piece = new byte[8192];
        while (request.bodySum().size() < n) {
            if (readSome(piece) < 0) throw new EOFException("body ended before " + n + " bytes");
        }
    }

    private int readSome(byte[] piece) throws IOException {
        if (body.ended()) return -1;
        try {
            int n = body.read(piece);
            if (n >= 0) request.bodyPiece(piece, n);
            if (body.ended()) request.bodyEnd(body.trailers());
            return n;
        } finally {
            connection.reader().keep(request.bodyRaw(connection.reader().takeRaw()));
        }
    }

    // Raw reading: after the protocol was switched

    /** Exactly this many bytes of whatever is spoken now. */
    public byte[] readRaw(int n) throws IOException {
        byte[] bytes = new byte[n];
        for (int got = 0; got < n; ) {
            int more = connection.reader().read(bytes, got, n - got);
            if (more < 0) throw new EOFException("closed after " + got + " of " + n + " bytes");
            got += more;
        }
        return bytes;
    }

    /** Everything up to the end, ISO-8859-1. */
    public String readRawToEnd() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int b = connection.reader().read(); b >= 0; b = connection.reader().read()) text.append((char) b);
        return text.toString();
    }

    /** Sends back what comes until the peer ends its half, then ends its own. */
    public void echoRaw() throws IOException {
        byte[] piece = new byte[8192];
        for (int n = connection.reader().read(piece, 0, piece.length);
                n >= 0;
                n = connection.reader().read(piece, 0, piece.length)) {
            connection.out().write(piece, 0, n);
        }
        close();
    }

    // Raw writing

    /** Bytes as they are. Counts as the beginning of the answer. */
    public void raw(byte[] bytes) throws IOException {
        answered = true;
        write(bytes);
    }

    /** ISO-8859-1 text as it is. Counts as the beginning of the answer. */
    public void raw(String text) throws IOException {
        raw(iso(text));
    }

    /** Each piece after the gate lets it through. */
    public void pieces(Gate gate, String... pieces) throws IOException {
        for (String piece : pieces) {
            gate.pass();
            raw(piece);
        }
    }

    /** Byte by byte, each after the gate lets it through: a slow head. */
    public void drip(Gate gate, String text) throws IOException {
        for (byte b : iso(text)) {
            gate.pass();
            raw(new byte[] {b});
        }
    }

    private void write(byte[] bytes) throws IOException {
        OutputStream out = connection.out();
        out.write(bytes);
        out.flush();
    }

    // Framed answers

    /** An interim response (RFC 9110 §15.2): 100, 102, 103. */
    public void interim(int status, Field... fields) throws IOException {
        write(iso(head("HTTP/1.1", status, fields)));
    }

    /** A head alone; its framing is the caller's. */
    public void start(int status, Field... fields) throws IOException {
        raw(head("HTTP/1.1", status, fields));
    }

    /** A whole answer with {@code Content-Length}. */
    public void answer(int status, byte[] content, Field... fields) throws IOException {
        startLength(status, content.length, fields);
        write(content);
    }

    /** A whole answer with {@code Content-Length}; ISO-8859-1. */
    public void answer(int status, String content, Field... fields) throws IOException {
        answer(status, iso(content), fields);
    }

    /** A head that promises this many bytes, whatever follows. */
    public void startLength(int status, long length, Field... fields) throws IOException {
        raw(head("HTTP/1.1", status, with(fields, Field.of("Content-Length", Long.toString(length)))));
    }

    /** Switches to WebSocket as it was asked to (RFC 6455 §4.2.2). */
    public void acceptWebSocket() throws IOException {
        start(
                101,
                Field.of("Connection", "Upgrade"),
                Field.of("Upgrade", "websocket"),
                Field.of("Sec-WebSocket-Accept", accepted(request.field("Sec-WebSocket-Key"))));
    }

    private static String accepted(@Nullable String key) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-1");
            return Base64.getEncoder().encodeToString(digest.digest(iso(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A head that promises chunks. */
    public void startChunked(int status, Field... fields) throws IOException {
        raw(head("HTTP/1.1", status, with(fields, Field.of("Transfer-Encoding", "chunked"))));
    }

    /** A head without length; {@link #close()} ends the body. */
    public void startUntilClose(int status, Field... fields) throws IOException {
        closing = true;
        raw(head("HTTP/1.1", status, with(fields, Field.of("Connection", "close"))));
    }

    /** A whole HTTP/1.0 answer, ended by closing. */
    public void answerHttp10(int status, String content, Field... fields) throws IOException {
        raw(head("HTTP/1.0", status, fields) + content);
        close();
    }

    /** Body bytes after {@link #startLength} or {@link #startUntilClose}. */
    public void content(byte[] bytes) throws IOException {
        write(bytes);
    }

    /** ISO-8859-1 body text after {@link #startLength} or {@link #startUntilClose}. */
    public void content(String text) throws IOException {
        write(iso(text));
    }

    /** One chunk. */
    public void chunk(String text) throws IOException {
        write(iso(Integer.toHexString(text.length()) + "\r\n" + text + "\r\n"));
    }

    /** A chunk that says {@code size} and holds only this text. */
    public void cutChunk(int size, String text) throws IOException {
        write(iso(Integer.toHexString(size) + "\r\n" + text));
    }

    /** The last chunk, with trailers. */
    public void endChunks(Field... trailers) throws IOException {
        StringBuilder text = new StringBuilder("0\r\n");
        for (Field trailer : trailers) text.append(trailer).append("\r\n");
        write(iso(text.append("\r\n").toString()));
    }

    /** This many bytes of the repeating pattern, never more than one piece in memory. */
    public BodySum generate(long size) throws IOException {
        return BodySum.writePattern(connection.out(), size);
    }

    /** As {@link #generate(long)}, and tells after each piece how many bytes are out. */
    public void generate(long size, LongConsumer progress) throws IOException {
        byte[] piece = BodySum.patternBytes(65_521);
        for (long done = 0; done < size; ) {
            int n = (int) Math.min(piece.length, size - done);
            connection.out().write(piece, 0, n);
            done += n;
            progress.accept(done);
        }
    }

    // Ends

    /** Ends the connection with FIN. */
    public void close() throws IOException {
        endedByScript = true;
        connection.socket().close();
    }

    /** Ends the connection with RST. */
    public void reset() throws IOException {
        endedByScript = true;
        connection.reset();
    }

    /** Says that nothing more comes, and goes on reading. */
    public void halfClose() throws IOException {
        connection.socket().shutdownOutput();
        closing = true;
    }

    /** Ends the connection once this exchange is done, without saying so in a field. */
    public void closeAfter() {
        closing = true;
    }

    /** Keeps the connection, and closes it without an answer once the next request has come: a stale connection. */
    public void closeOnNextRequest() {
        connection.closeOnNextRequest(false);
    }

    /** As {@link #closeOnNextRequest()}, with RST. */
    public void resetOnNextRequest() {
        connection.closeOnNextRequest(true);
    }

    /** Answers nothing more and waits for the peer to go; the exchange then counts as aborted. */
    public void awaitAbort() throws IOException {
        byte[] piece = new byte[8192];
        while (readSome(piece) >= 0) {
            continue;
        }
        if (connection.reader().read() < 0) throw new EOFException("peer gone");
        throw new IOException("bytes after the request (expected: none before the answer)");
    }

    private static Field[] with(Field[] fields, Field more) {
        Field[] all = new Field[fields.length + 1];
        System.arraycopy(fields, 0, all, 0, fields.length);
        all[fields.length] = more;
        return all;
    }

    private static String head(String version, int status, Field... fields) {
        StringBuilder text = new StringBuilder(version + " " + status + " Scripted\r\n");
        for (Field field : fields) text.append(field).append("\r\n");
        return text.append("\r\n").toString();
    }

    private static byte[] iso(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
