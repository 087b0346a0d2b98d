package dev.sluice.proxy;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.BackendTlsConfig;
import dev.sluice.config.DiscoveryConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.tls.Identity;
import dev.sluice.tls.KeyStores;
import dev.sluice.tls.PemFiles;
import dev.sluice.tls.TlsFileException;
import java.security.GeneralSecurityException;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import nl.altindag.ssl.util.TrustManagerUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whom to trust, and what to show, for each way in which TLS to backends is configured. Each is made once, from its files,
 * and kept: the sessions that can be resumed are in it. Safe for use by many threads.
 */
public final class BackendTls {
    private static final Logger LOG = LoggerFactory.getLogger(BackendTls.class);
    /** Of a key that never leaves this process; it protects nothing, but the JDK wants one. */
    private static final char[] NO_SECRET = "memory".toCharArray();

    private final Map<BackendTlsConfig, SSLContext> contexts = new ConcurrentHashMap<>();

    /**
     * For these backends.
     *
     * @throws BackendTlsException when a file cannot be used
     */
    public static BackendTls of(Collection<BackendConfig> backends) {
        BackendTls tls = new BackendTls();
        backends.forEach(tls::prepare);
        return tls;
    }

    /**
     * For the backends of all routes, those that are yet to be found included.
     *
     * @throws BackendTlsException when a file cannot be used
     */
    public static BackendTls forRoutes(Collection<RouteConfig> routes) {
        BackendTls tls = new BackendTls();
        for (RouteConfig route : routes) {
            route.to().forEach(tls::prepare);
            for (DiscoveryConfig discovery : route.pool().discoveries()) {
                if (discovery instanceof DiscoveryConfig.Addresses addresses) tls.prepare(addresses.template());
                if (discovery instanceof DiscoveryConfig.Services services) tls.prepare(services.template());
                if (discovery instanceof DiscoveryConfig.Listed listed && listed.tls() != null)
                    tls.contexts.computeIfAbsent(listed.tls(), s -> context("of " + listed.file(), s));
            }
        }
        return tls;
    }

    /**
     * Makes ready for one more backend. Reads files, and so blocks; does nothing where its settings are known.
     *
     * @throws BackendTlsException when a file cannot be used
     */
    public void prepare(BackendConfig backend) {
        BackendTlsConfig settings = backend.tls();
        if (settings == null || !backend.isSecure()) return;
        contexts.computeIfAbsent(settings, s -> context(backend.origin(), s));
    }

    /**
     * How TLS to a backend is spoken; null for the usual.
     *
     * @throws IllegalStateException when nothing was made ready for it
     */
    @Nullable
    TlsPeer peer(BackendConfig backend) {
        BackendTlsConfig settings = backend.tls();
        String configured = settings == null ? null : settings.serverName();
        String name = configured == null ? backend.name() : configured;
        if (settings == null) return name == null ? null : new TlsPeer(null, name);
        SSLContext context = contexts.get(settings);
        if (context == null)
            throw new IllegalStateException("backend " + backend.origin() + ": its TLS settings were not made ready");
        return new TlsPeer(context, name);
    }

    private static SSLContext context(String backend, BackendTlsConfig settings) {
        if (!settings.verify())
            LOG.warn(
                    "backend {}: its certificate is not checked (tls.verify: false): whoever gets in between reads and changes what passes",
                    backend);
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(settings), trust(settings), null);
            return context;
        } catch (TlsFileException | GeneralSecurityException e) {
            throw new BackendTlsException(backend, e);
        }
    }

    /** Null for none. */
    private static KeyManager @Nullable [] keys(BackendTlsConfig settings) throws GeneralSecurityException {
        if (settings.certificate() == null) return null;
        Identity identity = new PemFiles("keyPassword")
                .read(settings.certificate(), Objects.requireNonNull(settings.key()), settings.keyPassword());
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(identity.toKeyStore(NO_SECRET), NO_SECRET);
        return factory.getKeyManagers();
    }

    /** Null for those that the JDK trusts. */
    private static TrustManager @Nullable [] trust(BackendTlsConfig settings) throws GeneralSecurityException {
        if (!settings.verify()) return new TrustManager[] {TrustManagerUtils.createUnsafeTrustManager()};
        if (settings.trust() == null) return null;
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(KeyStores.trusted("trust", settings.trust(), settings.trustPassword()));
        return factory.getTrustManagers();
    }
}
