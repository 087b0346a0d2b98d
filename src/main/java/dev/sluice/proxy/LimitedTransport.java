package dev.sluice.proxy;

import dev.sluice.config.ConnectionsConfig;
import dev.sluice.config.LimitsConfig;
import dev.sluice.config.ServerConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Pool;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.eclipse.jetty.client.HttpClient;

/**
 * Carries everything to the backends of a pool with a limit of connections, on connections that no other pool uses: requests
 * in one way, and those that ask for another protocol in another, under the same limit.
 */
public final class LimitedTransport implements Transport {
    private final Pool pool;
    private final Transport requests;
    private final UpgradeTransport upgrades;

    private LimitedTransport(Pool pool, Transport requests, UpgradeTransport upgrades) {
        this.pool = pool;
        this.requests = requests;
        this.upgrades = upgrades;
    }

    /**
     * For a server whose connectors are our own.
     *
     * @param usual what connections of our own are made with
     * @param direct whether requests go over such, and not through the client
     * @param client of which it is known whom to trust
     */
    public static LimitedTransport over(
            Pool pool, DirectTransport.Parts usual, boolean direct, HttpClient client, ServerConfig server) {
        ConnectionRoom room = ConnectionRoom.of(pool);
        LimitsConfig limits = pool.config().limits();
        UpstreamConfig upstream = limits.backendConnections() == 0
                ? usual.upstream()
                : usual.upstream().withMaxConnections(limits.backendConnections());
        DirectTransport plain = new DirectTransport(usual.within(upstream, room));
        DirectTransport.Parts overTls = OwnConnections.parts(
                        OwnConnections.tls(usual.dialer(), client), client, upstream, server)
                .within(upstream, room);
        Transport requests = direct ? plain : new JettyTransport(client, room, upstream.maxConnections());
        return new LimitedTransport(pool, requests, UpgradeTransport.over(plain, new DirectTransport(overTls)));
    }

    @Override
    public String name() {
        return requests.name();
    }

    @Override
    public boolean carriesUpgrades() {
        return true;
    }

    @Override
    public Transport keeping(ConnectionsConfig rules) {
        return new LimitedTransport(pool, requests.keeping(rules), upgrades);
    }

    @Override
    public CompletableFuture<Void> warm(Backend backend, int connections) {
        return requests.warm(backend, connections);
    }

    @Override
    public boolean keepOnly(Set<Backend> members) {
        // Another pool may have the same addresses, and connections of its own to them: one that was made in its place.
        Set<Backend> own = members.stream().filter(b -> b.pool() == pool).collect(Collectors.toSet());
        boolean done = requests.keepOnly(own);
        return upgrades.keepOnly(own) && done;
    }

    @Override
    public Call send(BackendRequest request, Answer answer) {
        return (request.upgrade() == null ? requests : upgrades).send(request, answer);
    }
}
