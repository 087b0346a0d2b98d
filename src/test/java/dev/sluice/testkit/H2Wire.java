package dev.sluice.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * An HTTP/2 client that does what a test tells it and nothing else: it may open streams after a GOAWAY, as one does whose
 * request crosses it on the way, and it never closes by itself. Used by one thread.
 */
public final class H2Wire implements AutoCloseable {
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    public static final int SETTINGS = 4;
    private static final int PING = 6;
    public static final int GOAWAY = 7;
    private static final int ACK = 1;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;

    /** A frame (RFC 9113 §4.1). */
    public record Frame(int type, int flags, int stream, byte[] payload) {
        public boolean endsStream() {
            return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
        }

        /** Of a GOAWAY. */
        public int lastStream() {
            return ByteBuffer.wrap(payload).getInt() & 0x7FFFFFFF;
        }

        /** Of a GOAWAY. */
        public int error() {
            return ByteBuffer.wrap(payload).getInt(4);
        }
    }

    private final RawClient raw;
    private final List<Frame> unread = new ArrayList<>();

    private H2Wire(RawClient raw, boolean greets) throws IOException {
        this.raw = raw;
        if (!greets) return;
        greet();
        await("SETTINGS", frame -> frame.type() == SETTINGS);
    }

    public static H2Wire plain(int port) throws IOException {
        return new H2Wire(RawClient.plain(port), true);
    }

    public static H2Wire tls(int port) throws IOException {
        return new H2Wire(RawClient.tls(port, 0, "sluice.test", "h2"), true);
    }

    /** Over a plain connection that nothing was sent on, without waiting for anything. */
    public static H2Wire silent(int port) throws IOException {
        return new H2Wire(RawClient.plain(port), false);
    }

    /** Begins as a client does: what {@link #silent} left out. */
    public void greet() throws IOException {
        raw.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        send(SETTINGS, 0, 0, new byte[0]);
    }

    /** Opens a stream with a GET. */
    public void get(int stream, String path) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        head.write(0x82); // :method GET
        head.write(0x86); // :scheme http
        literal(head, 4, path);
        literal(head, 1, "sluice.test");
        send(HEADERS, END_STREAM | END_HEADERS, stream, head.toByteArray());
    }

    /** Asks for a WebSocket in a stream (RFC 8441 §4). */
    public void openWebSocket(int stream, String path) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        literal(head, 2, "CONNECT");
        named(head, ":protocol", "websocket");
        head.write(0x86); // :scheme http
        literal(head, 4, path);
        literal(head, 1, "sluice.test");
        send(HEADERS, END_HEADERS, stream, head.toByteArray());
    }

    /** Sends bytes in a stream. */
    public void data(int stream, boolean last, byte... bytes) throws IOException {
        send(DATA, last ? END_STREAM : 0, stream, bytes);
    }

    /** A literal field without indexing, its name from the static table (RFC 7541 §6.2.2). */
    private static void literal(ByteArrayOutputStream head, int name, String value) {
        head.write(name);
        head.write(value.length());
        head.writeBytes(value.getBytes(ISO_8859_1));
    }

    private static void named(ByteArrayOutputStream head, String name, String value) {
        head.write(0);
        head.write(name.length());
        head.writeBytes(name.getBytes(ISO_8859_1));
        head.write(value.length());
        head.writeBytes(value.getBytes(ISO_8859_1));
    }

    private void send(int type, int flags, int stream, byte[] payload) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
        frame.put((byte) 0).putShort((short) payload.length);
        frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
        raw.send(frame.array());
    }

    /** Waits until a stream has ended. */
    public void awaitEnd(int stream) throws IOException {
        await("the end of stream " + stream, frame -> frame.stream() == stream && frame.endsStream());
    }

    /** Waits for the head of an answer. */
    public void awaitHead(int stream) throws IOException {
        await("the head of stream " + stream, frame -> frame.stream() == stream && frame.type() == HEADERS);
    }

    /** Waits for bytes in a stream. */
    public byte[] awaitData(int stream) throws IOException {
        return await("data in stream " + stream, frame -> frame.stream() == stream && frame.type() == DATA)
                .payload();
    }

    /** Waits for the RST_STREAM of a stream. */
    public void awaitReset(int stream) throws IOException {
        await("the reset of stream " + stream, frame -> frame.stream() == stream && frame.type() == RST_STREAM);
    }

    /** Waits for the next GOAWAY. */
    public Frame awaitGoAway() throws IOException {
        return await("GOAWAY", frame -> frame.type() == GOAWAY);
    }

    /** Waits for the next PING, and does not answer it. */
    public Frame awaitPing() throws IOException {
        return await("PING", frame -> frame.type() == PING && (frame.flags() & ACK) == 0);
    }

    /** Answers a PING. */
    public void pong(Frame ping) throws IOException {
        send(PING, ACK, 0, ping.payload());
    }

    /** The next frame, whatever it is, in the order of the wire. */
    public Frame next() throws IOException {
        return unread.isEmpty() ? read() : unread.remove(0);
    }

    /** All that comes before the server ends the connection. */
    public List<Frame> readAll() throws IOException {
        List<Frame> all = new ArrayList<>(unread);
        unread.clear();
        while (true) {
            try {
                all.add(read());
            } catch (EOFException end) {
                return all;
            }
        }
    }

    /** A request with a body that is still to come. */
    public void post(int stream, String path) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        head.write(0x83); // :method POST
        head.write(0x86); // :scheme http
        literal(head, 4, path);
        literal(head, 1, "sluice.test");
        send(HEADERS, END_HEADERS, stream, head.toByteArray());
    }

    private Frame await(String what, Predicate<Frame> wanted) throws IOException {
        for (Frame frame : unread) {
            if (wanted.test(frame)) {
                unread.remove(frame);
                return frame;
            }
        }
        try {
            while (true) {
                Frame frame = read();
                if (wanted.test(frame)) return frame;
                unread.add(frame);
            }
        } catch (IOException e) {
            throw new IOException("no " + what + ", but " + unread, e);
        }
    }

    private Frame read() throws IOException {
        ByteBuffer head = ByteBuffer.wrap(raw.readBytes(9));
        int length = (head.get() & 0xFF) << 16 | (head.getShort() & 0xFFFF);
        int type = head.get();
        int flags = head.get();
        return new Frame(type, flags, head.getInt() & 0x7FFFFFFF, raw.readBytes(length));
    }

    /** Waits until the server has ended the connection. */
    public void awaitClosed() throws IOException {
        raw.readToEnd();
    }

    @Override
    public void close() throws IOException {
        raw.close();
    }
}
