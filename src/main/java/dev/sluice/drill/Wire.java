package dev.sluice.drill;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A connection that HTTP/1.1 is spoken on, byte by byte: nothing is repeated, and how it ends is seen as it is. Every read
 * ends with a {@link SocketTimeoutException} when nothing comes for the patience of the drill. To be used by one thread.
 */
final class Wire implements Closeable {
    private static final int LONGEST_HEAD = 64 << 10;
    private static final int BUFFER = 16 << 10;

    private final Socket socket;
    private final PushbackInputStream in;
    private final OutputStream out;
    private final int patience;

    private Wire(Socket socket, int patience) throws IOException {
        this.socket = socket;
        this.patience = patience;
        socket.setSoTimeout(patience);
        in = new PushbackInputStream(new BufferedInputStream(socket.getInputStream(), BUFFER), 1);
        out = new BufferedOutputStream(socket.getOutputStream(), BUFFER);
    }

    /**
     * Connects, and shakes hands where TLS is spoken.
     *
     * @param sent learns how far that comes
     * @throws Client.NotConnected when there is no connection
     * @throws IOException when there was one
     */
    static Wire open(Ground ground, Lane lane, Sent sent) throws IOException {
        int patience = (int) ground.pace().patience().toMillis();
        return new Wire(connected(ground, lane, sent, "http/1.1"), patience);
    }

