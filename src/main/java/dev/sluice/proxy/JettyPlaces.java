package dev.sluice.proxy;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.ConnectionsConfig;
import dev.sluice.upstream.Backend;
import java.net.URI;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Origin;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.transport.HttpDestination;
import org.jspecify.annotations.Nullable;

/** Where backends are for Jetty's client. Safe for use by many threads. */
final class JettyPlaces {
    private final HttpClient client;
    private final BackendTls tls;
    private final ConnectionsConfig rules;
    private final @Nullable ConnectionRoom room;
    private final int most;
    private final Map<Backend, Place> places = new ConcurrentHashMap<>();

    /**
     * One of them.
     *
     * @param declared what it follows from; who is discovered may come to be declared with another name for example
     * @param version of the settings of TLS
     * @param tag what else tells its connections from others: how TLS is spoken there, or a {@link RoomyPool.Tag}
     */
    record Place(
            BackendConfig declared,
            int version,
            URI origin,
            @Nullable Object tag) {
        boolean holds(BackendConfig now, int settings) {
            return declared == now && version == settings;
        }
    }

    JettyPlaces(HttpClient client, ConnectionsConfig rules) {
        this(client, rules, null, 0);
    }

    /**
     * @param room of the only pool that it is for, or null for any
     * @param most connections to each backend of that pool
     */
    JettyPlaces(HttpClient client, ConnectionsConfig rules, @Nullable ConnectionRoom room, int most) {
        this.room = room;
        this.most = most;
        this.client = client;
        this.tls = TlsEngines.of(client).settings();
        this.rules = rules;
    }

    /** One entry for each backend of the pools that are served, and of those that left a moment ago. */
    Place of(Backend backend) {
        Place known = places.get(backend);
        int settings = tls.version();
        if (known != null && known.holds(backend.config(), settings)) return known;
        return places.compute(
                backend, (b, other) -> other != null && other.holds(b.config(), settings) ? other : known(b));
    }

    private Place known(Backend backend) {
        Place place = place(backend);
        if (rules.lifetime() != null) KeepAlive.of(destination(backend, place)).declared(rules);
        return place;
    }

    private Place place(Backend backend) {
        BackendConfig config = backend.config();
        int settings = tls.version();
        TlsPeer peer = config.isSecure() ? tls.peer(config) : null;
        return new Place(
                config, settings, uri(config), room == null ? peer : new RoomyPool.Tag(room, backend, most, peer));
    }

    HttpDestination destination(Backend backend) {
        return destination(backend, of(backend));
    }

    private HttpDestination destination(Backend backend, Place place) {
        return (HttpDestination) client.resolveDestination(request(backend, place));
    }

    private Request request(Backend backend, Place place) {
        Request request = client.newRequest(place.origin());
        request.tag(place.tag());
        JettyTransport.aim(request, backend);
        return request;
    }

    /** Of a Unix-domain socket an address that is not connected to: the client knows no scheme of that kind. */
    private static URI uri(BackendConfig config) {
        if (config.socket() != null) return URI.create("http://" + config.authority());
        return URI.create(
                config.scheme().equals("h2c") ? "http" + config.origin().substring(3) : config.origin());
    }

    /** See {@link Transport#keepOnly}. */
    boolean keepOnly(Set<Backend> members) {
        places.keySet().retainAll(members);
        Set<Origin> origins = new HashSet<>();
        for (Backend member : members)
            origins.add(client.getHttpClientTransport().newOrigin(request(member, place(member))));
        boolean all = true;
        for (Destination known : client.getDestinations()) {
            // Each cares for its own.
            Object tag = known.getOrigin().getTag();
            if ((tag instanceof RoomyPool.Tag roomy ? roomy.room() : null) != room) continue;
            // The client keeps destinations for ever; a sweep takes away at once those that nobody uses. A time
            // instead would also take what was learned of members that had little to do.
            if (!origins.contains(known.getOrigin())) all &= known instanceof HttpDestination d && d.sweep();
        }
        return all;
    }

    int size() {
        return places.size();
    }
}
