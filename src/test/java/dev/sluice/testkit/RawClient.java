package dev.sluice.testkit;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.x connection under full control: exact bytes out, exact bytes in. One thread at a time may read, one may
 * write. Every read ends after {@link Gate#TIMEOUT} with a {@link java.net.SocketTimeoutException}.
 */
public final class RawClient implements AutoCloseable {
    private final Socket tcp;
    private final Socket socket;
    private final WireReader reader;
    private final OutputStream out;

    private RawClient(Socket tcp, Socket socket) throws IOException {
        this.tcp = tcp;
        this.socket = socket;
        socket.setSoTimeout((int) Gate.TIMEOUT.toMillis());
        this.reader = new WireReader(socket.getInputStream());
        this.out = socket.getOutputStream();
    }

    /** Plain TCP to 127.0.0.1. */
    public static RawClient plain(int port) throws IOException {
        return plain(port, 0);
    }

    /** Plain TCP with this SO_RCVBUF in bytes, 0 for the default: a small one makes a slow reader felt early. */
    public static RawClient plain(int port, int receiveBuffer) throws IOException {
        Socket tcp = tcp(port, receiveBuffer);
        return new RawClient(tcp, tcp);
    }

    /** TLS that trusts anyone and offers http/1.1 by ALPN. */
    public static RawClient tls(int port) throws IOException {
        return tls(port, 0, "sluice.test", "http/1.1");
    }

    /** TLS that trusts anyone, with this SNI name and these ALPN protocols. */
    public static RawClient tls(int port, int receiveBuffer, String serverName, String... protocols)
            throws IOException {
        return tlsOver(tcp(port, receiveBuffer), port, serverName, protocols);
    }

    private static RawClient tlsOver(Socket tcp, int port, String serverName, String... protocols) throws IOException {
        SSLSocket tls = (SSLSocket) trusting().getSocketFactory().createSocket(tcp, serverName, port, true);
        var parameters = tls.getSSLParameters();
        parameters.setApplicationProtocols(protocols);
        tls.setSSLParameters(parameters);
        tls.setSoTimeout((int) Gate.TIMEOUT.toMillis());
        tls.startHandshake();
        return new RawClient(tcp, tls);
    }

    /** TLS on a plain connection that nothing was read from, with these ALPN protocols; this one is not to be used any more. */
    public RawClient secure(String... protocols) throws IOException {
        return tlsOver(tcp, tcp.getPort(), "sluice.test", protocols);
    }

    /** Plain TCP that begins with these bytes, and TLS behind them when protocols for ALPN are named. */
    public static RawClient announced(int port, byte[] beginning, String... protocols) throws IOException {
        Socket tcp = tcp(port, 0);
        tcp.getOutputStream().write(beginning);
        return protocols.length == 0 ? new RawClient(tcp, tcp) : tlsOver(tcp, port, "sluice.test", protocols);
    }

    private static Socket tcp(int port, int receiveBuffer) throws IOException {
        Socket tcp = new Socket();
        if (receiveBuffer > 0) tcp.setReceiveBufferSize(receiveBuffer);
        tcp.setTcpNoDelay(true);
        tcp.connect(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), (int) Gate.TIMEOUT.toMillis());
        return tcp;
    }

    /** A context that trusts every certificate, whatever its name; with one of its own to show, if need be. */
    public static SSLContext trusting(KeyManager... own) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(own, new TrustManager[] {new TrustAnyone()}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    // Writing

    /** Sends ISO-8859-1 text as it is. */
    public RawClient send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Sends bytes as they are. */
    public RawClient send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
        return this;
    }

    /** Sends this many bytes of the repeating pattern without holding them. */
    public BodySum sendPattern(long size) throws IOException {
        BodySum sum = BodySum.writePattern(out, size);
        out.flush();
        return sum;
    }

    /** Says that nothing more will be sent, and goes on reading. */
    public void halfClose() throws IOException {
        socket.shutdownOutput();
    }

    /** Ends the connection with RST. */
    public void reset() throws IOException {
        tcp.setSoLinger(true, 0);
        tcp.close();
    }

    // Reading

    /** The next head, interim or final. @throws EOFException when the peer closed before it */
    public TestHead readHead() throws IOException {
        String line = reader.readLine();
        if (line == null) throw new EOFException("closed (expected: a response)");
        String[] parts = line.split(" ", 3);
        if (!parts[0].startsWith("HTTP/") || parts.length < 2) {
            throw new IOException("status line: \"" + line + "\" (expected: HTTP/1.x)");
        }
        return new TestHead(
                parts[0], Integer.parseInt(parts[1]), parts.length > 2 ? parts[2] : "", reader.readFields());
    }

    /** The body that belongs to a head. */
    public BodyReader body(String requestMethod, TestHead head) {
        return BodyReader.ofResponse(reader, requestMethod, head.status(), head.fields());
    }

    /** One whole response to a request with this method, interims before it included. */
    public TestResponse readResponse(String requestMethod) throws IOException {
        List<TestHead> interims = new ArrayList<>();
        TestHead head = readHead();
        while (head.status() < 200 && head.status() != 101) {
            interims.add(head);
            head = readHead();
        }
        return readRest(head, body(requestMethod, head), interims, new byte[0]);
    }

    /** The rest of a response whose head, and perhaps some body, were read already. */
    TestResponse readRest(TestHead head, BodyReader body, List<TestHead> interims, byte[] before) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(before);
        String failure = null;
        try {
            byte[] piece = new byte[8192];
            for (int n = body.read(piece); n >= 0; n = body.read(piece)) all.write(piece, 0, n);
        } catch (IOException e) {
            failure = e.toString();
        }
        return new TestResponse(head, all.toByteArray(), body.trailers(), List.copyOf(interims), failure);
    }

    /** One whole response to a GET. */
    public TestResponse readResponse() throws IOException {
        return readResponse("GET");
    }

    /** Waits until something has come, and does not read it. */
    public void awaitArrival() {
        Awaitility.await("an answer")
                .atMost(Gate.TIMEOUT)
                .until(() -> tcp.getInputStream().available() > 0);
    }

    /** Exactly {@code n} raw bytes. */
    public byte[] readBytes(int n) throws IOException {
        byte[] bytes = new byte[n];
        for (int got = 0; got < n; ) {
            int more = reader.read(bytes, got, n - got);
            if (more < 0) throw new EOFException("closed after " + got + " of " + n + " bytes");
            got += more;
        }
        return bytes;
    }

    /** Everything up to the end of the connection, FIN or RST. */
    public String readToEnd() throws IOException {
        StringBuilder text = new StringBuilder();
        try {
            for (int b = reader.read(); b >= 0; b = reader.read()) text.append((char) b);
        } catch (SocketException e) {
            // RST is an end too; what came before it is what counts here.
            return text.toString();
        }
        return text.toString();
    }

    /** Waits until the peer has closed; bytes before that are an error. */
    public void awaitClosed() throws IOException {
        String rest = readToEnd();
        if (!rest.isEmpty()) throw new IOException("received: \"" + rest + "\" (expected: the end)");
    }

    /** What ALPN chose, null on a plain connection. */
    public @Nullable String alpn() {
        return socket instanceof SSLSocket tls ? tls.getApplicationProtocol() : null;
    }

    public Socket socket() {
        return socket;
    }

    @Override
    public void close() throws IOException {
        socket.close();
        tcp.close();
    }

    /** The extended kind, or else the JDK checks names on its own. */
    private static final class TrustAnyone extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
