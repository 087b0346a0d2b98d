package dev.sluice.listener;

import dev.sluice.config.ServerConfig;
import dev.sluice.config.TlsConfig;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;

/** What Jetty XML calls to give a server that Sluice did not build the listeners of one that it did. */
public final class JettyBase {
    private JettyBase() {}

    /**
     * Gives every protocol of every connector the {@link HttpRules}, every connector without a name one for the logs
     * ({@code http}, {@code https}), and the server a {@link QuietErrorHandler}. Says in the log which connectors, and
     * which of their protocols, are not Sluice's, and what that costs. To be called when the connectors have all
     * their protocols, and before the server starts.
     */
    public static void apply(Server server) {
        Set<String> names = new HashSet<>();
        for (Connector connector : server.getConnectors()) {
            boolean tls = false;
            for (ConnectionFactory factory : connector.getConnectionFactories()) {
                if (factory instanceof HttpConfiguration.ConnectionFactory http)
                    HttpRules.apply(http.getHttpConfiguration());
                tls |= factory instanceof SslConnectionFactory;
            }
            String name = tls ? "https" : "http";
            // Two of a kind are told apart by their addresses: a name of our own making would help nobody.
            if (connector.getName() == null && names.add(name) && connector instanceof AbstractConnector c)
                c.setName(name);
            ForeignParts.tell(connector);
        }
        server.setErrorHandler(new QuietErrorHandler());
    }

    /**
     * A listener of Sluice's own, in the place of a {@link ServerConnector}: it takes what the kernel has queued before it
     * closes its socket, and leaves it to the drain to tell clients that their connection ends. Without a protocol yet, a
     * name and an address.
     *
     * @param acceptors threads that accept; 0 for none, so that the first selector does it; negative for Jetty's choice
     * @param selectors threads that select; 0 and below for Jetty's choice
     */
    public static ServerConnector listener(Server server, int acceptors, int selectors) {
        return new ListenerConnector(server, acceptors, selectors);
    }

    /** HTTP/1.1 for the listeners {@code http} and {@code https}: the factory that {@link Listeners} uses. */
    public static ConnectionFactory http1(HttpConfiguration http) {
        return new LoopHttp(http);
    }

    /**
     * HTTP/2 for the listener {@code https}: the factory that {@link Listeners} uses.
     *
     * @param framesPerSecond as {@link ServerConfig#http2FramesPerSecond()}
     */
    public static ConnectionFactory http2(HttpConfiguration http, int framesPerSecond) {
        return new PromptHttp2.OverTls(http, limits(framesPerSecond));
    }

    /** HTTP/2 for the listener {@code http}. */
    public static ConnectionFactory http2c(HttpConfiguration http, int framesPerSecond) {
        return new PromptHttp2.Plain(http, limits(framesPerSecond));
    }

    private static ServerConfig limits(int framesPerSecond) {
        ServerConfig usual = ServerConfig.defaults();
        return new ServerConfig(
                usual.threads(),
                usual.maxConnections(),
                usual.acceptQueue(),
                usual.idleTimeout(),
                usual.requestHeaderSize(),
                usual.responseHeaderSize(),
                usual.allowTrace(),
                usual.http2MaxStreams(),
                framesPerSecond);
    }

    /**
     * The context factory of the listener {@code https}, not started. Each argument may be null or empty; without any file
     * a certificate is made.
     *
     * @param base what relative paths are relative to
     * @param certificate PEM chain, leaf first
     * @param key PEM private key
     * @param keystore PKCS#12 file, instead of the two
     * @param password of the key or of the PKCS#12 file
     * @throws ListenerException when certificate or key cannot be used
     */
    public static SslContextFactory.Server tls(
            String base,
            @Nullable String certificate,
            @Nullable String key,
            @Nullable String keystore,
            @Nullable String password) {
        Path root = Path.of(base);
        return TlsContexts.create(
                "https",
                new TlsConfig(
                        file(root, certificate),
                        file(root, key),
                        file(root, keystore),
                        password == null || password.isEmpty() ? null : password));
    }

    private static @Nullable Path file(Path base, @Nullable String name) {
        return name == null || name.isBlank() ? null : base.resolve(name.trim());
    }
}
