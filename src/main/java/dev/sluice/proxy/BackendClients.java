package dev.sluice.proxy;

import dev.sluice.config.ServerConfig;
import dev.sluice.config.UpstreamConfig;
import java.util.concurrent.Executor;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.eclipse.jetty.util.thread.Scheduler;

/** Makes Jetty's client fit for a proxy: it adds nothing, follows nothing, decodes nothing and remembers nothing. */
public final class BackendClients {
    private BackendClients() {}

    /**
     * A client that is not started yet.
     *
     * @param executor threads of the server
     * @param scheduler the server's, or one that the client starts and stops
     * @param buffers the server's, or others
     */
    public static HttpClient create(
            UpstreamConfig upstream,
            ServerConfig server,
            Executor executor,
            Scheduler scheduler,
            ByteBufferPool buffers) {
        ClientConnector connector = new ClientConnector();
        connector.setSslContextFactory(new SslContextFactory.Client());
        connector.setSelectors(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
        HttpClientTransportOverHTTP transport = BackendConnection.transport(connector);
        // Nothing of ours blocks in a callback, so that none needs a thread of its own.
        transport.setInvocationType(InvocationType.NON_BLOCKING);
        HttpClient client = new HttpClient(transport);
        client.setName("backends");
        client.setExecutor(executor);
        client.setScheduler(scheduler);
        client.setByteBufferPool(buffers);
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
}
