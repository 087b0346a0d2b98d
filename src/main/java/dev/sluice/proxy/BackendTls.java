package dev.sluice.proxy;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.BackendTlsConfig;
import dev.sluice.config.DiscoveryConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.tls.FilePrint;
import dev.sluice.tls.Identity;
import dev.sluice.tls.KeyStores;
import dev.sluice.tls.PemFiles;
import dev.sluice.tls.TlsFileException;
import java.security.GeneralSecurityException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
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

    private final Map<BackendTlsConfig, Made> contexts = new ConcurrentHashMap<>();

    /** @param files what they held when it was made */
    private record Made(SSLContext context, FilePrint files) {}

    private Set<BackendTlsConfig> current = Set.of();
    private volatile int version;

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
        tls.renewal(routes).apply();
        return tls;
    }

    /**
     * What takes over the settings of other routes. Settings of which the files hold something new are made anew: connections
     * that are open go on with what they have, and those to come get the new ones. Blocks while it reads; one at a time.
     *
     * @throws BackendTlsException when a file cannot be used; nothing has changed then
     */
    public Renewal renewal(Collection<RouteConfig> routes) {
        Map<BackendTlsConfig, Made> next = new HashMap<>();
        forEach(
                routes,
                (called, settings) -> next.computeIfAbsent(settings, s -> {
                    Made known = contexts.get(s);
                    return known != null && known.files().equals(print(s)) ? known : made(called, s);
                }));
        Set<String> renewed = new LinkedHashSet<>();
        for (RouteConfig route : routes)
            for (PoolConfig pool : route.pools())
                forEach(pool, (called, settings) -> {
                    if (current.contains(settings) && contexts.get(settings) != next.get(settings))
                        renewed.add(pool.name());
                });
        return new Renewal(next, List.copyOf(renewed));
    }

    /** Settings that have been read. */
    public final class Renewal {
        private final Map<BackendTlsConfig, Made> next;
        private final List<String> renewed;

        private Renewal(Map<BackendTlsConfig, Made> next, List<String> renewed) {
            this.next = next;
            this.renewed = renewed;
        }

        /** The names of the pools whose settings are as before, but not what is in their files. */
        public List<String> renewed() {
            return renewed;
        }

        /** Makes those known that nobody had. What is known stays as it is, so that nothing has to be taken back. */
        public void add() {
            next.forEach(contexts::putIfAbsent);
        }

        /** Puts all into effect. Settings that were not of the routes before either are forgotten. */
        public void apply() {
            Set<BackendTlsConfig> kept = new HashSet<>(current);
            kept.addAll(next.keySet());
            contexts.putAll(next);
            contexts.keySet().retainAll(kept);
            current = Set.copyOf(next.keySet());
            version++;
        }
    }

    /** Changes with each renewal. */
    int version() {
        return version;
    }

    private static void forEach(Collection<RouteConfig> routes, BiConsumer<String, BackendTlsConfig> each) {
        for (RouteConfig route : routes) for (PoolConfig pool : route.pools()) forEach(pool, each);
    }

    private static void forEach(PoolConfig pool, BiConsumer<String, BackendTlsConfig> each) {
        pool.backends().forEach(backend -> tell(backend, each));
        pool.discoveries().forEach(discovery -> tell(discovery, each));
    }

    private static void tell(DiscoveryConfig discovery, BiConsumer<String, BackendTlsConfig> each) {
        if (discovery instanceof DiscoveryConfig.Addresses addresses) tell(addresses.template(), each);
        if (discovery instanceof DiscoveryConfig.Services services) tell(services.template(), each);
        if (discovery instanceof DiscoveryConfig.Listed listed && listed.tls() != null)
            each.accept("of " + listed.file(), listed.tls());
    }

    private static void tell(BackendConfig backend, BiConsumer<String, BackendTlsConfig> each) {
        if (backend.tls() != null && backend.isSecure()) each.accept(backend.origin(), backend.tls());
    }

    private static FilePrint print(BackendTlsConfig settings) {
        return FilePrint.of(settings.trust(), settings.certificate(), settings.key());
    }

    private static Made made(String backend, BackendTlsConfig settings) {
        FilePrint files = print(settings);
        return new Made(context(backend, settings), files);
    }

    /**
     * Makes ready for one more backend. Reads files, and so blocks; does nothing where its settings are known.
     *
     * @throws BackendTlsException when a file cannot be used
     */
    public void prepare(BackendConfig backend) {
        BackendTlsConfig settings = backend.tls();
        if (settings == null || !backend.isSecure()) return;
        contexts.computeIfAbsent(settings, s -> made(backend.origin(), s));
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
        Made made = contexts.get(settings);
        if (made == null)
            throw new IllegalStateException("backend " + backend.origin() + ": its TLS settings were not made ready");
        return new TlsPeer(made.context(), name);
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
