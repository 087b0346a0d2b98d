package dev.sluice.listener;

import dev.sluice.config.Cidr;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.ServerConfig;
import dev.sluice.config.TlsConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.tls.FilePrint;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ArrayUtil;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;

/**
 * The listeners of one server. The order of calls is {@link #create}, Jetty XML if any ({@link JettyXml#apply} with
 * {@link #xmlIds()}), {@link #open()}, then {@link Server#start()}. To be used by one thread until the server has
 * started; the queries may be called by any thread after that.
 */
public final class Listeners {
    private static final String HTTP_1_1 = "http/1.1";

    private final ConnectionBound bound;
    // Replaced as a whole, so that others can look while it changes.
    private volatile Map<String, ListenerConnector> connectors = Map.of();
    private volatile Map<String, Declared> declared = Map.of();
    /** Those that are about to come, or to go, and may share an address with another one. */
    private final Set<ListenerConnector> passing = ConcurrentHashMap.newKeySet();

    private Duration connectTimeout = UpstreamConfig.defaults().connectTimeout();
    private final Map<String, Object> xmlIds = new LinkedHashMap<>();
    private final Map<Integer, String> inherited = new TreeMap<>();
    private final ServerConfig limits;
    private final HttpConfiguration http;
    private final HttpConfiguration https;

    /**
     * What a listener follows from.
     *
     * @param files what its certificate's files held
     * @param tls what was made of them; null for a plain one
     */
    record Declared(ListenerConfig config, FilePrint files, SslContextFactory.@Nullable Server tls) {}

    private Listeners(ServerConfig limits) {
        this.limits = limits;
        bound = new ConnectionBound(limits.maxConnections());
        http = HttpRules.create(limits);
        https = HttpRules.create(limits);
        // No SNI check against Host: a certificate made for trying out, or an address instead of a name, would turn
        // every
        // request into a 400, and routes do not depend on the name. No HSTS: that is the backend's to say.
        https.addCustomizer(new SecureRequestCustomizer(false));
        xmlIds.put("httpConfig", http);
        xmlIds.put("sslHttpConfig", https);
    }

    /**
     * Adds a connector for each listener to the server, and sets the server's error handler to a {@link
     * QuietErrorHandler}. Reads certificates; opens no socket.
     *
     * @param listeners at least one, names unique
     * @throws ListenerException when a certificate cannot be used
     */
    public static Listeners create(Server server, List<ListenerConfig> listeners, ServerConfig limits) {
        Listeners created = new Listeners(limits);
        Map<String, ListenerConnector> connectors = new LinkedHashMap<>();
        Map<String, Declared> declared = new LinkedHashMap<>();
        for (ListenerConfig listener : listeners) {
            Declared one = created.read(listener);
            declared.put(listener.name(), one);
            ListenerConnector connector = created.connector(server, one, listeners.size());
            connectors.put(listener.name(), connector);
            created.nameForXml(one, connector);
        }
        created.replace(connectors, declared);
        for (ListenerConnector connector : connectors.values()) {
            markCommonPort(connector, connectors.values());
            created.bound.count(connector);
            created.bound.add(connector);
            server.addConnector(connector);
        }
        server.setErrorHandler(new QuietErrorHandler());
        return created;
    }

    /**
     * The step to the listeners of another configuration, of which the certificates have been read. To be called by one
     * thread at a time, while the server runs.
     *
     * @throws ListenerException when a certificate cannot be used; nothing has changed then
     */
    public Rebinding rebind(Server server, List<ListenerConfig> next) {
        return Rebinding.prepare(this, server, next);
    }

    /** From now on there are these. */
    void replace(Map<String, ListenerConnector> nextConnectors, Map<String, Declared> nextDeclared) {
        connectors = Collections.unmodifiableMap(new LinkedHashMap<>(nextConnectors));
        declared = Map.copyOf(nextDeclared);
    }

    /** What the listener of a name follows from, or null when there is none. */
    @Nullable
    Declared declared(String name) {
        return declared.get(name);
    }

    Map<String, ListenerConnector> byName() {
        return connectors;
    }

