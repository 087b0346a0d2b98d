package dev.sluice.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 connection, by ALPN or by prior knowledge, on which a test opens streams. Flow control is real: a stream
 * that the test does not read stalls after {@link #STREAM_WINDOW} bytes while the others go on.
 */
public final class H2Client implements TestClient {
    /** The window of each stream, in bytes. */
    public static final int STREAM_WINDOW = 65_535;

    private final HTTP2Client client;
    private final Session session;
    private final String scheme;
    private final CompletableFuture<GoAwayFrame> goAway = new CompletableFuture<>();
    private final CompletableFuture<@Nullable Void> closed = new CompletableFuture<>();

    private H2Client(int port, boolean secure) throws IOException {
        this.scheme = secure ? "https" : "http";
        this.client = start(secure);
        SocketAddress address = new InetSocketAddress("127.0.0.1", port);
        Session.Listener listener = new Listener();
        SslContextFactory.Client tls = client.getClientConnector().getSslContextFactory();
        this.session = await(secure ? client.connect(tls, address, listener) : client.connect(address, listener));
    }

    /** Over TLS to 127.0.0.1, trusting anyone. */
    public static H2Client tls(int port) throws IOException {
        return new H2Client(port, true);
    }

    /** Over plain TCP to 127.0.0.1. */
    public static H2Client plain(int port) throws IOException {
        return new H2Client(port, false);
    }

    private static HTTP2Client start(boolean secure) throws IOException {
        ClientConnector connector = new ClientConnector();
        connector.setSelectors(1);
        if (secure) {
            SslContextFactory.Client tls = new SslContextFactory.Client(true);
            tls.setEndpointIdentificationAlgorithm(null);
            connector.setSslContextFactory(tls);
        }
        HTTP2Client client = new HTTP2Client(connector);
        client.setInitialStreamRecvWindow(STREAM_WINDOW);
        client.setInitialSessionRecvWindow(64 << 20);
        try {
            client.start();
        } catch (Exception e) {
            throw new IOException("HTTP/2 client did not start", e);
        }
        return client;
    }

    @Override
    public H2Exchange open(TestRequest request) throws IOException {
        boolean body = request.hasBody();
        byte[] whole = request.body();
        boolean endsWithHead = !body
                || (whole != null && whole.length == 0 && request.trailers().isEmpty());
        H2Exchange exchange = new H2Exchange();
        HeadersFrame head = new HeadersFrame(metaData(request), null, endsWithHead);
        Stream stream = await(session.newStream(head, exchange));
        exchange.opened(stream);
        if (!endsWithHead && whole != null) {
            boolean endsWithData = request.trailers().isEmpty();
            exchange.send(new DataFrame(stream.getId(), ByteBuffer.wrap(whole), endsWithData));
            if (!endsWithData) exchange.end(request.trailers());
        }
        return exchange;
    }

    private MetaData.Request metaData(TestRequest request) {
        HttpFields.Mutable fields = fields(request.fields());
        byte[] whole = request.body();
        long length = !request.sized() ? -1 : whole != null ? whole.length : request.length();
        if (length >= 0) fields.put("content-length", Long.toString(length));
        String target = request.target();
        int query = target.indexOf('?');
        String authority = request.authority();
        int colon = authority.lastIndexOf(':');
        // Not HttpURI.build(): that one would parse, and perhaps mend, what shall go out as it is.
        HttpURI uri = HttpURI.from(
                scheme,
                colon < 0 ? authority : authority.substring(0, colon),
                colon < 0 ? -1 : Integer.parseInt(authority.substring(colon + 1)),
                query < 0 ? target : target.substring(0, query),
                query < 0 ? null : target.substring(query + 1),
                null);
        return new MetaData.Request(request.method(), uri, HttpVersion.HTTP_2, fields, -1);
    }

    static HttpFields.Mutable fields(List<Field> lines) {
        HttpFields.Mutable fields = HttpFields.build();
        for (Field line : lines) fields.add(line.name(), line.value());
        return fields;
    }

    /** Waits for the server's first GOAWAY. */
    public GoAwayFrame awaitGoAway() throws IOException {
        return await(goAway);
    }

    /** Waits until the connection has ended. */
    public void awaitClosed() throws IOException {
        await(closed);
    }

    /** The Jetty session, for what this class does not cover. */
    public Session session() {
        return session;
    }

    static <T extends @Nullable Object> T await(CompletableFuture<T> future) throws IOException {
        try {
            return future.get(Gate.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException(String.valueOf(e.getCause()), e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("nothing within " + Gate.TIMEOUT, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            client.stop();
        } catch (Exception e) {
            throw new IOException("HTTP/2 client did not stop", e);
        }
    }

    private final class Listener implements Session.Listener {
        @Override
        public void onGoAway(Session from, GoAwayFrame frame) {
            goAway.complete(frame);
        }

        @Override
        public void onClose(Session from, GoAwayFrame frame, Callback callback) {
            goAway.complete(frame);
            closed.complete(null);
            callback.succeeded();
        }

        @Override
        public void onFailure(Session from, Throwable failure, Callback callback) {
            goAway.completeExceptionally(failure);
            closed.complete(null);
            callback.succeeded();
        }
    }
}
