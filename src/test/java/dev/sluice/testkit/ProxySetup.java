package dev.sluice.testkit;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.Cidr;
import dev.sluice.config.DrainConfig;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.RouteConfig.ProxyProtocol;
import dev.sluice.config.ServerConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.config.TlsConfig;
import dev.sluice.config.UpstreamConfig;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a test wants of a proxy, whichever way it will be run.
 *
 * @param routes in order
 * @param upstream how backends are talked to
 * @param server bounds of the client's side
 * @param trusted blocks of trusted peers
 */
public record ProxySetup(List<Route> routes, UpstreamConfig upstream, ServerConfig server, List<String> trusted) {
    /**
     * One route.
     *
     * @param path a prefix such as {@code /api}, or null for everything
     * @param to URLs of backends
     * @param proxyProtocol what connections to them begin with
     * @param pool backends of which more is to be said than their URLs, in place of {@code to}; maybe empty
     */
    public record Route(@Nullable String path, List<String> to, ProxyProtocol proxyProtocol, List<BackendConfig> pool) {
        List<BackendConfig> backends() {
            return pool.isEmpty() ? to.stream().map(ProxySetup::backend).toList() : pool;
        }
    }

    /** Everything to one backend, with the default bounds. */
    public static ProxySetup to(String url) {
        return none().route(null, url);
    }

    /** No route at all. */
    public static ProxySetup none() {
        return new ProxySetup(List.of(), UpstreamConfig.defaults(), ServerConfig.defaults(), List.of());
    }

    public ProxySetup route(@Nullable String path, String... to) {
        return route(path, ProxyProtocol.OFF, to);
    }

    public ProxySetup route(@Nullable String path, ProxyProtocol proxyProtocol, String... to) {
        List<Route> more = new ArrayList<>(routes);
        more.add(new Route(path, List.of(to), proxyProtocol, List.of()));
        return new ProxySetup(List.copyOf(more), upstream, server, trusted);
    }

    /** To backends of which more is to be said than their URLs; TLS settings, but for passwords. */
    public ProxySetup pool(@Nullable String path, BackendConfig... backends) {
        List<Route> more = new ArrayList<>(routes);
        more.add(new Route(path, List.of(), ProxyProtocol.OFF, List.of(backends)));
        return new ProxySetup(List.copyOf(more), upstream, server, trusted);
    }

    public ProxySetup upstream(UpstreamConfig value) {
        return new ProxySetup(routes, value, server, trusted);
    }

    /** What carries requests, whatever else was said of the upstream. */
    public ProxySetup transport(UpstreamConfig.Transport value) {
        return upstream(new UpstreamConfig(
                upstream.connectTimeout(),
                upstream.firstByteTimeout(),
                upstream.idleTimeout(),
                upstream.totalTimeout(),
                upstream.keepAlive(),
                upstream.maxConnections(),
                upstream.maxQueued(),
                upstream.queueTimeout(),
                value,
                upstream.tunnelIdleTimeout(),
                upstream.streamIdleTimeout()));
    }

    public ProxySetup server(ServerConfig value) {
        return new ProxySetup(routes, upstream, value, trusted);
    }

    public ProxySetup trust(String... blocks) {
        return new ProxySetup(routes, upstream, server, List.of(blocks));
    }

    /** Whether only routes are set: what every way to run the proxy can do. */
    public boolean plain() {
        return trusted.isEmpty()
                && upstream.equals(UpstreamConfig.defaults())
                && server.equals(ServerConfig.defaults());
    }

    /** As a configuration with the listeners {@code http} and {@code https} on free ports of 127.0.0.1. */
    public SluiceConfig config() {
        return new SluiceConfig(
                List.of(
                        new ListenerConfig("http", "127.0.0.1", 0, null),
                        new ListenerConfig("https", "127.0.0.1", 0, new TlsConfig(null, null, null, null))),
                new DrainConfig(Duration.ofSeconds(1), Duration.ofMillis(100)),
                routes.stream().map(ProxySetup::routeConfig).toList(),
                upstream,
                server,
                trusted.stream().map(Cidr::parse).toList());
    }

    private static RouteConfig routeConfig(Route route) {
        String name = route.path() == null ? "default" : route.path();
        return new RouteConfig(name, route.path(), route.backends()).withProxyProtocol(route.proxyProtocol());
    }

    private static BackendConfig backend(String url) {
        if (url.startsWith("unix:")) return BackendConfig.parse(url);
        URI uri = URI.create(url);
        return new BackendConfig(uri.getScheme(), uri.getHost(), uri.getPort(), uri.getRawPath(), uri.getRawQuery());
    }
}
