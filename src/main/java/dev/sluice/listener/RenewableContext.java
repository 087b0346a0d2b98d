package dev.sluice.listener;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.ssl.X509;
import org.jspecify.annotations.Nullable;

/**
 * A TLS context whose certificates can be renewed while handshakes are under way. Jetty's own forgets all certificates,
 * protocols and ciphers for as long as it loads the new ones: a handshake that asks for its certificate in that moment fails,
 * and one that begins then would not be held to the protocols and ciphers. Safe for use by many threads.
 */
class RenewableContext extends SslContextFactory.Server {
    private final ReadWriteLock renewing = new ReentrantReadWriteLock();
    /** Those from before the last renewal, by alias: of the handshakes that began with them. */
    private volatile Map<String, X509> former = Map.of();

    @Override
    public void reload(Consumer<SslContextFactory> change) throws Exception {
        renewing.writeLock().lock();
        try {
            Map<String, X509> now = new HashMap<>();
            for (String alias : getAliases()) {
                X509 one = super.getX509(alias);
                if (one != null) now.put(alias, one);
            }
            former = now;
            super.reload(change);
        } finally {
            renewing.writeLock().unlock();
        }
    }

    /** Asked for by handshakes. */
    @Override
    public @Nullable X509 getX509(String alias) {
        X509 now = super.getX509(alias);
        return now == null ? former.get(alias) : now;
    }

    @Override
    public SSLEngine newSSLEngine() {
        return settled(super::newSSLEngine);
    }

    @Override
    public SSLEngine newSSLEngine(String host, int port) {
        return settled(() -> super.newSSLEngine(host, port));
    }

    @Override
    public SSLEngine newSSLEngine(InetSocketAddress address) {
        return settled(() -> super.newSSLEngine(address));
    }

    /** The time that a renewal takes is that of reading a store in memory: Jetty waits for the same. */
    private SSLEngine settled(Supplier<SSLEngine> made) {
        renewing.readLock().lock();
        try {
            return made.get();
        } finally {
            renewing.readLock().unlock();
        }
    }
}
