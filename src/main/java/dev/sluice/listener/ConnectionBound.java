package dev.sluice.listener;

import java.nio.channels.SelectableChannel;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.AbstractConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One bound on the open connections of all listeners together. At the bound, listeners stop accepting and the kernel
 * queues; below it they go on.
 *
 * <p>Jetty's {@code NetworkConnectionLimit} closes a connection that is accepted at the moment in which another listener
 * reaches the bound. Here it is kept: the bound may be passed by one connection for each further listener, and none is
 * lost.
 */
final class ConnectionBound implements SelectorManager.AcceptListener {
    private static final Logger log = LoggerFactory.getLogger(ConnectionBound.class);

    private final int most;
    private final List<AbstractConnector> connectors = new CopyOnWriteArrayList<>();
    private final Set<SelectableChannel> open = ConcurrentHashMap.newKeySet();
    private boolean full;

    /** @param most open connections, at least 1 */
    ConnectionBound(int most) {
        this.most = most;
    }

    /** Counts the connections of one more listener. To be called before its start. */
    void count(AbstractConnector connector) {
        connector.addBean(this, false);
    }

    /** Stops and starts this one too, from now on. To be called after its start, or before that of all. */
    synchronized void add(AbstractConnector connector) {
        connectors.add(connector);
        if (full) connector.setAccepting(false);
    }

    /** This one has ended. */
    synchronized void remove(AbstractConnector connector) {
        connectors.remove(connector);
    }

    /** Called by the acceptor's own thread, so that it sees the bound before it accepts the next one. */
    @Override
    public void onAccepting(SelectableChannel channel) {
        open.add(channel);
        adjust();
    }

    @Override
    public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
        gone(channel);
    }

    @Override
    public void onClosed(SelectableChannel channel) {
        gone(channel);
    }

    /** A set and not a counter: Jetty reports a connection that fails while it is set up more than once. */
    private void gone(SelectableChannel channel) {
        if (open.remove(channel)) adjust();
    }

    private synchronized void adjust() {
        boolean now = open.size() >= most;
        if (now == full) return;
        full = now;
        log.info("{} client connections: {}", most, now ? "no more are accepted for now" : "accepting again");
        for (AbstractConnector connector : connectors) connector.setAccepting(!now);
    }
}