    ConnectionBound bound() {
        return bound;
    }

    /** Reads the certificate of a listener, if it is to have one. */
    Declared read(ListenerConfig listener) {
        TlsConfig tls = listener.tls();
        if (tls == null) return new Declared(listener, FilePrint.of(), null);
        FilePrint files = FilePrint.of(tls.certificate(), tls.key(), tls.keystore());
        return new Declared(listener, files, TlsContexts.create(listener.name(), tls));
    }

    /** Which process listens on a port: {@code nginx, pid 123}, or nothing where it cannot be known (Linux only). */
    public static Optional<String> holderOf(int port) {
        return new PortHolder().find(port);
    }

    static void markCommonPort(ListenerConnector connector, Collection<ListenerConnector> all) {
        int port = connector.getPort();
        long same = all.stream().filter(c -> c.getPort() == port).count();
        if (port != 0 && same > 1) connector.hasPortInCommon();
    }

    /** @param count of listeners that share the threads */
    ListenerConnector connector(Server server, Declared one, int count) {
        ListenerConfig listener = one.config();
        SslContextFactory.Server tls = one.tls();
        ListenerConnector connector = new ListenerConnector(
                server,
                Threads.acceptors(listener),
                Threads.selectors(listener, count, limits.threads()),
                announced(listener.proxyProtocolFrom(), tls == null ? plain() : secure(tls)));
        connector.setName(listener.name());
        connector.setHost(listener.host());
        connector.setPort(listener.port());
        connector.setAcceptQueueSize(limits.acceptQueue());
        connector.setReuseAddress(true);
        connector.setIdleTimeout(limits.idleTimeout().toMillis());
        // Jetty would put this timeout on every connection as soon as it stops, on busy ones too, and so cut an HTTP/2
        // session that is quiet for a second. A drain knows which connections are idle, and closes those itself.
        connector.setShutdownIdleTimeout(-1);
        connector.getSelectorManager().setConnectTimeout(connectTimeout.toMillis());
        return connector;
    }

    /** For XML, which is applied once, before the start: a listener that comes later has none. */
    private void nameForXml(Declared one, ListenerConnector connector) {
        String name = one.config().name();
        // Jetty's own names for what its https module has.
        boolean https = name.equals("https");
        xmlIds.put(name + "Connector", connector);
        if (https) xmlIds.put("sslConnector", connector);
        if (one.tls() == null) return;
        xmlIds.put(name + "SslContextFactory", one.tls());
        if (https) xmlIds.put("sslContextFactory", one.tls());
    }

    /** With the PROXY protocol before everything else, TLS included. */
    private static ConnectionFactory[] announced(List<Cidr> from, ConnectionFactory... factories) {
        if (from.isEmpty()) return factories;
        return ArrayUtil.prependToArray(new ProxyProtocol(from, factories[0]), factories, ConnectionFactory.class);
    }

    private ConnectionFactory[] plain() {
        return new ConnectionFactory[] {new LoopHttp(http), new PromptHttp2.Plain(http, limits)};
    }

    private ConnectionFactory[] secure(SslContextFactory.Server context) {
        ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory("h2", HTTP_1_1);
        alpn.setDefaultProtocol(HTTP_1_1);
        return new ConnectionFactory[] {
            new SslConnectionFactory(context, alpn.getProtocol()),
            alpn,
            new PromptHttp2.OverTls(https, limits),
            new LoopHttp(https)
        };
    }

    /**
     * Binds the sockets of all listeners, so that the kernel queues connections, which are accepted once the server
     * starts. All or none: when one fails, those opened before it are closed. Not to be called again after that.
     *
     * @throws ListenerException names the listener, the address, the reason and, where it can be known, who holds the port
     */
    public void open() {
        open(false);
    }

    /**
     * As {@link #open()}, but addresses may be held by another process of the same user that lets others in, as these
     * listeners do once they are open (on Linux). Nothing comes that the other one would not have got before it steps aside
     * or closes; where it cannot step aside, the kernel deals out connections between the two from now on.
     *
     * @throws ListenerException as {@link #open()}
     */
    public void openBeside() {
        open(true);
    }

