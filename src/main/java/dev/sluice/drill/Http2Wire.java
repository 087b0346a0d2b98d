package dev.sluice.drill;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.hpack.HpackDecoder;
import org.eclipse.jetty.http2.hpack.HpackEncoder;
import org.eclipse.jetty.http2.hpack.HpackException;
import org.jspecify.annotations.Nullable;

/**
 * A connection of HTTP/2, frame by frame (RFC 9113), with Jetty's HPACK. What is sent and what was read before it have one
 * order: no stream is opened after a GOAWAY was read, and no PING is answered before a head that was sent earlier. Of a
 * client that queues its frames neither can be said, and it is what decides whether a request was lost or sent too late.
 *
 * <p>One thread reads; any number write. Writing blocks while the other end does not read.
 */
final class Http2Wire implements Closeable {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int CONTINUATION = 9;

    private static final int END_STREAM = 0x1;
    private static final int ACK = 0x1;
    private static final int END_HEADERS = 0x4;
    private static final int PADDED = 0x8;
    private static final int PRIORITY = 0x20;

    private static final int ENABLE_PUSH = 2;
    private static final int INITIAL_WINDOW = 4;
    private static final int USUAL_WINDOW = 65_535;
    private static final int OWN_WINDOW = 16 << 20;
    private static final int LARGEST_FRAME = 16_384;
    private static final int LARGEST_HEAD = 64 << 10;

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private final long patience;
    private final HpackDecoder decoder = new HpackDecoder(LARGEST_HEAD, System::nanoTime);
    private final Map<Integer, Http2Exchange> streams = new ConcurrentHashMap<>();

