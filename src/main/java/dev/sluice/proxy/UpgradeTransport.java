package dev.sluice.proxy;

import dev.sluice.config.ServerConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.upstream.Backend;
import java.util.Set;
import org.eclipse.jetty.client.HttpClient;

/**
 * What carries requests that ask for another protocol: always connections of our own, whatever carries the others, because
 * Jetty's client does not give a connection away. Over TLS to backends that are {@code https}.
 */
public final class UpgradeTransport implements Transport {
    private final OwnConnections connections;

    private UpgradeTransport(OwnConnections connections) {
        this.connections = connections;
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
        Dialer tls = OwnConnections.tls(dialer, client);
        return new UpgradeTransport(
                new OwnConnections(plain, new DirectTransport(OwnConnections.parts(tls, client, upstream, server))));
    }

    /** Over what is there. */
    static UpgradeTransport over(DirectTransport plain, DirectTransport tls) {
        return new UpgradeTransport(new OwnConnections(plain, tls));
    }

    /** For any other server: on the selectors of Jetty's client. */
    static UpgradeTransport over(HttpClient client, UpstreamConfig upstream, ServerConfig server) {
        Dialer dialer = OwnConnections.dialer(client);
        var plain = new DirectTransport(OwnConnections.parts(dialer, client, upstream, server));
        return over(plain, dialer, client, upstream, server);
    }

    @Override
    public String name() {
        return "upgrade";
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