    /**
     * A socket, as {@link #open} has it.
     *
     * @param protocol to be agreed on by ALPN (RFC 7301) where TLS is spoken
     */
    static Socket connected(Ground ground, Lane lane, Sent sent, String protocol) throws IOException {
        int patience = (int) ground.pace().patience().toMillis();
        Socket socket = connect(ground.port(lane), patience);
        sent.connected();
        try {
            socket.setSoTimeout(patience);
            if (!lane.secure()) return socket;
            sent.phase(Phase.HANDSHAKE);
            SSLSocket secure = (SSLSocket)
                    ground.tls().getSocketFactory().createSocket(socket, "127.0.0.1", socket.getPort(), true);
            SSLParameters parameters = secure.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {protocol});
            secure.setSSLParameters(parameters);
            secure.startHandshake();
            if (!protocol.equals(secure.getApplicationProtocol()))
                throw new IOException("ALPN: " + secure.getApplicationProtocol() + " (expected: " + protocol + ")");
            sent.phase(Phase.SENDING);
            return secure;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static Socket connect(int port, int patience) throws IOException {
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), patience);
            // Where nobody listens any more the kernel may connect a socket with itself.
            if (socket.getLocalPort() == port) throw new ConnectException("Connection refused");
            return socket;
        } catch (IOException e) {
            socket.close();
            throw new Client.NotConnected(e);
        }
    }

    /** Whether the other end has closed, as far as it is known by now. */
    boolean isEnded() {
        try {
            int next = peek(1);
            return next < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /**
     * Waits for the next byte and leaves it there.
     *
     * @return below 0 at the end
     * @throws SocketTimeoutException when none has come in that time
     */
    int peek(int millis) throws IOException {
        socket.setSoTimeout(Math.max(1, millis));
        try {
            int next = in.read();
            if (next >= 0) in.unread(next);
            return next;
        } finally {
            socket.setSoTimeout(patience);
        }
    }

    /** Of what was there to be read. */
    int read() throws IOException {
        int next = in.read();
        if (next < 0) throw new EOFException("closed");
        return next;
    }

    byte[] read(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) throw new EOFException("closed");
        return bytes;
    }

    void write(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    /** The last word on a connection that is over, where nobody may be left to hear it. */
    void tryToWrite(byte[] bytes) {
        try {
            write(bytes);
        } catch (IOException e) {
            close();
        }
    }

    /** @param lines of fields, each with its line end */
    void head(String method, String target, String lines) throws IOException {
        String head =
                method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + socket.getPort() + "\r\n" + lines + "\r\n";
        write(head.getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * The answer to a request that was sent. Interim ones are passed over.
     *
     * @param sent learns how far it has come
     * @throws IOException when it did not come whole
     */
    Answer answer(String method, Sent sent) throws IOException {
        sent.phase(Phase.WAITING);
        while (true) {
            String line = line(true);
            sent.phase(Phase.RECEIVING);
            if (!line.matches("HTTP/1\\.[01] [1-9][0-9][0-9].*"))
                throw new IOException("no answer of HTTP/1.1: " + line);
            int status = Integer.parseInt(line.substring(9, 12));
            Map<String, String> fields = fields();
            if (status >= 100 && status < 200 && status != 101) continue;
            return new Answer(status, fields, body(method, status, fields, sent), closes(line, fields));
        }
    }

    private static boolean closes(String line, Map<String, String> fields) {
        String connection = fields.getOrDefault("connection", "").toLowerCase(Locale.ROOT);
        boolean delimited = fields.containsKey("content-length") || fields.containsKey("transfer-encoding");
        int status = Integer.parseInt(line.substring(9, 12));
        boolean bodiless = status == 204 || status == 304 || status == 101;
        return connection.contains("close") || line.startsWith("HTTP/1.0") || !(delimited || bodiless);
    }

    private Map<String, String> fields() throws IOException {
        Map<String, String> fields = new HashMap<>();
        int length = 0;
        for (String line = line(false); !line.isEmpty(); line = line(false)) {
            length += line.length();
            if (length > LONGEST_HEAD) throw new IOException("a head of more than " + LONGEST_HEAD + " bytes");
            int colon = line.indexOf(':');
            if (colon > 0)
                fields.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).trim());
        }
        return fields;
    }

    private long body(String method, int status, Map<String, String> fields, Sent sent) throws IOException {
        if (method.equals("HEAD") || status == 101 || status == 204 || status == 304) return 0;
        if (fields.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) return chunks(sent);
        @Nullable String length = fields.get("content-length");
        if (length != null) return skip(Long.parseLong(length), 0, sent);
        long all = 0;
        while (true) {
            byte[] some = in.readNBytes(BUFFER);
            if (some.length == 0) return all;
            all += some.length;
            sent.received(all);
        }
    }

    private long chunks(Sent sent) throws IOException {
        long all = 0;
        while (true) {
            String size = line(false).split(";", 2)[0].trim();
            long length;
            try {
                length = Long.parseLong(size, 16);
            } catch (NumberFormatException e) {
                throw new IOException("a chunk of size " + size, e);
            }
            if (length == 0) break;
            all = skip(length, all, sent);
            line(false);
        }
        while (!line(false).isEmpty()) continue; // Trailers.
        return all;
    }

    private long skip(long length, long before, Sent sent) throws IOException {
        byte[] buffer = new byte[(int) Math.min(BUFFER, Math.max(1, length))];
        long got = 0;
        while (got < length) {
            int n = in.read(buffer, 0, (int) Math.min(buffer.length, length - got));
            if (n < 0) throw new EOFException("closed after " + (before + got) + " bytes of the body");
            got += n;
            sent.received(before + got);
        }
        return before + got;
    }

    /** @param first whether nothing of the answer has come */
    private String line(boolean first) throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            int next = in.read();
            if (next < 0)
                throw new EOFException(
                        first && line.isEmpty() ? "closed without an answer" : "closed in the middle of the answer");
            if (next == '\n') break;
            line.append((char) next);
            if (line.length() > LONGEST_HEAD) throw new IOException("a line of more than " + LONGEST_HEAD + " bytes");
        }
        int end = line.length();
        return end > 0 && line.charAt(end - 1) == '\r' ? line.substring(0, end - 1) : line.toString();
    }

    /** At once, whatever is under way. */
    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // A connection that is broken is closed all the same.
            return;
        }
    }
}