    private void open(boolean beside) {
        List<ServerConnector> opened = claimInherited();
        for (ListenerConnector connector : connectors.values()) {
            try {
                if (connector.isOpen()) continue;
                if (beside) connector.openBeside();
                else connector.open();
                opened.add(connector);
            } catch (IOException | IllegalArgumentException e) {
                opened.forEach(ServerConnector::close);
                throw cannotBind(connector, e);
            }
        }
    }

    /**
     * Opens a connector that is none of these in the same way, so that it can be taken over too.
     *
     * @param beside whether another process of the same user may hold the address
     * @return makes way for a successor: from then on new connections reach that one alone
     * @throws ListenerException as {@link #open()}
     */
    public static Runnable openShared(ServerConnector connector, boolean beside) {
        try {
            connector.setReusePort(beside);
            connector.open();
            Succession succession = Succession.prepare((ServerSocketChannel) connector.getTransport(), false);
            return () -> {
                if (!succession.stepAside()) connector.close();
            };
        } catch (IOException | IllegalArgumentException e) {
            throw cannotBind(connector, e);
        }
    }

    /** Closes the sockets of a server that is not going to start. */
    public void close() {
        connectors.values().forEach(ServerConnector::close);
    }

    /** For a connector that has a name, and whose address could not be opened: says why and, where it can be known, who has it. */
    static ListenerException cannotBind(ServerConnector connector, Exception failure) {
        int port = connector.getPort();
        return new ListenerException(
                connector.getName(), "cannot bind " + address(connector, port) + ": " + reason(failure, port), failure);
    }

    /**
     * Hands over listening sockets that this process was started with: to the listener of that name, else to one that
     * is configured for the address. To be called before they are opened.
     *
     * @param names of the sockets, by the number of their descriptor; empty for one without a name
     */
    public void inherit(Map<Integer, String> names) {
        inherited.putAll(names);
    }

    private List<ServerConnector> claimInherited() {
        List<ServerConnector> opened = new ArrayList<>();
        if (inherited.isEmpty()) return opened;
        InheritedSockets sockets = InheritedSockets.of(inherited);
        List<String> without = new ArrayList<>();
        for (ListenerConnector connector : connectors.values()) {
            ServerSocketChannel channel = sockets.claim(connector);
            try {
                if (channel == null) {
                    without.add(connector.getName());
                } else {
                    connector.openInherited(channel);
                    opened.add(connector);
                }
            } catch (IOException e) {
                opened.forEach(ServerConnector::close);
                throw new ListenerException(connector.getName(), "inherited socket: " + e.getMessage(), e);
            }
        }
        sockets.finish(without);
        return opened;
    }

    private static String reason(Throwable failure, int port) {
        Throwable root = failure;
        while (root.getCause() != null) root = root.getCause();
        if (root instanceof UnresolvedAddressException) return "unknown host";
        String message = root.getMessage() == null ? root.toString() : root.getMessage();
        if (root instanceof BindException && message.startsWith("Address already in use"))
            return "address already in use"
                    + new PortHolder()
                            .find(port)
                            .map(who -> " (held by " + who + ")")
                            .orElse("");
        if (message.startsWith("Permission denied") && port < 1024)
            return "permission denied (ports below 1024 need root or CAP_NET_BIND_SERVICE)";
        return message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
    }

    /**
     * Who listens on the addresses of these listeners, by name, in their order; this process too, once they are open. Looks
     * at every process that it may look at.
     */
    public Map<String, Holders> holders() {
        Map<String, Holders> holders = new LinkedHashMap<>();
        connectors.forEach((name, connector) -> {
            int port = port(connector);
            holders.put(name, port <= 0 ? Holders.NONE : new PortHolder().holders(host(connector), port));
        });
        return holders;
    }

    /**
     * The names of those on whose address somebody else listens too: a successor. To be asked while they are open; takes
     * about a millisecond.
     */
    public List<String> shared() {
        return connectors.values().stream()
                .filter(c ->
                        c.isOpen() && new PortHolder().count(host(c), c.getLocalPort()) > 1 + passing(c.getLocalPort()))
                .map(ServerConnector::getName)
                .toList();
    }

