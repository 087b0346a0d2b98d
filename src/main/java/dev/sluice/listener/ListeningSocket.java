package dev.sluice.listener;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.jetty.util.IO;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The socket that a listener accepts from, which can be closed without losing what the kernel has queued. It steps aside
 * before it closes, where it can ({@link Succession}), so that nothing new comes; where it cannot, what is left is the time
 * between the last look and the close, some microseconds, and the handshakes that are under way.
 *
 * <p>Safe for use by many threads.
 */
final class ListeningSocket {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerConnector.class);

    /** What Java makes of a queue size that is not set. */
    private static final int USUAL_QUEUE = 50;

    private final String listener;
    private final ServerSocketChannel channel;
    private final Succession succession;
    private final List<Selector> waiting = new CopyOnWriteArrayList<>();
    private volatile boolean closing;
    private volatile boolean aside;

    /**
     * @param listener its name, for the log
     * @param succession how others can listen beside it
     */
    ListeningSocket(String listener, ServerSocketChannel channel, Succession succession) throws IOException {
        this.listener = listener;
        this.channel = channel;
        this.succession = succession;
        channel.configureBlocking(false);
    }

    /** Prepares for threads that accept: a selector for each, because they would wait for each other at a common one. */
    void prepare(int acceptors) throws IOException {
        for (int i = 0; i < acceptors; i++) {
            Selector selector = Selector.open();
            waiting.add(selector);
            channel.register(selector, SelectionKey.OP_ACCEPT);
        }
    }

    /** @return the next connection, or null after a wait that ended without one */
    @Nullable
    SocketChannel await(int acceptor) throws IOException {
        if (!channel.isOpen()) return null;
        try {
            SocketChannel accepted = channel.accept();
            // Had it begun to close just now: Jetty interrupts acceptors, which ends the wait at once.
            if (accepted != null || closing) return accepted;
            Selector selector = waiting.get(acceptor);
            selector.select();
            selector.selectedKeys().clear();
        } catch (ClosedChannelException | ClosedSelectorException e) {
            LOG.trace("listener {} no longer listens", listener, e);
        }
        return null;
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    boolean canStepAside() {
        return succession.way() == Succession.Way.APART || isKept();
    }

    private boolean isKept() {
        return succession.way() == Succession.Way.KEPT;
    }

    /** @return whether no new connection comes any more, while it still accepts those that have begun to */
    boolean stepAside() {
        aside = succession.stepAside();
        return aside;
    }

    void stopWaiting() {
        closing = true;
    }

    /**
     * A closed channel keeps its socket until the selectors that know it have looked once more, and a socket that nobody
     * accepts from loses what it queues. So they forget it before.
     */
    void forget() {
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
            LOG.debug("listener {} was stopped while it was shut down", listener, e);
        }
    }

    /**
     * Closes it.
     *
     * @param queue how long its queue may be: unless it has stepped aside no more are taken, as clients that keep coming
     *     shall not keep this open; 0 for the usual size
     * @return what the kernel had queued; nothing when the socket stays open elsewhere
     */
    List<SocketChannel> takeQueuedAndClose(int queue) {
        List<SocketChannel> queued = new ArrayList<>();
        // What waits in a socket that stays is for the next process: it has all the time that this one has not.
        // The kernel queues one more than it was told.
        int bound = aside ? Integer.MAX_VALUE : 1 + (queue > 0 ? queue : USUAL_QUEUE);
        int most = isKept() ? 0 : bound;
        try {
            while (queued.size() < most) {
                SocketChannel accepted = channel.accept();
                if (accepted == null) break;
                queued.add(accepted);
            }
        } catch (ClosedChannelException e) {
            LOG.trace("listener {} was shut down before", listener, e);
        } catch (IOException e) {
            LOG.warn("listener {}: connections that waited are lost: {}", listener, e.toString());
        }
        IO.close(channel); // Here and at once: what comes between the last look and this is lost.
        return queued;
    }

    void close() {
        IO.close(channel);
    }

    void stop() throws IOException {
        for (Selector selector : waiting) selector.close();
        waiting.clear();
    }
}
