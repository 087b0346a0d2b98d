package dev.sluice.listener;

import java.io.IOException;
import java.net.Socket;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.IO;
import org.eclipse.jetty.util.component.Graceful;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listener's connector. It stops without losing a connection that a client believes it has:
 *
 * <ul>
 *   <li>Jetty closes the listening socket, and the kernel resets what waits in its queue. This one takes what waits, then
 *       closes. For that it accepts without blocking; what is left is the time between the last look and the close, some
 *       microseconds.
 *   <li>Jetty calls a connector done when no connection is open and no acceptor runs. One that was accepted and not yet
 *       handed to a selector does not count. Here it does.
 *   <li>Jetty ends a connection without a word when a response whose head was sent before the stop is complete. A client
 *       that sends its next request in that moment loses it. Here such a connection stays open, for the drain to close.
 * </ul>
 */
final class ListenerConnector extends ServerConnector {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerConnector.class);

    /** What Java makes of a queue size that is not set. */
    private static final int USUAL_QUEUE = 50;

    private final Set<SelectableChannel> beingOpened = ConcurrentHashMap.newKeySet();
    private final List<Selector> waiting = new CopyOnWriteArrayList<>();
    private volatile @Nullable ServerSocketChannel listening;
    private volatile boolean closing;
    private volatile @Nullable CompletableFuture<Void> acceptorsAndConnections;
    private volatile @Nullable Shutdown everything;

    /** @param acceptors at least 1 */
    ListenerConnector(Server server, int acceptors, int selectors, ConnectionFactory... factories) {
        super(server, acceptors, selectors, factories);
        addBean(new Opening(), false);
    }

    @Override
    public void open(ServerSocketChannel channel) throws IOException {
        super.open(channel);
        channel.configureBlocking(false);
        listening = channel;
    }

    @Override
    protected void doStart() throws Exception {
        acceptorsAndConnections = null;
        closing = false;
        everything = new Shutdown(this) {
            @Override
            public boolean isShutdownDone() {
                CompletableFuture<Void> most = acceptorsAndConnections;
                return most != null
                        && most.isDone()
                        && beingOpened.isEmpty()
                        && getConnectedEndPoints().isEmpty();
            }
        };
        open();
        ServerSocketChannel channel = Objects.requireNonNull(listening);
        // One for each acceptor: they would wait for each other at a common one.
        for (int i = 0; i < getAcceptors(); i++) {
            Selector selector = Selector.open();
            waiting.add(selector);
            channel.register(selector, SelectionKey.OP_ACCEPT);
        }
        super.doStart();
    }

    @Override
    protected void doStop() throws Exception {
        try {
            super.doStop();
        } finally {
            for (Selector selector : waiting) selector.close();
            waiting.clear();
            beingOpened.clear();
        }
    }

    /** Called in a loop by each acceptor. Returns after one connection, or when it was woken without one. */
    @Override
    public void accept(int acceptor) throws IOException {
        ServerSocketChannel channel = listening;
        if (channel == null || !channel.isOpen()) return;
        try {
            SocketChannel accepted = channel.accept();
            if (accepted != null) {
                serve(accepted);
            } else if (!closing) {
                // Had it begun to close just now: Jetty interrupts acceptors, which ends the wait at once.
                Selector selector = waiting.get(acceptor);
                selector.select();
                selector.selectedKeys().clear();
            }
        } catch (ClosedChannelException | ClosedSelectorException e) {
            LOG.trace("{} no longer listens", this, e);
        }
    }

    private void serve(SocketChannel accepted) throws IOException {
        accepted.configureBlocking(false);
        Socket socket = accepted.socket();
        configure(socket);
        getSelectorManager().accept(accepted);
    }

    /** The future is done when nothing of this listener is left. Calls after the first join it. */
    @Override
    public CompletableFuture<Void> shutdown() {
        Shutdown all = everything;
        if (all == null) return CompletableFuture.completedFuture(null);
        stopWaiting();
        takeQueuedAndClose();
        CompletableFuture<Void> most = super.shutdown();
        acceptorsAndConnections = most;
        CompletableFuture<Void> done = all.shutdown();
        most.whenComplete((v, x) -> all.check());
        return done;
    }

    /** Jetty asks only to end connections unannounced. The drain announces, and ends them in its own time. */
    @Override
    public boolean isShutdown() {
        return false;
    }

    /**
     * A closed channel keeps its socket until the selectors that know it have looked once more, and a socket that nobody
     * accepts from loses what it queues. So they forget it before.
     */
    private void stopWaiting() {
        closing = true;
        ServerSocketChannel channel = listening;
        if (channel == null) return;
        try {
            for (Selector selector : waiting) {
                SelectionKey key = channel.keyFor(selector);
                if (key == null) continue;
                key.cancel();
                selector.wakeup();
                selector.selectNow();
            }
            // A rehearsal: classes that the first close of a process loads would make the last look a long time ago.
            try (ServerSocketChannel other = ServerSocketChannel.open()) {
                other.configureBlocking(false);
            }
        } catch (IOException | ClosedSelectorException e) {
            LOG.debug("{} was stopped while it was shut down", this, e);
        }
    }

    private void takeQueuedAndClose() {
        ServerSocketChannel channel = listening;
        if (channel == null || !channel.isOpen()) return;
        List<SocketChannel> queued = takeQueued(channel);
        IO.close(channel); // Here and at once: what comes between the last look and this is lost.
        for (SocketChannel accepted : queued) {
            try {
                serve(accepted);
            } catch (IOException e) {
                LOG.debug("listener {}: a connection that waited has gone", getName(), e);
                IO.close(accepted);
            }
        }
    }

    /**
     * What the kernel has queued, at most as much as it can queue: clients that keep coming shall not keep this open. Also
     * beyond the bound on connections: these are the last ones.
     */
    private List<SocketChannel> takeQueued(ServerSocketChannel channel) {
        int most = getAcceptQueueSize() > 0 ? getAcceptQueueSize() : USUAL_QUEUE;
        List<SocketChannel> queued = new ArrayList<>();
        try {
            while (queued.size() < most) {
                SocketChannel accepted = channel.accept();
                if (accepted == null) break;
                queued.add(accepted);
            }
        } catch (ClosedChannelException e) {
            LOG.trace("{} was shut down before", this, e);
        } catch (IOException e) {
            LOG.warn("listener {}: connections that waited are lost: {}", getName(), e.toString());
        }
        return queued;
    }

    @Override
    protected void onEndPointOpened(EndPoint endPoint) {
        super.onEndPointOpened(endPoint);
        if (endPoint.getTransport() instanceof SelectableChannel channel) beingOpened.remove(channel);
    }

    @Override
    protected void onEndPointClosed(EndPoint endPoint) {
        super.onEndPointClosed(endPoint);
        check();
    }

    private void check() {
        Graceful.Shutdown all = everything;
        if (all != null) all.check();
    }

    private final class Opening implements SelectorManager.AcceptListener {
        @Override
        public void onAccepting(SelectableChannel channel) {
            beingOpened.add(channel);
        }

        @Override
        public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
            beingOpened.remove(channel);
            check();
        }
    }
}
