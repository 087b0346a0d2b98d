package dev.sluice.runtime;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.Cidr;
import dev.sluice.config.DrainConfig;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.ServerConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.config.TlsConfig;
import dev.sluice.config.UpstreamConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Describes a proxy in Java. What is not said has the default that a configuration file without it has. To be used by one
 * thread.
 */
public final class SluiceBuilder {
    private final List<ListenerConfig> listeners = new ArrayList<>();
    private final List<RouteConfig> routes = new ArrayList<>();
    private final List<Cidr> trusted = new ArrayList<>();
    private final List<Path> jettyXml = new ArrayList<>();
    private Duration deadline = Duration.ofSeconds(10);
    private Duration announce = Duration.ZERO;
    private @Nullable Path ledger;
    private Duration linger = Duration.ofSeconds(1);
    private Duration spread = DrainConfig.defaults().spread();
    private UpstreamConfig upstream = UpstreamConfig.defaults();
    private ServerConfig server = ServerConfig.defaults();

    SluiceBuilder() {}

    /**
     * A plain listener, HTTP/1.1 and h2c. The first one is named {@code http}, others {@code http-2} and so on.
     *
     * @param address {@code :8080}, {@code 127.0.0.1:8080} or {@code [::1]:8080}; port 0 for one that the system picks
     * @throws IllegalArgumentException when that is no address
     */
    public SluiceBuilder listen(String address) {
        listeners.add(ListenerConfig.parse(name("http"), address, null));
        return this;
    }

    /**
     * A TLS listener with a certificate that is made at start, for trying things out. The first one is named {@code
     * https}, others {@code https-2} and so on.
     */
    public SluiceBuilder listenTls(String address) {
        return listenTls(address, new TlsConfig(null, null, null, null));
    }

    /**
     * A TLS listener, HTTP/2 and HTTP/1.1 by ALPN.
     *
     * @param certificate PEM chain, leaf first
     * @param key PEM private key, not encrypted
     */
    public SluiceBuilder listenTls(String address, Path certificate, Path key) {
        return listenTls(address, new TlsConfig(certificate, key, null, null));
    }

    /** A TLS listener with all that can be said of its certificate. */
    public SluiceBuilder listenTls(String address, TlsConfig tls) {
        listeners.add(ListenerConfig.parse(name("https"), address, tls));
        return this;
    }

    private String name(String base) {
        long same = listeners.stream()
                .filter(l -> l.name().equals(base) || l.name().startsWith(base + "-"))
                .count();
        return same == 0 ? base : base + "-" + (same + 1);
    }

    /**
     * Sends a path and all below it to one or several backends, in turn.
     *
     * @param path {@code /api} means {@code /api} and {@code /api/*}, not {@code /apix}
     * @param backends {@code http://host[:port]} or {@code https://...}, maybe with a base path
     * @throws IllegalArgumentException when one is no URL
     */
    public SluiceBuilder route(String path, String... backends) {
        return add(path, path, backends);
    }

    /** Sends everything that has no route of its own to one or several backends, in turn. */
    public SluiceBuilder fallback(String... backends) {
        return add("default", null, backends);
    }

    /**
     * Sends a path and all below it to a pool.
     *
     * @param path {@code /api} means {@code /api} and {@code /api/*}, not {@code /apix}
     * @param pool may serve several routes
     */
    public SluiceBuilder route(String path, PoolConfig pool) {
        routes.add(new RouteConfig(path, path, pool));
        return this;
    }

    /**
     * A route with all that can be said of it.
     *
     * @param route its name must be one that no other route has, and so must its conditions
     */
    public SluiceBuilder route(RouteConfig route) {
        routes.add(route);
        return this;
    }

    /** Sends everything that has no route of its own to a pool. */
    public SluiceBuilder fallback(PoolConfig pool) {
        routes.add(new RouteConfig("default", null, pool));
        return this;
    }

    private SluiceBuilder add(String name, @Nullable String path, String... backends) {
        List<BackendConfig> to = new ArrayList<>();
        for (String backend : backends) to.add(BackendConfig.parse(backend));
        routes.add(new RouteConfig(name, path, to));
        return this;
    }

    /** How long exchanges have to finish when the proxy stops; default 10 s. */
    public SluiceBuilder drainDeadline(Duration deadline) {
        this.deadline = deadline;
        return this;
    }

    /** How long {@link Sluice#isReady()} says no before a stop, while everything else goes on; default 0. */
    public SluiceBuilder drainAnnounce(Duration announce) {
        this.announce = announce;
        return this;
    }

    /** The file, or the directory, that the account of a stop is written to; default none. */
    public SluiceBuilder drainLedger(Path ledger) {
        this.ledger = ledger;
        return this;
    }

    /** How long idle connections stay open when the proxy stops; default 1 s. */
    public SluiceBuilder drainLinger(Duration linger) {
        this.linger = linger;
        return this;
    }

    /** Within which WebSockets are told to end when the proxy stops; default 1 s. */
    public SluiceBuilder drainSpread(Duration spread) {
        this.spread = spread;
        return this;
    }

    /** Continues the forwarded fields of these peers, {@code 10.0.0.0/8} for example; default nobody's. */
    public SluiceBuilder trust(String... blocks) {
        for (String block : blocks) trusted.add(Cidr.parse(block));
        return this;
    }

    /** Timeouts and limits towards backends. */
    public SluiceBuilder upstream(UpstreamConfig upstream) {
        this.upstream = upstream;
        return this;
    }

    /** Limits towards clients. */
    public SluiceBuilder server(ServerConfig server) {
        this.server = server;
        return this;
    }

    /** Jetty XML to tune the server with, applied at start. */
    public SluiceBuilder jettyXml(Path file) {
        jettyXml.add(file);
        return this;
    }

    /**
     * The proxy, ready to start.
     *
     * @throws IllegalStateException when nothing was said of listeners or of routes, or two routes have the same name
     * @throws IllegalArgumentException when two routes look for the same requests, or a path is none
     */
    public Sluice build() {
        if (listeners.isEmpty()) throw new IllegalStateException("no listener (expected: listen or listenTls)");
        if (routes.isEmpty()) throw new IllegalStateException("no route (expected: route or fallback)");
        Set<String> names = new HashSet<>();
        for (RouteConfig route : routes)
            if (!names.add(route.name()))
                throw new IllegalStateException(
                        "two routes are named " + route.name() + " (expected: a name of its own for each)");
        var drain = new DrainConfig(
                announce,
                deadline,
                linger.compareTo(deadline) > 0 ? deadline : linger,
                ledger,
                spread.compareTo(deadline) > 0 ? deadline : spread,
                DrainConfig.defaults().leaving());
        return Sluice.of(new SluiceConfig(listeners, drain, routes, upstream, server, trusted), jettyXml);
    }
}
