package dev.sluice.proxy;

import dev.sluice.config.ServerConfig;
import dev.sluice.config.UpstreamConfig;
import org.eclipse.jetty.client.AbstractConnectorHttpClientTransport;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.io.ClientConnector;

/**
 * What carries requests that ask for another protocol: always connections of our own, whatever carries the others, because
 * Jetty's client does not give a connection away. Over TLS to backends that are {@code https}.
 */
public final class UpgradeTransport implements Transport {
    private final Transport plain;
    private final Transport overTls;

    private UpgradeTransport(Transport plain, Transport overTls) {
        this.plain = plain;
        this.overTls = overTls;
    }

    /**
     * For a server whose connectors are our own.
     *
     * @param plain carries other requests too, so that the limits of a backend hold for both
     * @param client of which it is known whom to trust, with executor, scheduler and buffers; started before the first
     *     request to a backend with TLS
     */
    public static UpgradeTransport over(
            DirectTransport plain, Dialer dialer, HttpClient client, UpstreamConfig upstream, ServerConfig server) {
        return new UpgradeTransport(plain, new DirectTransport(parts(tls(dialer, client), client, upstream, server)));
    }

    static Dialer tls(Dialer plain, HttpClient client) {
        var trust = connector(client).getSslContextFactory();
        return new TlsDialer(plain, trust, client.getByteBufferPool(), client.getExecutor());
    }

    /** For any other server: on the selectors of Jetty's client. */
    static UpgradeTransport over(HttpClient client, UpstreamConfig upstream, ServerConfig server) {
        Dialer dialer = new ClientDialer(connector(client));
        var plain = new DirectTransport(parts(dialer, client, upstream, server));
        return over(plain, dialer, client, upstream, server);
    }

    static ClientConnector connector(HttpClient client) {
        return ((AbstractConnectorHttpClientTransport) client.getTransport()).getClientConnector();
    }

    static DirectTransport.Parts parts(Dialer dialer, HttpClient client, UpstreamConfig upstream, ServerConfig server) {
        return new DirectTransport.Parts(
                dialer, upstream, server, client.getByteBufferPool(), client.getExecutor(), client.getScheduler());
    }

    @Override
    public String name() {
        return "upgrade";
    }

    @Override
    public Call send(BackendRequest request, Answer answer) {
        return (request.backend().config().isSecure() ? overTls : plain).send(request, answer);
    }
}