    /**
     * Sends a request over each of them, past the port, and blocks until all are answered: some milliseconds, in a process
     * that has just started some hundred. To be called when the server has started.
     *
     * @throws ListenerException the first one that does not answer, and why
     */
    public void ask() {
        connectors.forEach((name, connector) -> {
            try {
                OwnRequest.over(connector);
            } catch (IOException e) {
                throw new ListenerException(name, "does not answer: " + e.getMessage(), e);
            }
        });
    }

    /** Sockets of this process on a port, but for the one that is asked about. */
    private long passing(int port) {
        return passing.stream()
                .filter(c -> c.isOpen() && c.getLocalPort() == port)
                .count();
    }

    Set<ListenerConnector> passing() {
        return passing;
    }

    private static int port(ServerConnector connector) {
        return connector.getLocalPort() > 0 ? connector.getLocalPort() : connector.getPort();
    }

    /** Null for all addresses, and for a name that means none: to open it will say so. */
    private static @Nullable InetAddress host(ServerConnector connector) {
        try {
            return connector.getHost() == null ? null : InetAddress.getByName(connector.getHost());
        } catch (UnknownHostException e) {
            return null;
        }
    }

    /**
     * Whether all of them can step aside before they close, so that a successor gets what comes, down to the handshakes that
     * are under way. To be asked when they are open.
     */
    public boolean canStepAside() {
        return connectors.values().stream().allMatch(ListenerConnector::canStepAside);
    }

    /**
     * The port that a listener is bound to, also when 0 was configured; below 0 before {@link #open()} and after a stop.
     *
     * @throws IllegalArgumentException when there is no such listener
     */
    public int port(String name) {
        return connector(name).getLocalPort();
    }

    /** Names and addresses as people write them ({@code :8080}), with the ports that were bound, in configured order. */
    public Map<String, String> addresses() {
        Map<String, String> addresses = new LinkedHashMap<>();
        connectors.forEach((name, connector) -> {
            int bound = connector.getLocalPort();
            addresses.put(name, address(connector, bound > 0 ? bound : connector.getPort()));
        });
        return Collections.unmodifiableMap(addresses);
    }

    private static String address(ServerConnector connector, int port) {
        // From the connector and not from the configuration: XML may have changed it.
        return new ListenerConfig(connector.getName(), connector.getHost(), port, null).address();
    }

    /**
     * The connector of a listener.
     *
     * @throws IllegalArgumentException when there is no such listener
     */
    public ServerConnector connector(String name) {
        @Nullable ListenerConnector connector = connectors.get(name);
        if (connector == null)
            throw new IllegalArgumentException("listener " + name + " (expected: one of " + connectors.keySet() + ")");
        return connector;
    }

    /** All connectors, in configured order; {@link ServerConnector#getName()} is the name of the listener. */
    public List<ServerConnector> connectors() {
        return List.copyOf(connectors.values());
    }

    /**
     * The way to backends on the selectors of these listeners.
     *
     * @param connectTimeout how long a connection may take to be accepted
     * @param idleTimeout how long one is kept on which nothing moves
     */
    public BackendSockets backendSockets(Duration connectTimeout, Duration idleTimeout) {
        this.connectTimeout = connectTimeout;
        for (ListenerConnector connector : connectors.values())
            connector.getSelectorManager().setConnectTimeout(connectTimeout.toMillis());
        return new BackendSockets(() -> connectors.values(), idleTimeout);
    }

    /**
     * What Jetty XML may refer to: {@code httpConfig}, {@code sslHttpConfig}, {@code <name>Connector} for each listener
     * and {@code <name>SslContextFactory} for each with TLS; those of the listener {@code https} are called {@code
     * sslConnector} and {@code sslContextFactory} too. {@code Server} and {@code threadPool} come from {@link
     * JettyXml#apply}.
     */
    public Map<String, Object> xmlIds() {
        return Collections.unmodifiableMap(xmlIds);
    }
}
