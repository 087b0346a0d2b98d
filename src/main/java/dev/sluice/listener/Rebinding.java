package dev.sluice.listener;

import dev.sluice.config.ListenerConfig;
import dev.sluice.tls.FilePrint;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.ThreadPool;
import org.eclipse.jetty.util.thread.ThreadPoolBudget;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The step from the listeners that a server has to those of another configuration. Whatever can fail has been done when
 * this is made and {@link #open} has bound the new sockets, for which the kernel queues from then on; {@link #apply} does
 * the rest, or {@link #discard} nothing. A listener that is the same in both is left alone; where only its certificate differs, or what is in the files of it, that is changed and no connection
 * is. One with another address, or other protocols, is opened anew under its name, and the one before leaves.
 *
 * <p>To be used by one thread.
 */
public final class Rebinding {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerConnector.class);

    private final Listeners listeners;
    private final Server server;
    private final Map<String, ListenerConnector> connectors = new LinkedHashMap<>();
    private final Map<String, Listeners.Declared> declared = new LinkedHashMap<>();
    private final Map<String, ListenerConnector> added = new LinkedHashMap<>();
    private final Map<String, ListenerConnector> removed = new LinkedHashMap<>();
    private final Map<String, TlsContexts.Renewal> renewals = new LinkedHashMap<>();

    private Rebinding(Listeners listeners, Server server) {
        this.listeners = listeners;
        this.server = server;
    }

    static Rebinding prepare(Listeners listeners, Server server, List<ListenerConfig> next) {
        Rebinding step = new Rebinding(listeners, server);
        for (ListenerConfig one : next) step.enter(one, next.size());
        listeners.byName().forEach((name, connector) -> {
            if (step.connectors.get(name) != connector) step.removed.put(name, connector);
        });
        return step;
    }

    private void enter(ListenerConfig next, int count) {
        String name = next.name();
        Listeners.Declared known = listeners.declared(name);
        ListenerConnector connector = listeners.byName().get(name);
        if (known == null || connector == null || !isSameSocket(known.config(), next)) {
            Listeners.Declared made = listeners.read(next);
            ListenerConnector another = listeners.connector(server, made, count);
            added.put(name, another);
            connectors.put(name, another);
            declared.put(name, made);
            return;
        }
        connectors.put(name, connector);
        declared.put(name, known);
        if (known.tls() != null && next.tls() != null) renew(next, known);
    }

    private void renew(ListenerConfig next, Listeners.Declared known) {
        var tls = Objects.requireNonNull(next.tls());
        var context = Objects.requireNonNull(known.tls());
        FilePrint files = FilePrint.of(tls.certificate(), tls.key(), tls.keystore());
        if (tls.equals(known.config().tls()) && files.equals(known.files())) return;
        renewals.put(next.name(), TlsContexts.renewal(next.name(), context, tls));
        declared.put(next.name(), new Listeners.Declared(next, files, context));
    }

    private static boolean isSameSocket(ListenerConfig a, ListenerConfig b) {
        return a.address().equals(b.address())
                && (a.tls() == null) == (b.tls() == null)
                && a.proxyProtocolFrom().equals(b.proxyProtocolFrom());
    }

    /**
     * Each takes some threads for as long as it runs; better to know before than to fail half way.
     *
     * @throws ListenerException when there are not enough
     */
    public void requireThreads() {
        int needed = added.values().stream()
                .mapToInt(c -> Math.max(0, c.getAcceptors()) + c.selectors().getSelectorCount())
                .sum();
        if (needed == 0 || !(server.getThreadPool() instanceof ThreadPool.SizedThreadPool pool)) return;
        try {
            ThreadPoolBudget.leaseFrom(pool, this, needed).close();
        } catch (IllegalStateException | IOException e) {
            throw new ListenerException(
                    String.join(", ", added.keySet()),
                    "too few threads for its " + needed + " selectors and acceptors: " + e.getMessage(),
                    e);
        }
    }

    /**
     * Binds what is new, or nothing of it.
     *
     * @throws ListenerException when an address cannot be bound, or there are not enough threads
     */
    public void open() {
        requireThreads();
        for (ListenerConnector connector : added.values()) {
            Listeners.markCommonPort(connector, connectors.values());
            try {
                // What leaves may have the address until it has stepped aside.
                if (removed.values().stream().anyMatch(r -> r.getLocalPort() == connector.getPort()))
                    connector.openBeside();
                else connector.open();
                listeners.passing().add(connector);
            } catch (IOException | RuntimeException e) {
                discard();
                throw Listeners.cannotBind(connector, e);
            }
        }
    }

    /** The names of the listeners that are new, or have another address. */
    public List<String> added() {
        return List.copyOf(added.keySet());
    }

    /** Those that are no more, or had another address: to be drained, and then told of to {@link #ended}. */
    public List<ServerConnector> removed() {
        return List.copyOf(removed.values());
    }

    /** The names of those that get another certificate. */
    public List<String> renewed() {
        return List.copyOf(renewals.keySet());
    }

    /** It does not come to that: closes what was opened. */
    public void discard() {
        added.values().forEach(ListenerConnector::close);
        listeners.passing().removeAll(added.values());
    }

    /**
     * Begins to accept on what is new, and to show new certificates. What leaves goes on to accept, until it is drained. One
     * that does not start, which the log says, is as if it had not been asked for: the one before it stays.
     */
    public void apply() {
        for (ListenerConnector connector : added.values()) if (!start(connector)) giveUp(connector);
        listeners.replace(connectors, declared);
        listeners.passing().removeAll(added.values());
        listeners.passing().addAll(removed.values());
        removed.values().forEach(connector -> connector.selectors().leave());
        renewals.forEach((name, renewal) -> {
            try {
                renewal.apply();
            } catch (Exception e) {
                LOG.error("listener {}: its new certificate is not shown", name, e);
            }
        });
    }

    private boolean start(ListenerConnector connector) {
        try {
            listeners.bound().count(connector);
            server.addConnector(connector);
            connector.start();
            server.manage(connector);
            listeners.bound().add(connector);
            return true;
        } catch (Exception e) {
            LOG.error("listener {}: it does not start", connector.getName(), e);
            server.removeConnector(connector);
            connector.close();
            return false;
        }
    }

    private void giveUp(ListenerConnector connector) {
        String name = connector.getName();
        ListenerConnector before = removed.remove(name);
        Listeners.Declared known = listeners.declared(name);
        if (before == null || known == null) {
            connectors.remove(name);
            declared.remove(name);
        } else {
            connectors.put(name, before);
            declared.put(name, known);
        }
    }

    /** Whether the selectors of one of {@link #removed} have nothing to do any more, for others either. */
    public boolean isIdle(ServerConnector connector) {
        return !(connector instanceof ListenerConnector own) || own.selectors().isIdle();
    }

    /**
     * One of {@link #removed} has been drained: nothing of it is left.
     *
     * @throws Exception when it does not stop in order
     */
    public void ended(ServerConnector connector) throws Exception {
        server.removeConnector(connector);
        if (connector instanceof ListenerConnector own) {
            listeners.bound().remove(own);
            listeners.passing().remove(own);
        }
        connector.stop();
    }
}
