package dev.sluice.cli;

import dev.sluice.config.ActionConfig;
import dev.sluice.config.BackendConfig;
import dev.sluice.config.BackendTlsConfig;
import dev.sluice.config.ConfigError;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.MirrorConfig;
import dev.sluice.config.Origins;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.config.TimeoutsConfig;
import dev.sluice.config.UpstreamConfig;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Settings that are fine for trying things out, or that have no effect beside others. */
final class SetupWarnings implements WarningSource {
    @Override
    public List<ConfigError> warnings(LoadedConfig loaded) {
        List<ConfigError> found = new ArrayList<>();
        listeners(loaded.config(), loaded.origins(), found);
        routes(loaded, found);
        pools(loaded, found);
        for (int i = 0; i < loaded.config().routes().size(); i++) route(loaded, i, found);
        UpstreamConfig upstream = loaded.config().upstream();
        if (upstream.totalTimeout() != null && upstream.totalTimeout().compareTo(upstream.firstByteTimeout()) < 0) {
            String message =
                    "is longer than totalTimeout, which comes first (expected it shorter, or a longer totalTimeout)";
            found.add(loaded.origins().at(message, "upstream", "firstByteTimeout"));
        }
        return found;
    }

    private static void listeners(SluiceConfig config, Origins origins, List<ConfigError> found) {
        for (ListenerConfig listener : config.listeners()) {
            if (listener.tls() != null && listener.tls().selfSigned())
                found.add(origins.at(
                        "the certificate is made at start, which no client trusts (expected certificate and key, or keystore)",
                        "listeners",
                        listener.name(),
                        "tls"));
        }
        boolean behindAnother = !config.trustedProxies().isEmpty()
                || config.listeners().stream()
                        .anyMatch(listener -> !listener.proxyProtocolFrom().isEmpty());
        if (!behindAnother && config.listeners().stream().allMatch(listener -> listener.tls() == null))
            found.add(origins.at(
                    "none speaks TLS (expected one with tls, or trustedProxies that do it in front)", "listeners"));
    }

    private static void routes(LoadedConfig loaded, List<ConfigError> found) {
        if (loaded.files().isEmpty() || loaded.origins().says("routes")) return;
        String message = "there are none, so that the built-in ones hold: /api to http://localhost:8000 and all else to"
                + " http://localhost:8001 (expected a list of routes)";
        found.add(loaded.origins().at(message, "routes"));
    }

    private static void route(LoadedConfig loaded, int index, List<ConfigError> found) {
        Origins origins = loaded.origins();
        String number = Integer.toString(index);
        RouteConfig route = loaded.config().routes().get(index);
        TimeoutsConfig own = route.handling().timeouts();
        UpstreamConfig held = own.over(loaded.config().upstream());
        boolean says = own.firstByte() != null || own.total() != null && origins.says("upstream", "firstByteTimeout");
        // Where the defaults say it, no route is told of it.
        says &= origins.says("routes", number, "timeouts");
        if (says && held.totalTimeout() != null && held.totalTimeout().compareTo(held.firstByteTimeout()) < 0)
            found.add(origins.at(
                    "firstByte is longer than total, which comes first (expected it shorter, or a longer total)",
                    "routes",
                    number,
                    "timeouts",
                    own.firstByte() == null ? "total" : "firstByte"));
        MirrorConfig mirror = route.handling().mirror();
        if (mirror != null && route.action().pools().contains(mirror.pool()))
            found.add(origins.at(
                    "pool " + mirror.pool().name()
                            + " gets the requests, and copies of them too (expected another pool)",
                    "routes",
                    number,
                    "mirror"));
        if (!(route.action() instanceof ActionConfig.Split split)) return;
        for (int i = 0; i < split.shares().size(); i++) {
            ActionConfig.Share share = split.shares().get(i);
            if (share.weight() == 0
                    && share.headers().isEmpty()
                    && share.cookies().isEmpty())
                found.add(origins.at(
                        "no request gets to pool " + share.pool().name()
                                + " this way (expected a weight, or headers or cookies that lead there)",
                        "routes",
                        number,
                        "split",
                        Integer.toString(i)));
        }
    }

    private static void pools(LoadedConfig loaded, List<ConfigError> found) {
        Set<PoolConfig> seen = new LinkedHashSet<>();
        List<RouteConfig> routes = loaded.config().routes();
        for (int i = 0; i < routes.size(); i++) {
            for (PoolConfig pool : routes.get(i).pools()) {
                boolean unchecked =
                        pool.backends().stream().map(BackendConfig::tls).anyMatch(SetupWarnings::isUnchecked);
                if (seen.add(pool) && unchecked)
                    found.add(loaded.origins()
                            .at(
                                    "certificates of backends are not verified, so that anyone can be one (expected trust"
                                            + " and serverName, and no verify: false)",
                                    PoolPlace.steps(loaded.origins(), routes.get(i), pool, i, "tls", "verify")));
            }
        }
    }

    private static boolean isUnchecked(@Nullable BackendTlsConfig tls) {
        return tls != null && !tls.verify();
    }
}
