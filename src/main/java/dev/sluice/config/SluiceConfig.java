package dev.sluice.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One whole configuration: everything that was declared, checked and with its defaults filled in. Immutable.
 *
 * @param listeners the addresses to accept connections on, in the order of the file; never empty
 * @param drain how the server ends
 * @param routes in the order of the file; the most specific path wins, whatever the order
 * @param upstream how backends are talked to
 * @param server bounds of the client's side
 * @param dns how names of backends are looked up, where pools find them so
 * @param admin where operators ask; null, the default, for nowhere
 * @param trustedProxies peers whose {@code Forwarded} and {@code X-Forwarded-*} fields are continued; those of all
 *     others are dropped
 * @param unrouted what answers to requests that have no route look like: its {@code errorPages} and its {@code
 *     securityHeaders}
 */
public record SluiceConfig(
        List<ListenerConfig> listeners,
        DrainConfig drain,
        List<RouteConfig> routes,
        UpstreamConfig upstream,
        ServerConfig server,
        DnsConfig dns,
        @Nullable AdminConfig admin,
        List<Cidr> trustedProxies,
        HandlingConfig unrouted) {
    /** Where requests without a route get a line of text. */
    public SluiceConfig(
            List<ListenerConfig> listeners,
            DrainConfig drain,
            List<RouteConfig> routes,
            UpstreamConfig upstream,
            ServerConfig server,
            DnsConfig dns,
            @Nullable AdminConfig admin,
            List<Cidr> trustedProxies) {
        this(listeners, drain, routes, upstream, server, dns, admin, trustedProxies, HandlingConfig.NONE);
    }

    /** With the system's name servers, and nowhere to ask. */
    public SluiceConfig(
            List<ListenerConfig> listeners,
            DrainConfig drain,
            List<RouteConfig> routes,
            UpstreamConfig upstream,
            ServerConfig server,
            List<Cidr> trustedProxies) {
        this(listeners, drain, routes, upstream, server, DnsConfig.defaults(), null, trustedProxies);
    }

    public SluiceConfig {
        listeners = List.copyOf(listeners);
        routes = List.copyOf(routes);
        trustedProxies = List.copyOf(trustedProxies);
    }

    /**
     * What runs when nothing is configured: listeners {@code http} on 8080 and {@code https} on 8443 with a certificate
     * made at start, {@code /api} to {@code http://localhost:8000}, everything else to {@code http://localhost:8001},
     * no trusted proxies, and the defaults of each section.
     */
    public static SluiceConfig defaults() {
        return new SluiceConfig(
                List.of(
                        new ListenerConfig("http", null, 8080, null),
                        new ListenerConfig("https", null, 8443, TlsConfig.generated())),
                DrainConfig.defaults(),
                List.of(
                        RouteConfig.of("/api", List.of(BackendConfig.parse("http://localhost:8000"))),
                        RouteConfig.of(null, List.of(BackendConfig.parse("http://localhost:8001")))),
                UpstreamConfig.defaults(),
                ServerConfig.defaults(),
                List.of());
    }
}
