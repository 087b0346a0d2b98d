package dev.sluice.proxy;

import dev.sluice.config.BackendConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslClientConnectionFactory;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Connections with TLS to backends. The certificate must be for the name that the backend is configured with. A connection
 * is open when its handshake is complete: as long as it is not, nothing of a request has left, and another backend may be
 * asked.
 */
final class TlsDialer implements Dialer {
    private final Dialer plain;
    private final Parts parts;
    private final @Nullable BackendConfig backend;

    /**
     * What connections are made with.
     *
     * @param tls started before the first connection is opened
     * @param executor threads for handshakes, which compute
     * @param scheduler ends a handshake that takes too long
     * @param patience for the connection and its handshake together
     */
    record Parts(TlsEngines tls, ByteBufferPool buffers, Executor executor, Scheduler scheduler, Duration patience) {}

    TlsDialer(Dialer plain, Parts parts) {
        this(plain, parts, null);
    }

    private TlsDialer(Dialer plain, Parts parts, @Nullable BackendConfig backend) {
        this.plain = plain;
        this.parts = parts;
        this.backend = backend;
    }

    @Override
    public Object loopOf(EndPoint client) {
        return plain.loopOf(client);
    }

    @Override
    public Dialer to(BackendConfig backend) {
        return new TlsDialer(plain, parts, backend);
    }

    @Override
    public boolean isLeaving(Object loop) {
        return plain.isLeaving(loop);
    }

    @Override
    public List<Object> loops() {
        return plain.loops();
    }

    @Override
    public void dial(
            SocketAddress address,
            Object loop,
            Function<EndPoint, Connection> connections,
            Promise<Connection> opened) {
        Handshake.Wanted wanted =
                new Handshake.Wanted(connections, opened, System.nanoTime() + parts.patience.toNanos());
        // That it stands is told when the handshake is complete.
        plain.dial(address, loop, endPoint -> over(endPoint, address, wanted), Promise.from(c -> {}, opened::failed));
    }

    private Connection over(EndPoint endPoint, SocketAddress address, Handshake.Wanted wanted) {
        Map<String, Object> context = new HashMap<>();
        context.put(ClientConnector.REMOTE_SOCKET_ADDRESS_CONTEXT_KEY, address);
        // Asked for each: its certificate, or whom it trusts, may be another by now.
        TlsPeer peer = backend == null ? null : parts.tls().settings().peer(backend);
        if (peer != null) context.put(TlsEngines.PEER, peer);
        var factory = new SslClientConnectionFactory(
                parts.tls(),
                parts.buffers(),
                parts.executor(),
                (decrypted, ignored) -> new Handshake(decrypted, parts.executor(), parts.scheduler(), wanted));
        try {
            return factory.newConnection(endPoint, context);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
