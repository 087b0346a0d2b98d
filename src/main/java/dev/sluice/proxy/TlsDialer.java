package dev.sluice.proxy;

import dev.sluice.config.BackendConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
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
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.Promise;
import org.jspecify.annotations.Nullable;

/**
 * Connections with TLS to backends. The certificate must be for the name that the backend is configured with; the handshake
 * takes place with the first write.
 */
final class TlsDialer implements Dialer {
    private final Dialer plain;
    private final TlsEngines tls;
    private final @Nullable TlsPeer peer;
    private final ByteBufferPool buffers;
    private final Executor executor;

    /** @param tls started before the first connection is opened */
    TlsDialer(Dialer plain, TlsEngines tls, ByteBufferPool buffers, Executor executor) {
        this(plain, tls, null, buffers, executor);
    }

    private TlsDialer(Dialer plain, TlsEngines tls, @Nullable TlsPeer peer, ByteBufferPool buffers, Executor executor) {
        this.peer = peer;
        this.plain = plain;
        this.tls = tls;
        this.buffers = buffers;
        this.executor = executor;
    }

    @Override
    public Object loopOf(EndPoint client) {
        return plain.loopOf(client);
    }

    @Override
    public Dialer to(BackendConfig backend) {
        TlsPeer found = tls.settings().peer(backend);
        return found == null ? this : new TlsDialer(plain, tls, found, buffers, executor);
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
        plain.dial(address, loop, endPoint -> over(endPoint, address, connections), new Promise<>() {
            @Override
            public void succeeded(Connection connection) {
                opened.succeeded(((SslConnection) connection).getSslEndPoint().getConnection());
            }

            @Override
            public void failed(Throwable cause) {
                opened.failed(cause);
            }
        });
    }

    private Connection over(EndPoint endPoint, SocketAddress address, Function<EndPoint, Connection> connections) {
        Map<String, Object> context = new HashMap<>();
        context.put(ClientConnector.REMOTE_SOCKET_ADDRESS_CONTEXT_KEY, address);
        if (peer != null) context.put(TlsEngines.PEER, peer);
        var factory = new SslClientConnectionFactory(
                tls, buffers, executor, (decrypted, ignored) -> connections.apply(decrypted));
        try {
            return factory.newConnection(endPoint, context);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
