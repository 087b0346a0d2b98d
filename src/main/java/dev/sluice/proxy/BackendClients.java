package dev.sluice.proxy;

import dev.sluice.config.ServerConfig;
import dev.sluice.config.UpstreamConfig;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.Executor;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.MultiplexConnectionPool;
import org.eclipse.jetty.client.transport.HttpClientTransportDynamic;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.ClientConnectionFactory;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.eclipse.jetty.util.thread.Scheduler;

/** Makes Jetty's client fit for a proxy: it adds nothing, follows nothing, decodes nothing and remembers nothing. */
public final class BackendClients {
    /** Streams that a backend is taken to allow before it has said how many (RFC 9113 §6.5.2 asks for at least as many). */
    private static final int STREAMS_AT_FIRST = 100;

    /** What a backend may send of one answer before the client has taken it. */
    private static final int STREAM_WINDOW = 128 * 1024;

    /** The same of all answers of a connection: so much that {@value} / 128 KB stuck ones do not hold up the others. */
    private static final int CONNECTION_WINDOW = 32 * 1024 * 1024;

    private BackendClients() {}

    /** Not to be guessed where a backend may come to speak HTTP/1.1: the pool would take what it is told for true. */
    private static int streamsAtFirst(Destination to) {
        return to.getOrigin().getProtocol().getProtocols().contains("http/1.1") ? 1 : STREAMS_AT_FIRST;
    }

    private static HTTP2Client http2(ClientConnector connector) {
        HTTP2Client http2 = new HTTP2Client(connector);
        http2.setInitialStreamRecvWindow(STREAM_WINDOW);
        http2.setInitialSessionRecvWindow(CONNECTION_WINDOW);
        // Nobody here has asked for what a server could push.
        http2.setMaxConcurrentPushedStreams(0);
        return http2;
    }

    /**
     * A client that is not started yet.
     *
     * @param tls knows how it is spoken to each backend
     * @param executor threads of the server
     * @param scheduler the server's, or one that the client starts and stops
     * @param buffers the server's, or others
     */
    public static HttpClient create(
            UpstreamConfig upstream,
            ServerConfig server,
            BackendTls tls,
            Executor executor,
            Scheduler scheduler,
            ByteBufferPool buffers) {
        ClientConnector connector = new ClientConnector();
        connector.setSslContextFactory(new TlsEngines(tls));
        connector.setSelectors(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
        // Over TLS the backend chooses (ALPN), and HTTP/2 is preferred. Without, each request names its version.
        var transport = new Http11WithoutAlpn(
                connector, new BackendSession.Http2(http2(connector)), new BackendConnection.Http11());
        // Nothing of ours blocks in a callback, so that none needs a thread of its own.
        transport.setInvocationType(InvocationType.NON_BLOCKING);
        transport.setConnectionPoolFactory(to -> to.getOrigin().getTag() instanceof RoomyPool.Tag tag
                ? new RoomyPool(to, tag, streamsAtFirst(to))
                : new MultiplexConnectionPool(to, upstream.maxConnections(), streamsAtFirst(to)));
        HttpClient client = new HttpClient(transport);
        client.setName("backends");
        client.setExecutor(executor);
        client.setScheduler(scheduler);
        client.setByteBufferPool(new BackendBuffers(buffers));
        client.setFollowRedirects(false);
        client.setHttpCookieStore(new HttpCookieStore.Empty());
        client.setUserAgentField(null);
        client.setDefaultRequestContentType(null);
        client.setConnectTimeout(upstream.connectTimeout().toMillis());
        client.setAddressResolutionTimeout(upstream.connectTimeout().toMillis());
        client.setIdleTimeout(upstream.keepAlive().toMillis());
        client.setMaxConnectionsPerDestination(upstream.maxConnections());
        client.setMaxRequestsQueuedPerDestination(upstream.maxQueued());
        // What the client could send, and what this proxy adds to it.
        client.setRequestBufferSize(8192);
        client.setMaxRequestHeadersSize(server.requestHeaderSize() + 8192);
        client.setMaxResponseHeadersSize(server.responseHeaderSize());
        client.addEventListener(new LifeCycle.Listener() {
            @Override
            public void lifeCycleStarted(LifeCycle started) {
                // What a client puts into place by itself as it starts.
                client.getContentDecoderFactories().clear();
                client.getProtocolHandlers().clear();
                client.getProtocolHandlers().put(new InterimRelay());
            }
        });
        return client;
    }

    /** Over TLS, HTTP/2 is for who has agreed to it (RFC 9113 §3.2). Jetty takes the silence of a backend for consent. */
    private static final class Http11WithoutAlpn extends HttpClientTransportDynamic {
        private final ClientConnectionFactory.Decorator impatient = factory -> (endPoint, context) -> {
            Connection made = factory.newConnection(endPoint, context);
            if (made instanceof SslConnection secured) HandshakeDeadline.limit(secured, context, getHttpClient());
            return made;
        };

        Http11WithoutAlpn(ClientConnector connector, ClientConnectionFactory.Info... protocols) {
            super(connector, protocols);
        }

        @Override
        public void connect(SocketAddress address, Map<String, Object> context) {
            HandshakeDeadline.begin(context, getHttpClient());
            // Jetty looks for what speaks ALPN by the class loader of the thread. In a web application that is often
            // one of the server, which has nothing of that kind, and the connection would neither open nor fail.
            Thread thread = Thread.currentThread();
            ClassLoader before = thread.getContextClassLoader();
            context.put(ClientConnectionFactory.Decorator.CONTEXT_KEY, impatient);
            if (context.get(Destination.CONTEXT_KEY) instanceof Destination to
                    && to.getOrigin().getTag() instanceof RoomyPool.Tag tag)
                tag.room().opening(tag.backend());
            thread.setContextClassLoader(Http11WithoutAlpn.class.getClassLoader());
            try {
                super.connect(address, context);
            } finally {
                thread.setContextClassLoader(before);
            }
        }

        @Override
        public Connection newConnection(EndPoint endPoint, Map<String, Object> context) throws IOException {
            Object to = context.get(Destination.CONTEXT_KEY);
            if (to instanceof Destination destination
                    && destination.getOrigin().getProtocol().isNegotiate())
                context.putIfAbsent(ClientConnector.APPLICATION_PROTOCOL_CONTEXT_KEY, "http/1.1");
            return super.newConnection(endPoint, context);
        }
    }
}
