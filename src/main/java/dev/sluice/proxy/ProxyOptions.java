package dev.sluice.proxy;

import dev.sluice.config.Cidr;
import dev.sluice.config.HandlingConfig;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.ServerConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.config.UpstreamConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a proxy changes whatever passes, and what holds for all of its routes. Immutable.
 *
 * @param upstream timeouts and limits
 * @param trustedProxies peers whose forwarded fields are continued
 * @param preserveHost whether backends see the {@code Host} that the client sent
 * @param hostHeader what they see instead, or null for their own name
 * @param viaHost the name in {@code Via}
 * @param allowTrace whether TRACE passes
 * @param prefix what is taken from the beginning of every path, decoded; maybe empty
 * @param proxyStatus what answers to requests that failed say of that
 * @param requestId the field in which requests are numbered; null for none
 * @param toHttps listeners whose requests are sent to https
 * @param unrouted what answers to requests without a route look like
 * @param connectionsLinger whether the server's connections of HTTP/1.1 read on after an early answer by themselves
 */
public record ProxyOptions(
        UpstreamConfig upstream,
        List<Cidr> trustedProxies,
        boolean preserveHost,
        @Nullable String hostHeader,
        String viaHost,
        boolean allowTrace,
        String prefix,
        boolean connectionsLinger,
        ServerConfig.ProxyStatus proxyStatus,
        @Nullable String requestId,
        List<ListenerConfig> toHttps,
        HandlingConfig unrouted) {
    public ProxyOptions {
        trustedProxies = List.copyOf(trustedProxies);
        toHttps = List.copyOf(toHttps);
    }

    /** What a whole configuration says. */
    public static ProxyOptions of(SluiceConfig config) {
        ProxyOptions usual = of(config.upstream(), config.trustedProxies(), config.server());
        return new ProxyOptions(
                usual.upstream,
                usual.trustedProxies,
                usual.preserveHost,
                usual.hostHeader,
                usual.viaHost,
                usual.allowTrace,
                usual.prefix,
                usual.connectionsLinger,
                usual.proxyStatus,
                usual.requestId,
                config.listeners().stream()
                        .filter(listener -> listener.redirectPort() > 0)
                        .toList(),
                config.unrouted());
    }

    /** What holds unless configured otherwise. */
    public static ProxyOptions of(UpstreamConfig upstream, List<Cidr> trustedProxies, ServerConfig server) {
        return new ProxyOptions(
                upstream,
                trustedProxies,
                true,
                null,
                "sluice",
                server.allowTrace(),
                "",
                true,
                server.proxyStatus(),
                server.requestId(),
                List.of(),
                HandlingConfig.NONE);
    }
}