    /** Guards all below, and the order of what is written. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition windowsGrew = lock.newCondition();
    private final HpackEncoder encoder = new HpackEncoder();
    private final Map<Integer, Long> windows = new ConcurrentHashMap<>();
    private long window = USUAL_WINDOW;
    private int initialWindow = USUAL_WINDOW;
    private int nextStream = 1;
    private volatile boolean announced;
    private volatile boolean closed;

    private Http2Wire(Socket socket, long patience) throws IOException {
        this.socket = socket;
        this.patience = patience;
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        out = new BufferedOutputStream(socket.getOutputStream());
    }

    /**
     * Connects; over TLS HTTP/2 is agreed on by ALPN.
     *
     * @param sent learns how far that comes
     * @throws Client.NotConnected when there is no connection
     * @throws IOException when there was one
     */
    static Http2Wire open(Ground ground, Lane lane, Sent sent) throws IOException {
        Socket socket = Wire.connected(ground, lane, sent, "h2");
        Http2Wire wire = new Http2Wire(socket, ground.pace().patience().toMillis());
        try {
            wire.begin();
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        Thread reader = new Thread(wire::read, "drill-reader-" + lane.index());
        reader.setDaemon(true);
        reader.start();
        return wire;
    }

    private void begin() throws IOException {
        out.write(PREFACE);
        ByteBuffer settings = ByteBuffer.allocate(12);
        settings.putShort((short) ENABLE_PUSH).putInt(0);
        settings.putShort((short) INITIAL_WINDOW).putInt(OWN_WINDOW);
        frame(SETTINGS, 0, 0, settings.array());
        frame(WINDOW_UPDATE, 0, 0, number(Integer.MAX_VALUE - USUAL_WINDOW));
        out.flush();
    }

    /** Whether a GOAWAY came. */
    boolean isAnnounced() {
        return announced;
    }

    /** Whether no stream can be opened any more. */
    boolean isOver() {
        return announced || closed;
    }

    /**
     * Opens a stream.
     *
     * @return its number; 0 when the connection was announced to end, or had ended, and nothing was sent
     * @throws IOException when it broke in that moment
     */
    int send(MetaData.Request head, boolean last, Http2Exchange exchange) throws IOException {
        lock.lock();
        try {
            if (isOver()) return 0;
            int stream = nextStream;
            nextStream += 2;
            streams.put(stream, exchange);
            windows.put(stream, (long) initialWindow);
            ByteBuffer block = ByteBuffer.allocate(LARGEST_FRAME);
            encoder.encode(block, head);
            byte[] bytes = new byte[block.flip().remaining()];
            block.get(bytes);
            frame(HEADERS, END_HEADERS | (last ? END_STREAM : 0), stream, bytes);
            out.flush();
            return stream;
        } catch (HpackException e) {
            throw new IOException("a head that cannot be sent: " + e.getMessage(), e);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sends a piece of a body, as far as the other end's windows allow, for which it waits.
     *
     * @param bytes at most 16,384
     * @return false when the stream has ended meanwhile
     */
    boolean send(int stream, byte[] bytes, boolean last) throws IOException, InterruptedException {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(patience);
            while (streams.containsKey(stream)
                    && !closed
                    && Math.min(window, windows.getOrDefault(stream, 0L)) < bytes.length) {
                if (left <= 0) throw new SocketTimeoutException("the body was not taken for too long");
                left = windowsGrew.awaitNanos(left);
            }
            if (closed || !streams.containsKey(stream)) return false;
            window -= bytes.length;
            windows.merge(stream, (long) -bytes.length, Long::sum);
            frame(DATA, last ? END_STREAM : 0, stream, bytes);
            out.flush();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** With the lock held. */
    private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(9);
        head.putInt(payload.length << 8 | type).put((byte) flags).putInt(stream);
        out.write(head.array());
        out.write(payload);
    }

    private void write(int type, int flags, int stream, byte[] payload) throws IOException {
        lock.lock();
        try {
            frame(type, flags, stream, payload);
            out.flush();
        } finally {
            lock.unlock();
        }
    }

    private static byte[] number(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    private void read() {
        String end = "closed";
        try {
            while (!closed) readFrame();
        } catch (SocketTimeoutException e) {
            end = "nothing came for too long";
        } catch (IOException | HpackException | IllegalArgumentException e) {
            end = Client.describe(e);
        }
        close();
        for (int stream : List.copyOf(streams.keySet())) broken(stream, end);
    }

    private void readFrame() throws IOException, HpackException {
        int first = in.read();
        if (first < 0) throw new EOFException("closed");
        int length = first << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt() & Integer.MAX_VALUE;
        if (length > LARGEST_FRAME) throw new IOException("a frame of " + length + " bytes");
        byte[] payload = new byte[length];
        in.readFully(payload);
        switch (type) {
            case DATA -> data(stream, flags, unpadded(flags, payload), length);
            case HEADERS -> head(stream, flags, payload);
            case RST_STREAM ->
                broken(stream, "RST_STREAM " + name(ByteBuffer.wrap(payload).getInt()));
            case SETTINGS -> settings(flags, ByteBuffer.wrap(payload));
            case PING -> {
                if ((flags & ACK) == 0) write(PING, ACK, 0, payload);
            }
            case GOAWAY -> goAway(ByteBuffer.wrap(payload));
            case WINDOW_UPDATE -> grow(stream, ByteBuffer.wrap(payload).getInt() & Integer.MAX_VALUE);
            default -> {
                // Of others nothing is to be done; PUSH_PROMISE was declined.
            }
        }
    }

    private static String name(int code) {
        return ErrorCode.toString(code, "with code " + code);
    }

    private static ByteBuffer unpadded(int flags, byte[] payload) {
        if ((flags & PADDED) == 0) return ByteBuffer.wrap(payload);
        int padding = payload[0] & 0xFF;
        return ByteBuffer.wrap(payload, 1, payload.length - 1 - padding);
    }

    /** @param length that counts against the window */
    private void data(int stream, int flags, ByteBuffer content, int length) throws IOException {
        Http2Exchange exchange = streams.get(stream);
        boolean last = (flags & END_STREAM) != 0;
        if (exchange != null) {
            exchange.took(content.remaining());
            if (exchange.untold(length) >= OWN_WINDOW / 2) {
                int told = exchange.tell();
                if (!last) write(WINDOW_UPDATE, 0, stream, number(told));
                write(WINDOW_UPDATE, 0, 0, number(told));
            }
        }
        if (last) ended(stream);
    }

    private void head(int stream, int flags, byte[] payload) throws IOException, HpackException {
        ByteBuffer block = unpadded(flags, payload);
        if ((flags & PRIORITY) != 0) block.position(block.position() + 5);
        byte[] all = new byte[block.remaining()];
        block.get(all);
        for (int more = flags; (more & END_HEADERS) == 0; ) {
            int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
            int type = in.readUnsignedByte();
            more = in.readUnsignedByte();
            in.readInt();
            if (type != CONTINUATION || all.length + length > LARGEST_HEAD) throw new IOException("a head without end");
            int at = all.length;
            all = Arrays.copyOf(all, at + length);
            in.readFully(all, at, length);
        }
        // In any case, or what follows could not be read.
        MetaData metaData = decoder.decode(ByteBuffer.wrap(all));
        Http2Exchange exchange = streams.get(stream);
        if (exchange != null && metaData instanceof MetaData.Response response) exchange.headed(response);
        if ((flags & END_STREAM) != 0) ended(stream);
    }

    private void settings(int flags, ByteBuffer payload) throws IOException {
        if ((flags & ACK) != 0) return;
        lock.lock();
        try {
            while (payload.remaining() >= 6) {
                int name = payload.getShort();
                int value = payload.getInt();
                if (name != INITIAL_WINDOW) continue;
                long more = (long) value - initialWindow;
                windows.replaceAll((stream, size) -> size + more);
                initialWindow = value;
            }
            windowsGrew.signalAll();
            frame(SETTINGS, ACK, 0, new byte[0]);
            out.flush();
        } finally {
            lock.unlock();
        }
    }

    private void grow(int stream, int by) {
        lock.lock();
        try {
            if (stream == 0) window += by;
            else windows.computeIfPresent(stream, (id, size) -> size + by);
            windowsGrew.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** RFC 9113 §6.8. */
    private void goAway(ByteBuffer payload) {
        int last = payload.getInt() & Integer.MAX_VALUE;
        lock.lock();
        try {
            announced = true;
        } finally {
            lock.unlock();
        }
        for (int stream : List.copyOf(streams.keySet()))
            if (stream > last) broken(stream, "GOAWAY said that it was not taken, though it was sent before that came");
    }

    private void ended(int stream) {
        Http2Exchange exchange = forget(stream);
        if (exchange != null) exchange.ended(announced);
    }

    private void broken(int stream, String how) {
        Http2Exchange exchange = forget(stream);
        if (exchange != null) exchange.broken(how);
    }

    private @Nullable Http2Exchange forget(int stream) {
        lock.lock();
        try {
            windows.remove(stream);
            windowsGrew.signalAll();
            return streams.remove(stream);
        } finally {
            lock.unlock();
        }
    }

    /** At once. What is under way breaks. */
    @Override
    public void close() {
        closed = true;
        try {
            socket.close();
        } catch (IOException e) {
            // A connection that is broken is closed all the same.
            return;
        }
    }
}
