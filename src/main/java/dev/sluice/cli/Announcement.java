package dev.sluice.cli;

import dev.sluice.config.ActionConfig;
import dev.sluice.config.AdminConfig;
import dev.sluice.config.BackendConfig;
import dev.sluice.config.DiscoveryConfig;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.RouteConfig.ProxyProtocol;
import dev.sluice.config.SluiceConfig;
import dev.sluice.runtime.Sluice;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the log says once all listeners are open: a line for where the configuration came from, one for each listener,
 * one for each route.
 *
 * @param config what runs
 * @param source where it came from, as people call it
 * @param xml the Jetty XML files that tuned it
 */
record Announcement(SluiceConfig config, String source, List<Path> xml) {
    private static final Logger log = LoggerFactory.getLogger(Announcement.class);

    /** @param sluice started, so that it knows the ports that the system picked */
    void log(Sluice sluice) {
        log.info("configuration: {}", source);
        xml.forEach(file -> log.info("tuned by {}", file));
        config.listeners().forEach(listener -> log.info("{}", line(listener, sluice.port(listener.name()))));
        AdminConfig admin = config.admin();
        if (admin != null) log.info("admin {}", bound(admin.control(), sluice.adminPort()));
        if (admin != null && admin.probes() != null) log.info("probes {}", bound(admin.probes(), sluice.probesPort()));
        config.routes().forEach(route -> log.info("{}", line(route, sluice.transport(route.name()))));
    }

    /** With the port that the system picked, where 0 was configured. */
    private static String bound(ListenerConfig address, int port) {
        return new ListenerConfig(address.name(), address.host(), port, null).address();
    }

    static String line(ListenerConfig listener, int port) {
        String speaks = "HTTP/1.1, h2c";
        if (listener.tls() != null) {
            speaks = "TLS: h2, HTTP/1.1" + (listener.tls().selfSigned() ? "; certificate made at start" : "");
        }
        if (!listener.proxyProtocolFrom().isEmpty()) speaks += "; PROXY protocol from " + listener.proxyProtocolFrom();
        if (listener.redirectPort() > 0) speaks += "; sends everyone to https, port " + listener.redirectPort();
        if (!listener.redirectExcept().isEmpty())
            speaks += ", but for what is below " + String.join(", ", listener.redirectExcept());
        return "listener " + listener.name() + " " + bound(listener, port) + " (" + speaks + ")";
    }

    /** @param transport what carries its requests */
    static String line(RouteConfig route, String transport) {
        PoolConfig pool = route.pool();
        if (pool == null) return "route " + route.name() + " " + action(route.action());
        String to = Stream.concat(
                        pool.backends().stream().map(Announcement::url),
                        pool.discoveries().stream().map(Announcement::place))
                .collect(Collectors.joining(", "));
        String announced = route.proxyProtocol() == ProxyProtocol.OFF
                ? ""
                : ", PROXY protocol " + route.proxyProtocol().name().toLowerCase(Locale.ROOT);
        return "route " + route.name() + " to " + to + " (" + transport + announced + ")";
    }

    private static String action(ActionConfig action) {
        if (action instanceof ActionConfig.Redirect redirect)
            // A query can hold a key.
            return "redirects with " + redirect.status() + " to "
                    + redirect.to().text().replaceFirst("\\?.*", "?...");
        if (action instanceof ActionConfig.Respond respond) return "answers " + respond.status();
        if (!(action instanceof ActionConfig.Split split)) return "to " + action;
        return "to "
                + split.shares().stream()
                        .map(share -> "pool " + share.pool().name() + " (weight " + share.weight() + ")")
                        .collect(Collectors.joining(", "));
    }

    private static String place(DiscoveryConfig where) {
        if (where instanceof DiscoveryConfig.Addresses a) return "DNS of " + url(a.template());
        if (where instanceof DiscoveryConfig.Services s)
            return "SRV of " + s.template().scheme() + "://" + s.template().host();
        return where instanceof DiscoveryConfig.Listed l ? "file " + l.file() : where.toString();
    }

    private static String url(BackendConfig backend) {
        return backend.origin() + backend.basePath() + (backend.query() == null ? "" : "?" + backend.query());
    }
}
