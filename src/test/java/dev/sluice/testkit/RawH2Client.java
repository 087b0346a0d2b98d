package dev.sluice.testkit;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.hpack.HpackDecoder;
import org.eclipse.jetty.http2.hpack.HpackException;
import org.eclipse.jetty.util.NanoTime;

/**
 * HTTP/2 written by hand, because a proper client refuses to send what a test of refusals needs: any bytes as names and
 * values, in any order, and any frames. One thread at a time.
 */
public final class RawH2Client implements AutoCloseable {
    public static final int DATA = 0;
    public static final int HEADERS = 1;
    public static final int PRIORITY = 2;
    public static final int RST_STREAM = 3;
    public static final int SETTINGS = 4;
    public static final int PING = 6;
    public static final int GOAWAY = 7;
    public static final int WINDOW_UPDATE = 8;
    public static final int CONTINUATION = 9;
    public static final int END_STREAM = 1;
    public static final int END_HEADERS = 4;
    public static final int PADDED = 8;
    private static final int ACK = 1;

    private final RawClient connection;
    private final HpackDecoder hpack = new HpackDecoder(65_536, NanoTime::now);
    private boolean byteByByte;

    private RawH2Client(RawClient connection) throws IOException {
        this.connection = connection;
        connection.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        frame(SETTINGS, 0, 0);
    }

    /** On a connection that is there already. */
    public static RawH2Client over(RawClient connection) throws IOException {
        return new RawH2Client(connection);
    }

    /** By prior knowledge over plain TCP, or by ALPN over TLS. */
    public static RawH2Client connect(ClientProtocol protocol, RunningProxy proxy) throws IOException {
        return connect(protocol, proxy, 0);
    }

    /** The same with this SO_RCVBUF in bytes, 0 for the default. */
    public static RawH2Client connect(ClientProtocol protocol, RunningProxy proxy, int receiveBuffer)
            throws IOException {
        return new RawH2Client(
                switch (protocol) {
                    case H2C -> RawClient.plain(proxy.httpPort(), receiveBuffer);
                    case H2 -> RawClient.tls(proxy.tlsPort(), receiveBuffer, "sluice.test", "h2");
                    default -> throw new IllegalArgumentException("protocol: " + protocol + " (expected: H2 or H2C)");
                });
    }

    /** From now on each byte is sent by itself. */
    public RawH2Client byteByByte() {
        byteByByte = true;
        return this;
    }

    /**
     * Sends a HEADERS frame.
     *
     * @param last whether it ends the stream
     * @param namesAndValues ISO-8859-1, names and values in turn, exactly as they shall be on the wire
     */
    public RawH2Client headers(int stream, boolean last, String... namesAndValues) throws IOException {
        return frame(HEADERS, END_HEADERS | (last ? END_STREAM : 0), stream, block(namesAndValues));
    }

    /** The bytes of a header section. */
    public static byte[] block(String... namesAndValues) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            block.write(0); // Literal, not indexed, new name (RFC 7541 §6.2.2).
            literal(block, namesAndValues[i]);
            literal(block, namesAndValues[i + 1]);
        }
        return block.toByteArray();
    }

    private static void literal(ByteArrayOutputStream block, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        if (bytes.length > 126) throw new IllegalArgumentException("length: " + bytes.length + " (expected: <= 126)");
        block.write(bytes.length); // Below 127 and without Huffman it is one byte (RFC 7541 §5.1).
        block.writeBytes(bytes);
    }

    /** Sends a DATA frame; ISO-8859-1. */
    public RawH2Client data(int stream, boolean last, String content) throws IOException {
        return frame(DATA, last ? END_STREAM : 0, stream, content.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Sends any frame. */
    public RawH2Client frame(int type, int flags, int stream, byte... payload) throws IOException {
        return send(encode(type, flags, stream, payload));
    }

    /** Sends bytes as they are, such as many {@link #encode encoded} frames at once. */
    public RawH2Client send(byte[] bytes) throws IOException {
        if (!byteByByte) connection.send(bytes);
        else for (byte b : bytes) connection.send(new byte[] {b});
        return this;
    }

    /** The bytes of a frame (RFC 9113 §4.1). */
    public static byte[] encode(int type, int flags, int stream, byte... payload) {
        ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
        frame.put((byte) (payload.length >> 16)).putShort((short) payload.length);
        frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
        return frame.array();
    }

    /**
     * Waits for what becomes of a stream: {@code 200} or another final status, {@code reset 1} with the error code, or
     * {@code closed} when the connection ended.
     */
    public String outcome(int stream) throws IOException {
        try {
            while (true) {
                ByteBuffer head = ByteBuffer.wrap(connection.readBytes(9));
                int length = (head.get() & 0xff) << 16 | head.getShort() & 0xffff;
                int type = head.get();
                int flags = head.get();
                int id = head.getInt();
                ByteBuffer payload = ByteBuffer.wrap(connection.readBytes(length));
                if (type == SETTINGS && (flags & ACK) == 0) frame(SETTINGS, ACK, 0);
                if (type == GOAWAY) return "closed";
                if (type == RST_STREAM && id == stream) return "reset " + payload.getInt();
                if (type == HEADERS && hpack.decode(payload) instanceof MetaData.Response response) {
                    if (id == stream && response.getStatus() >= 200) return Integer.toString(response.getStatus());
                }
            }
        } catch (EOFException | SocketException e) {
            return "closed";
        } catch (HpackException e) {
            throw new IOException(e);
        }
    }

    /**
     * Reads until the connection ends, and returns the error code of its GOAWAY; -1 when there was none.
     */
    public int awaitGoAway() throws IOException {
        try {
            while (true) {
                ByteBuffer head = ByteBuffer.wrap(connection.readBytes(9));
                int length = (head.get() & 0xff) << 16 | head.getShort() & 0xffff;
                int type = head.get();
                ByteBuffer payload = ByteBuffer.wrap(connection.readBytes(length));
                if (type == GOAWAY) return payload.getInt(4);
            }
        } catch (EOFException | SocketException e) {
            return -1;
        }
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
