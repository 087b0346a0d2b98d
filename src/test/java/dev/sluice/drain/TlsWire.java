package dev.sluice.drain;

import dev.sluice.testkit.Gate;
import dev.sluice.testkit.RawClient;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;

/** TLS record by record, because a TLS socket of Java does not tell a close_notify from an end without one. One thread. */
final class TlsWire implements AutoCloseable {
    /** How a connection was ended by the server. */
    enum End {
        CLOSE_NOTIFY,
        WITHOUT_A_WORD,
        RESET
    }

    private final Socket tcp;
    private final SSLEngine engine;
    private final ByteBuffer in = ByteBuffer.allocate(64 * 1024).flip();
    private final ByteArrayOutputStream plain = new ByteArrayOutputStream();

    private TlsWire(Socket tcp, String protocol) throws IOException {
        this.tcp = tcp;
        tcp.setSoTimeout((int) Gate.TIMEOUT.toMillis());
        engine = RawClient.trusting().createSSLEngine("sluice.test", tcp.getPort());
        engine.setUseClientMode(true);
        var parameters = engine.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {protocol});
        engine.setSSLParameters(parameters);
        engine.beginHandshake();
    }

    /** Connected by TCP, and nothing of the handshake sent. */
    static TlsWire connect(int port, String protocol) throws IOException {
        return new TlsWire(new Socket(InetAddress.getByName("127.0.0.1"), port), protocol);
    }

    /** The first flight of the handshake, to be sent by {@link #sendRaw}. */
    byte[] hello() throws IOException {
        return wrap(ByteBuffer.allocate(0));
    }

    void sendRaw(byte[] bytes, int from, int length) throws IOException {
        tcp.getOutputStream().write(bytes, from, length);
    }

    /** What a text becomes on the wire, to be sent by {@link #sendRaw}; ISO-8859-1. */
    byte[] record(String text) throws IOException {
        return wrap(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    /** Does what is left of the handshake. */
    TlsWire shakeHands() throws IOException {
        while (true) {
            HandshakeStatus status = engine.getHandshakeStatus();
            switch (status) {
                case NEED_TASK -> engine.getDelegatedTask().run();
                case NEED_WRAP -> tcp.getOutputStream().write(wrap(ByteBuffer.allocate(0)));
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    if (!unwrap()) throw new EOFException("closed in the handshake");
                }
                default -> {
                    return this;
                }
            }
        }
    }

    TlsWire send(byte[] bytes) throws IOException {
        tcp.getOutputStream().write(wrap(ByteBuffer.wrap(bytes)));
        return this;
    }

    TlsWire send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Reads until this has come; ISO-8859-1. */
    String readUntil(String wanted) throws IOException {
        while (!text().contains(wanted)) if (!unwrap()) throw new EOFException("only " + text());
        return text();
    }

    /** All that has come so far. */
    String text() {
        return plain.toString(StandardCharsets.ISO_8859_1);
    }

    /** Reads to the end. */
    End awaitEnd() throws IOException {
        try {
            while (unwrap()) continue;
            return engine.isInboundDone() ? End.CLOSE_NOTIFY : End.WITHOUT_A_WORD;
        } catch (SocketException e) {
            return End.RESET;
        }
    }

    private byte[] wrap(ByteBuffer bytes) throws IOException {
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        do {
            ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            engine.wrap(bytes, out);
            records.write(out.array(), 0, out.position());
            for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) task.run();
        } while (bytes.hasRemaining());
        return records.toByteArray();
    }

    /** @return false at the end, announced or not */
    private boolean unwrap() throws IOException {
        ByteBuffer out = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
        while (true) {
            Status status = engine.unwrap(in, out).getStatus();
            plain.write(out.array(), 0, out.position());
            if (status == Status.CLOSED) return false;
            if (status == Status.OK) return true;
            if (status == Status.BUFFER_OVERFLOW)
                throw new IOException("buffer of " + out.capacity() + " is too small");
            in.compact();
            int n = tcp.getInputStream().read(in.array(), in.position(), in.remaining());
            if (n > 0) in.position(in.position() + n);
            in.flip();
            if (n < 0) return false;
        }
    }

    @Override
    public void close() throws IOException {
        tcp.close();
    }
}
