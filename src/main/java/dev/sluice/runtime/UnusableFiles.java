package dev.sluice.runtime;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.BackendTlsConfig;
import dev.sluice.config.DiscoveryConfig;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.config.TlsConfig;
import dev.sluice.listener.ListenerException;
import dev.sluice.listener.TlsContexts;
import dev.sluice.proxy.BackendTls;
import dev.sluice.proxy.BackendTlsException;
import dev.sluice.proxy.ReverseProxy;
import dev.sluice.tls.TlsFileException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a start would not take although it could be read: certificates, keys and trust in files, and content codings whose
 * library is not there. A start ends with the first of them; here are all. Reads the files, opens nothing.
 */
public final class UnusableFiles {
    /**
     * Something that cannot be used.
     *
     * @param setting where: {@code tls.key} for example, below the listener, the pool or the route
     * @param message what is wrong with it, and what was expected
     */
    public sealed interface Flaw {
        String setting();

        String message();

        /** Of a listener. */
        record OfListener(ListenerConfig listener, String setting, String message) implements Flaw {}

        /** Of a pool. @param route the first that uses it, by its number */
        record OfPool(PoolConfig pool, int route, String setting, String message) implements Flaw {}

        /** Of a route. @param route its number */
        record OfRoute(int route, String setting, String message) implements Flaw {}
    }

    private final List<Flaw> found = new ArrayList<>();
    private final Map<BackendTlsConfig, Optional<BackendTlsException>> tried = new HashMap<>();

    private UnusableFiles() {}

    /** In the order of the configuration. */
    public static List<Flaw> of(SluiceConfig config) {
        UnusableFiles files = new UnusableFiles();
        config.listeners().forEach(files::listener);
        Set<PoolConfig> seen = new LinkedHashSet<>();
        for (int i = 0; i < config.routes().size(); i++) {
            RouteConfig route = config.routes().get(i);
            files.route(route, i);
            for (PoolConfig pool : route.pools()) if (seen.add(pool)) files.pool(pool, i);
        }
        return List.copyOf(files.found);
    }

    private void listener(ListenerConfig listener) {
        TlsConfig tls = listener.tls();
        if (tls == null || tls.selfSigned()) return;
        try {
            TlsContexts.requireUsable(listener.name(), tls);
        } catch (ListenerException e) {
            found.add(new Flaw.OfListener(listener, setting(e.getCause()), message(e, e.getCause())));
        }
    }

    private void route(RouteConfig route, int number) {
        try {
            ReverseProxy.requireUsable(route);
        } catch (IllegalArgumentException e) {
            found.add(new Flaw.OfRoute(number, "response.compress", String.valueOf(e.getMessage())));
        }
    }

    private void pool(PoolConfig pool, int route) {
        Set<BackendTlsConfig> all = new LinkedHashSet<>();
        for (BackendConfig backend : pool.backends()) if (backend.tls() != null) all.add(backend.tls());
        for (DiscoveryConfig place : pool.discoveries()) {
            BackendTlsConfig tls = tls(place);
            if (tls != null) all.add(tls);
        }
        for (BackendTlsConfig tls : all) {
            // What is shown and who is trusted, each by itself: both can be wrong.
            backend(
                    pool,
                    route,
                    new BackendTlsConfig(null, null, null, tls.certificate(), tls.key(), tls.keyPassword(), true));
            if (tls.verify())
                backend(
                        pool,
                        route,
                        new BackendTlsConfig(tls.trust(), tls.trustPassword(), null, null, null, null, true));
        }
    }

    private static @Nullable BackendTlsConfig tls(DiscoveryConfig place) {
        if (place instanceof DiscoveryConfig.Addresses addresses)
            return addresses.template().tls();
        if (place instanceof DiscoveryConfig.Services services)
            return services.template().tls();
        return place instanceof DiscoveryConfig.Listed listed ? listed.tls() : null;
    }

    private void backend(PoolConfig pool, int route, BackendTlsConfig tls) {
        // What the defaults say of TLS is that of every pool, and read once.
        tried.computeIfAbsent(tls, UnusableFiles::flaw)
                .ifPresent(
                        e -> found.add(new Flaw.OfPool(pool, route, setting(e.getCause()), message(e, e.getCause()))));
    }

    private static Optional<BackendTlsException> flaw(BackendTlsConfig tls) {
        try {
            BackendTls.of(List.of(BackendConfig.parse("https://backend").withTls(tls)));
            return Optional.empty();
        } catch (BackendTlsException e) {
            return Optional.of(e);
        }
    }

    private static String setting(@Nullable Throwable cause) {
        return cause instanceof TlsFileException file ? "tls." + file.setting() : "tls";
    }

    private static String message(RuntimeException whole, @Nullable Throwable cause) {
        if (cause instanceof TlsFileException file) return file.flaw();
        return String.valueOf((cause == null ? whole : cause).getMessage());
    }
}
