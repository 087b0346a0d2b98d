package dev.sluice.proxy;

import dev.sluice.config.ServerConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.proxy.Transport.Answer;
import dev.sluice.proxy.Transport.BackendRequest;
import dev.sluice.proxy.Transport.Call;
import dev.sluice.upstream.Backend;
import java.time.Duration;
import java.util.Set;
import org.eclipse.jetty.client.AbstractConnectorHttpClientTransport;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.io.ClientConnector;

/**
 * Connections of our own to backends with and without TLS, for what Jetty's client cannot do. From that client comes what
 * they have in common with it: whom to trust, executor, scheduler and buffers. It is started before the first request to a
 * backend with TLS.
 */
record OwnConnections(Transport plain, Transport overTls) {
    /** What destinations behind this dialer are made with. */
    static DirectTransport.Parts parts(Dialer dialer, HttpClient client, UpstreamConfig upstream, ServerConfig server) {
        return new DirectTransport.Parts(
                dialer, upstream, server, client.getByteBufferPool(), client.getExecutor(), client.getScheduler());
    }

    /** On the selectors of the client. */
    static Dialer dialer(HttpClient client) {
        return new ClientDialer(connector(client));
    }

    static Dialer tls(Dialer plain, HttpClient client) {
        return new TlsDialer(
                plain,
                new TlsDialer.Parts(
                        TlsEngines.of(client),
                        client.getByteBufferPool(),
                        client.getExecutor(),
                        client.getScheduler(),
                        Duration.ofMillis(client.getConnectTimeout())));
    }

    private static ClientConnector connector(HttpClient client) {
        return ((AbstractConnectorHttpClientTransport) client.getTransport()).getClientConnector();
    }

    boolean keepOnly(Set<Backend> members) {
        boolean plainDone = plain.keepOnly(members);
        return overTls.keepOnly(members) && plainDone;
    }

    Call send(BackendRequest request, Answer answer) {
        return (request.backend().config().isSecure() ? overTls : plain).send(request, answer);
    }
}
