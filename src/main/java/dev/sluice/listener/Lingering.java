package dev.sluice.listener;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.util.IO;
import org.eclipse.jetty.util.NanoTime;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sockets that are closed although their client still sends, because it was answered early (RFC 9112 §9.6). Closed at once,
 * the kernel would answer what still comes with a reset, and a reset takes from the client what it has not read yet: the
 * answer. So they are half-closed, what comes is read and dropped, and they are closed when the client has ended, has said
 * nothing for a while, or does not stop.
 *
 * <p>For Jetty they are closed: no request, no connection is counted for them, and TLS has said its close_notify. What is
 * left is a socket on its selector, and one timer. There are at most {@link #MOST} of them on a listener, beyond the
 * connections that it may have; any further one is closed at once.
 *
 * <p>Safe for use by many threads; never blocks.
 */
final class Lingering {
    private static final Logger LOG = LoggerFactory.getLogger(Lingering.class);

    /** How many at a time. */
    static final int MOST = 1_000;

    /** How much a client may still send. */
    static final long MOST_BYTES = 64L << 20;

    /** Without a byte from the client. */
    static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** In all. */
    static final long TOTAL_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** In all, behind a GOAWAY: who is cut for an error is not waited for, but shall be told. */
    static final long GOAWAY_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** In all, in a drain: less than the second by which Jetty is told to wait longer than the drain. */
    static final long DRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** Reads of one socket before the selector looks at others. */
    private static final int READS = 8;

    private final Supplier<Scheduler> scheduler;
    private final Runnable ended;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger count = new AtomicInteger();
    private volatile long longest = TOTAL_NANOS;
    private volatile boolean stopped;

    /** @param ended called by any thread when one of them is closed */
    Lingering(Supplier<Scheduler> scheduler, Runnable ended) {
        this.scheduler = scheduler;
        this.ended = ended;
    }

    void start() {
        longest = TOTAL_NANOS;
        stopped = false;
    }

    /** There is little time from now on, for those that linger and for those that will. */
    void hurry() {
        longest = DRAIN_NANOS;
        for (Socket socket : sockets) socket.checkIn(DRAIN_NANOS);
    }

    /** Closes all, and whatever comes later at once. */
    void stop() {
        stopped = true;
        for (Socket socket : sockets) socket.close();
    }

    boolean isEmpty() {
        return count.get() == 0;
    }

    /**
     * Takes a socket that is to be closed.
     *
     * @param nanos how long at most, in all
     * @param key of the selector's thread
     * @return false when it is to be closed at once
     */
    boolean take(SocketChannel channel, long nanos, LoopSelector loop, Supplier<SelectionKey> key) {
        if (stopped) return false;
        if (count.incrementAndGet() > MOST) {
            count.decrementAndGet();
            return false;
        }
        Socket socket = new Socket(channel, nanos, loop, key);
        sockets.add(socket);
        try {
            channel.shutdownOutput();
        } catch (IOException e) {
            LOG.debug("{}: its client has gone", channel, e);
            socket.close();
            return true;
        }
        socket.checkIn(Math.min(QUIET_NANOS, nanos));
        loop.submit(socket);
        // Published first, then looked at: who stops says so first, then looks for those that are there.
        if (stopped) socket.close();
        return true;
    }

    private static void cancel(Scheduler.@Nullable Task task) {
        if (task != null) task.cancel();
    }

    private final class Socket implements ManagedSelector.Selectable, ManagedSelector.SelectorUpdate, Closeable {
        private final SocketChannel channel;
        private final long most;
        private final LoopSelector loop;
        private final AtomicReference<Scheduler.@Nullable Task> timer = new AtomicReference<>();
        /** Null once it is of no more use, as all of the connection hangs on it. */
        private volatile @Nullable Supplier<SelectionKey> key;

        private final long since = NanoTime.now();
        private volatile long heard = since;
        private long dropped; // of the selector's thread

        Socket(SocketChannel channel, long most, LoopSelector loop, Supplier<SelectionKey> key) {
            this.channel = channel;
            this.most = most;
            this.loop = loop;
            this.key = key;
        }

        /** From here on what is selected comes to this, and not to the end point that was closed. */
        @Override
        public void update(Selector selector) {
            try {
                Supplier<SelectionKey> held = key;
                if (held == null) return;
                SelectionKey mine = held.get();
                mine.attach(this);
                mine.interestOps(SelectionKey.OP_READ);
                key = null;
            } catch (CancelledKeyException e) {
                close();
            }
        }

        @Override
        public @Nullable Runnable onSelected() {
            ByteBuffer sink = loop.sink();
            try {
                for (int i = 0; i < READS; i++) {
                    int read = channel.read(sink.clear());
                    if (read == 0) return null;
                    dropped += read;
                    if (read < 0 || dropped > MOST_BYTES) {
                        close();
                        return null;
                    }
                    heard = NanoTime.now();
                    if (read < sink.capacity()) return null;
                }
            } catch (IOException e) {
                LOG.debug("{}: its client has gone", channel, e);
                close();
            }
            return null;
        }

        @Override
        public void updateKey() {
            // Reading is all that is ever wanted.
        }

        @Override
        public void replaceKey(SelectionKey newKey) {
            // Not used once it is attached.
        }

        void checkIn(long nanos) {
            long bound;
            do {
                bound = longest;
                Scheduler.Task next =
                        scheduler.get().schedule(this::check, Math.min(nanos, bound), TimeUnit.NANOSECONDS);
                cancel(timer.getAndSet(next));
                if (!channel.isOpen()) cancel(next); // Closed before it could be seen.
            } while (longest != bound); // Else the shorter one, of whoever hurries, could have been cancelled.
        }

        private void check() {
            if (!channel.isOpen()) return;
            long now = NanoTime.now();
            long left = Math.min(QUIET_NANOS - (now - heard), Math.min(most, longest) - (now - since));
            if (left <= 0) close();
            else checkIn(left);
        }

        @Override
        public void close() {
            if (!sockets.remove(this)) return;
            IO.close(channel);
            cancel(timer.get());
            key = null;
            // The selector lets go of the socket when it looks again.
            loop.submit(selector -> {});
            count.decrementAndGet();
            ended.run();
        }
    }
}
