package dev.sluice.listener;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * Whether a listener answers: a request that this process sends to itself. It does not come by the listener's port, because
 * as long as another process has that too the kernel may give the connection to the other one. It comes by a port that is
 * opened for it alone, and is handed to the listener as if that had accepted it; from there on, all is as for clients: the
 * PROXY protocol, TLS, and the way to the proxy, which answers by itself. No backend is asked.
 */
final class OwnRequest {
    /** For each step. A process that is just starting loads its classes meanwhile. */
    private static final int PATIENCE_MILLIS = 10_000;

    private static final int LONGEST_LINE = 256;

    /** Answered by the first proxy (RFC 9110 §7.6.2). */
    private static final byte[] REQUEST = ascii(
            "OPTIONS / HTTP/1.1\r\nHost: localhost\r\nMax-Forwards: 0\r\nUser-Agent: sluice\r\nConnection: close\r\n\r\n");

    private static final byte[] FROM_ITSELF = ascii("PROXY UNKNOWN\r\n");

    private OwnRequest() {}

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Sends it, and blocks until there is an answer. TLS that asks clients for certificates or for a name is not tried.
     *
     * @param connector started
     * @throws IOException why there is none
     */
    static void over(ListenerConnector connector) throws IOException {
        SslConnectionFactory tls = connector.getConnectionFactory(SslConnectionFactory.class);
        if (tls != null && isChoosy(tls.getSslContextFactory())) return;
        try (ServerSocketChannel door = ServerSocketChannel.open();
                Socket client = new Socket()) {
            door.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            client.setSoTimeout(PATIENCE_MILLIS);
            client.connect(door.getLocalAddress(), PATIENCE_MILLIS);
            connector.serve(accept(door, client));
            if (ProxyProtocol.isExpected(connector, client.getLocalAddress()))
                client.getOutputStream().write(FROM_ITSELF);
            ask(tls == null ? client : secure(client));
        }
    }

    private static boolean isChoosy(SslContextFactory.Server tls) {
        return tls.getNeedClientAuth() || tls.isSniRequired();
    }

    /** Any program of the machine could come through the door. */
    private static SocketChannel accept(ServerSocketChannel door, Socket client) throws IOException {
        while (true) {
            SocketChannel accepted = door.accept();
            if (client.getLocalSocketAddress().equals(accepted.getRemoteAddress())) return accepted;
            accepted.close();
        }
    }

    private static void ask(Socket client) throws IOException {
        client.getOutputStream().write(REQUEST);
        String line = firstLine(client.getInputStream());
        if (!line.matches("HTTP/1\\.1 [234]\\d\\d.*")) throw new IOException(line + " (expected: 204)");
    }

    private static String firstLine(InputStream answer) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = answer.read(); next != '\n'; next = answer.read()) {
            if (next < 0) throw new EOFException("closed the connection");
            if (line.length() == LONGEST_LINE) throw new IOException(line + "... (expected: a status line)");
            line.append((char) next);
        }
        return line.toString().trim();
    }

    /** Whatever the certificate: it is ours. */
    private static SSLSocket secure(Socket client) throws IOException {
        try {
            SSLContext trusting = SSLContext.getInstance("TLS");
            trusting.init(null, SslContextFactory.TRUST_ALL_CERTS, null);
            SSLSocket socket =
                    (SSLSocket) trusting.getSocketFactory().createSocket(client, "localhost", client.getPort(), true);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"http/1.1"});
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return socket;
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }
}
