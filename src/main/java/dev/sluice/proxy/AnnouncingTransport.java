package dev.sluice.proxy;

import dev.sluice.config.RouteConfig.ProxyProtocol;
import dev.sluice.config.ServerConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.upstream.Backend;
import java.util.Set;
import org.eclipse.jetty.client.HttpClient;

/**
 * Carries requests to backends that want to be told of the client by the PROXY protocol. Such a connection speaks for one
 * client, so each serves one exchange and is closed: always connections of our own, with and without TLS.
 */
public final class AnnouncingTransport implements Transport {
    private final OwnConnections connections;

    private AnnouncingTransport(OwnConnections connections) {
        this.connections = connections;
    }

    /**
     * For a server whose connectors are our own.
     *
     * @param client of which it is known whom to trust, with executor, scheduler and buffers; started before the first
     *     request to a backend with TLS
     */
    public static AnnouncingTransport over(
            Dialer dialer, ProxyProtocol version, HttpClient client, UpstreamConfig upstream, ServerConfig server) {
        Dialer announcing = new AnnouncingDialer(dialer, version, client.getExecutor());
        return new AnnouncingTransport(new OwnConnections(
                once(announcing, client, upstream, server),
                once(OwnConnections.tls(announcing, client), client, upstream, server)));
    }

    private static Transport once(Dialer dialer, HttpClient client, UpstreamConfig upstream, ServerConfig server) {
        return new DirectTransport(
                OwnConnections.parts(dialer, client, upstream, server).forOneExchangeEach());
    }

    /** For any other server: on the selectors of Jetty's client. */
    static AnnouncingTransport over(
            ProxyProtocol version, HttpClient client, UpstreamConfig upstream, ServerConfig server) {
        return over(OwnConnections.dialer(client), version, client, upstream, server);
    }

    @Override
    public String name() {
        return "direct";
    }

    @Override
    public boolean carriesUpgrades() {
        return true;
    }

    @Override
    public boolean keepOnly(Set<Backend> members) {
        return connections.keepOnly(members);
    }

    @Override
    public Call send(BackendRequest request, Answer answer) {
        return connections.send(request, answer);
    }
}
