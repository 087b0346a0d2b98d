package dev.sluice.proxy;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.io.ssl.SslClientConnectionFactory.SslEngineFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;

/**
 * The TLS side of connections to backends: TLS 1.3 and 1.2, certificates verified, each backend with settings of its own
 * where it has some. Jetty's client has room for one factory; this one looks at the destination of each connection.
 */
final class TlsEngines extends SslContextFactory.Client implements SslEngineFactory {
    /** Where a {@link TlsPeer} is found in the context of a connection that is not the client's own. */
    static final String PEER = TlsPeer.class.getName();

    private final BackendTls settings;

    TlsEngines(BackendTls settings) {
        this.settings = settings;
        setIncludeProtocols("TLSv1.3", "TLSv1.2");
    }

    /** Those of a client that {@link BackendClients} has made. */
    static TlsEngines of(HttpClient client) {
        if (client.getSslContextFactory() instanceof TlsEngines engines) return engines;
        throw new IllegalArgumentException("client " + client.getName() + " (expected: one made for backends)");
    }

    BackendTls settings() {
        return settings;
    }

    @Override
    public SSLEngine newSslEngine(String host, int port, Map<String, Object> context) {
        TlsPeer peer = peer(context);
        if (peer == null) return newSSLEngine(host, port);
        SSLContext with = peer.context() == null ? getSslContext() : peer.context();
        String name = peer.serverName();
        if (name == null) {
            SSLEngine engine = with.createSSLEngine(host, port);
            customize(engine);
            return engine;
        }
        // The name is what the certificate is checked against. A port is to the JDK only a part of the key under which
        // it keeps a session, the last one of each: servers that share a name are to have one each.
        SSLEngine engine = with.createSSLEngine(name, Objects.hash(host, port) & Integer.MAX_VALUE);
        customize(engine);
        SNIServerName said = said(name);
        if (said != null) {
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setServerNames(List.of(said));
            engine.setSSLParameters(parameters);
        }
        return engine;
    }

    private static @Nullable TlsPeer peer(Map<String, Object> context) {
        if (context.get(PEER) instanceof TlsPeer own) return own;
        if (!(context.get(Destination.CONTEXT_KEY) instanceof Destination destination)) return null;
        Object tag = destination.getOrigin().getTag();
        if (tag instanceof RoomyPool.Tag roomy) return roomy.tls();
        return tag instanceof TlsPeer tagged ? tagged : null;
    }

    /** Null for what a handshake cannot name: addresses (RFC 6066 §3), and names of containers with underscores. */
    private static @Nullable SNIServerName said(String name) {
        if (name.indexOf(':') >= 0 || name.matches("[0-9.]+")) return null;
        try {
            return new SNIHostName(name);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
