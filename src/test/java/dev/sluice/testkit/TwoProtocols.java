package dev.sluice.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A backend that speaks HTTP/2 by prior knowledge and HTTP/1.1 on one port: it passes each connection on to one of two others,
 * by how it begins. Two threads for each, which end with it.
 */
public final class TwoProtocols implements AutoCloseable {
    /** How the preface of HTTP/2 begins (RFC 9113 §3.4), and no request of HTTP/1.1. */
    private static final String PREFACE = "PRI";

    private final ServerSocket server;
    private final URI http2;
    private final URI http11;
    private final Collection<Socket> sockets = new ConcurrentLinkedQueue<>();

    private TwoProtocols(URI http2, URI http11) {
        this.http2 = http2;
        this.http11 = http11;
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    /** On a free port of 127.0.0.1. */
    public static TwoProtocols over(URI http2, URI http11) {
        return new TwoProtocols(http2, http11);
    }

    public String url() {
        return "h2c://127.0.0.1:" + server.getLocalPort();
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "two-protocols");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                sockets.add(client);
                start(() -> serve(client));
            } catch (IOException e) {
                if (!server.isClosed()) throw new UncheckedIOException(e);
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            byte[] begin = client.getInputStream().readNBytes(PREFACE.length());
            URI to = new String(begin, StandardCharsets.US_ASCII).equals(PREFACE) ? http2 : http11;
            try (Socket origin = new Socket(to.getHost(), to.getPort())) {
                sockets.add(origin);
                origin.getOutputStream().write(begin);
                start(() -> pump(origin, client));
                pump(client, origin);
            }
        } catch (IOException e) {
            close(client);
        }
    }

    /** What ends one way ends both. */
    private static void pump(Socket from, Socket to) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            in.transferTo(to.getOutputStream());
        } catch (IOException e) {
            close(to);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        sockets.forEach(TwoProtocols::close);
    }
}
