package dev.sluice.listener;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.util.IO;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts a listener's connections on one of its selectors, so that no thread is woken for a connection that is served
 * right there. Jetty's own acceptor on a selector goes on until nobody waits any more, asks without a pause when there are
 * no file descriptors left, and closes the listener when it is told to stop and to go on at once; this one does none of it.
 *
 * <p>Safe for use by many threads; the key belongs to the selector's.
 */
final class LoopAcceptor implements ManagedSelector.Selectable, ManagedSelector.SelectorUpdate, Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerConnector.class);

    /** How many in one turn: connections that are open have theirs in between. */
    private static final int AT_ONCE = 8;

    /** How long to wait when a connection cannot be accepted, most likely for want of file descriptors. */
    private static final long PAUSE_MILLIS = 500;

    /** How long a stop waits for a selector to forget the listening socket, which it does between two events. */
    private static final long LEAVE_MILLIS = 1_000;

    private final ListenerConnector connector;
    private final LoopSelector loop;
    private final ServerSocketChannel channel;
    private @Nullable SelectionKey key;
    private boolean left;

    /** @param channel not blocking */
    LoopAcceptor(ListenerConnector connector, LoopSelector loop, ServerSocketChannel channel) {
        this.connector = connector;
        this.loop = loop;
        this.channel = channel;
    }

    /** Begins to accept, or goes on after {@link #close}. */
    void accept() {
        loop.submit(this);
    }

    @Override
    public void update(Selector selector) {
        if (left || !channel.isOpen()) return;
        try {
            if (key == null) key = channel.register(selector, SelectionKey.OP_ACCEPT, this);
            else key.interestOps(SelectionKey.OP_ACCEPT);
        } catch (IOException e) {
            LOG.debug("listener {} was closed", connector.getName(), e);
        }
    }

    @Override
    public @Nullable Runnable onSelected() {
        try {
            for (int i = 0; i < AT_ONCE && connector.isAccepting(); i++) {
                SocketChannel accepted = channel.accept();
                if (accepted == null) break;
                serve(accepted);
            }
        } catch (ClosedChannelException e) {
            LOG.trace("{} no longer listens", connector, e);
        } catch (IOException | RuntimeException e) { // What leaves here would close the listening socket.
            LOG.warn(
                    "listener {}: a connection cannot be accepted, next try in {} ms: {}",
                    connector.getName(),
                    PAUSE_MILLIS,
                    e.getMessage());
            pause();
        }
        return null;
    }

    private void serve(SocketChannel accepted) {
        try {
            connector.serve(accepted);
        } catch (IOException e) {
            LOG.debug("listener {}: a connection that waited has gone", connector.getName(), e);
            IO.close(accepted);
        }
    }

    private void pause() {
        close();
        connector
                .getScheduler()
                .schedule(
                        () -> {
                            if (connector.isAccepting()) accept();
                        },
                        PAUSE_MILLIS,
                        TimeUnit.MILLISECONDS);
    }

    @Override
    public void updateKey() {
        // What it is interested in changes by submitted updates alone.
    }

    @Override
    public void replaceKey(SelectionKey newKey) {
        key = newKey;
    }

    /** Stops to accept until {@link #accept} is called. What comes meanwhile waits in the kernel. */
    @Override
    public void close() {
        loop.submit(selector -> {
            if (key != null && key.isValid()) key.interestOps(0);
        });
    }

    /**
     * Stops to accept for good, and waits until the selector has forgotten the socket.
     *
     * @param here whether this is the thread of a selector: it will get to it afterwards
     */
    void leaveNow(boolean here) {
        CompletableFuture<Void> left = leave();
        if (here) return;
        try {
            left.get(LEAVE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.debug("{}: its selector is busy", connector, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** When the result is there the selector has forgotten the socket. */
    private CompletableFuture<Void> leave() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.submit(selector -> {
            left = true;
            if (key != null) key.cancel();
            try {
                // What else it finds here, it finds again in the next select: the interest in it stays.
                selector.selectNow();
            } catch (IOException e) {
                LOG.debug("{} was stopped while it was shut down", connector, e);
            } finally {
                done.complete(null);
            }
        });
        return done;
    }
}
