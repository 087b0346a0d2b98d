package dev.sluice.proxy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an exchange becomes when the backend switches protocols (RFC 9110 §7.8): bytes in both directions, each at the pace of
 * the one who reads them, with one buffer while bytes are on their way and none while it is quiet. When one end closes its
 * half, so does the tunnel towards the other end; when both have, or when one breaks, all is over.
 *
 * <p>Safe for use by many threads.
 */
final class Tunnel {
    private static final Logger LOG = LoggerFactory.getLogger(Tunnel.class);

    private static final int BUFFER = 16 * 1024;

    /** How long the two ends have to answer a Close. */
    private static final long GOODBYE_MILLIS = 2_000;

    /** How many buffers are moved in one direction before others get their turn. */
    private static final int AT_ONCE = 64;

    /** Told of what moves, and of the end. */
    interface Progress {
        void toBackend(int bytes);

        void toClient(int bytes);

        /** Exactly once. {@code failure} is null when both ends closed in order. */
        void ended(@Nullable Throwable failure);
    }

    /**
     * What a tunnel is made with.
     *
     * @param idleMillis after which it is ended when nothing has moved in either direction
     * @param streamReset what breaks off the client's end where that is a stream of HTTP/2, null where it is a connection
     * @param webSocket whether what passes are frames, so that it can be ended between two messages
     */
    record Parts(
            ByteBufferPool buffers,
            Executor executor,
            Scheduler scheduler,
            long idleMillis,
            @Nullable Consumer<Throwable> streamReset,
            boolean webSocket) {}

    private final Parts parts;
    private final Progress progress;
    private final Side client;
    private final Side backend;
    private final AtomicInteger directionsLeft = new AtomicInteger(2);
    private final AtomicInteger goodbyesLeft = new AtomicInteger(2);
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile boolean goingAway;
    private volatile boolean open;

    Tunnel(EndPoint client, EndPoint backend, Parts parts, Progress progress) {
        this.parts = parts;
        this.progress = progress;
        this.client = new Side(client, false);
        this.backend = new Side(backend, true);
        this.client.other = this.backend;
        this.backend.other = this.client;
    }

    /** The connection to be put in the place of the one that spoke HTTP with the client. Bytes move as soon as it is open. */
    Connection client() {
        return client;
    }

    /** The same towards the backend. To be put in its place first. */
    Connection backend() {
        return backend;
    }

    /**
     * Ends a WebSocket in order: at the end of the message that is on its way both ends get a Close (1001), and what they
     * say after that is not passed on. Does nothing to a tunnel of which it is not known what passes through it.
     */
    void goAway() {
        if (!parts.webSocket()) return;
        goingAway = true;
        if (!open) return; // It will see that when it opens.
        client.pump.iterate();
        backend.pump.iterate();
    }

    /** The chance that a drain's Close ends it within so many nanoseconds; nobody else can be told to go. */
    double endsWithin(long nanos) {
        return parts.webSocket() && nanos >= TimeUnit.MILLISECONDS.toNanos(GOODBYE_MILLIS) ? 1 : 0;
    }

    /**
     * Ends a WebSocket although it may be in the middle of a message: one that was told before and has not come to the end of
     * it at once, one that hears of it only now after as long as it would have to answer.
     *
     * @return false when this is none
     */
    boolean endEarly() {
        if (!parts.webSocket() || over.get()) return false;
        boolean knew = goingAway;
        goAway();
        Runnable end = () -> breakOff(new TimeoutException("in the middle of a message"));
        if (!knew) parts.scheduler().schedule(end, GOODBYE_MILLIS, TimeUnit.MILLISECONDS);
        else if (goodbyesLeft.get() > 0) end.run();
        return true;
    }

    /** Both ends know, or have said it themselves. Not longer than it takes to answer. */
    private void goodbye() {
        if (goodbyesLeft.decrementAndGet() > 0 || over.get()) return;
        parts.scheduler()
                .schedule(
                        () -> breakOff(new TimeoutException("no answer to a Close")),
                        GOODBYE_MILLIS,
                        TimeUnit.MILLISECONDS);
    }

    boolean isOpen() {
        return open;
    }

    /** Ends it at once. */
    void breakOff(Throwable cause) {
        if (!over.compareAndSet(false, true)) return;
        LOG.debug("tunnel to {} is broken off", backend.getEndPoint().getRemoteSocketAddress(), cause);
        try {
            backend.getEndPoint().close(cause);
            // Before it is open the end of the request's handling ends the client's connection, or its stream.
            if (open) client.reset(cause);
        } finally {
            progress.ended(cause);
        }
    }

    private void directionEnded() {
        if (directionsLeft.decrementAndGet() > 0 || !over.compareAndSet(false, true)) return;
        try {
            backend.getEndPoint().close();
            // A stream has ended with its second END_STREAM. To close it before that one is sent would leave it in its
            // session.
            if (parts.streamReset() == null) client.getEndPoint().close();
        } finally {
            progress.ended(null);
        }
    }

    /** One of the two ends: reads what its peer sends, and hands it to the other. */
    private final class Side extends AbstractConnection.NonBlocking implements Connection.UpgradeTo {
        private final boolean isBackend;
        private final Pump pump = new Pump();
        private final Callback readable =
                Callback.from(InvocationType.NON_BLOCKING, this::onFillable, this::onFillInterestedFailed);
        private @Nullable Side other;
        private @Nullable ByteBuffer early;

        Side(EndPoint endPoint, boolean isBackend) {
            super(endPoint, parts.executor());
            this.isBackend = isBackend;
        }

        @Override
        public void onUpgradeTo(ByteBuffer unread) {
            early = unread;
        }

        @Override
        public void onOpen() {
            super.onOpen();
            getEndPoint().setIdleTimeout(parts.idleMillis());
            // The client's opens last: by then the answer that allows it has been sent.
            if (isBackend) return;
            open = true;
            backend.pump.iterate();
            pump.iterate();
        }

        @Override
        public void onFillable() {
            pump.iterate();
        }

        @Override
        public void onFillInterestedFailed(Throwable cause) {
            breakOff(cause);
        }

        @Override
        public boolean onIdleExpired(TimeoutException timeout) {
            breakOff(timeout);
            return false;
        }

        @Override
        public void onClose(@Nullable Throwable cause) {
            super.onClose(cause);
            if (!over.get()) breakOff(cause == null ? new IOException("closed") : cause);
        }

        /** Not with a clean end: in a stream of HTTP/2 by RST_STREAM, which also ends a write that waits for a window. */
        void reset(Throwable cause) {
            Consumer<Throwable> stream = parts.streamReset();
            if (stream != null) stream.accept(cause);
            getEndPoint().close(cause);
        }

        private boolean isStream() {
            return !isBackend && parts.streamReset() != null;
        }

        /** From this end to the other. */
        private final class Pump extends IteratingCallback {
            private final WebSocketFrames frames = new WebSocketFrames();
            private @Nullable RetainableByteBuffer buffer;
            private boolean saidGoodbye;
            private boolean told;
            private int inOneGo;
            private @Nullable ByteBuffer cut; // what comes after the message with which it ends

            @Override
            protected Action process() throws Throwable {
                Side to = Objects.requireNonNull(other);
                while (true) {
                    // Answered our Close with one of its own, as it should: this direction is done. Of a stream the end
                    // is still to be read, or else it stays in its session.
                    if (saidGoodbye && frames.isClosed()) {
                        to.getEndPoint().shutdownOutput();
                        if (!isStream()) return Action.SUCCEEDED;
                    }
                    if (goingAway && frames.isClosed()) tell();
                    if (goingAway
                            && !saidGoodbye
                            && !frames.isClosed()
                            && (cut != null || frames.isBetweenMessages())) {
                        saidGoodbye = true;
                        tell();
                        if (cut != null) frames.follow(cut);
                        cut = null;
                        to.getEndPoint().write(this, WebSocketFrames.goingAway(to.isBackend));
                        return Action.SCHEDULED;
                    }
                    if (++inOneGo > AT_ONCE) {
                        // Others on this thread want their turn.
                        inOneGo = 0;
                        parts.executor().execute(this::iterate);
                        return Action.IDLE;
                    }
                    ByteBuffer bytes = next();
                    if (bytes == null) return Action.SUCCEEDED;
                    if (!bytes.hasRemaining()) {
                        inOneGo = 0;
                        getEndPoint().tryFillInterested(readable);
                        return Action.IDLE;
                    }
                    ByteBuffer passed = passed(bytes);
                    if (!passed.hasRemaining()) {
                        release();
                        continue;
                    }
                    if (isBackend) progress.toClient(passed.remaining());
                    else progress.toBackend(passed.remaining());
                    to.getEndPoint().write(this, passed);
                    return Action.SCHEDULED;
                }
            }

            private void tell() {
                if (!told) goodbye();
                told = true;
            }

            /** What has arrived: empty when nothing has, null at the end. */
            private @Nullable ByteBuffer next() throws IOException {
                ByteBuffer first = early;
                if (first != null) {
                    early = null;
                    return first;
                }
                RetainableByteBuffer held = parts.buffers().acquire(BUFFER, true);
                int filled = -1;
                try {
                    filled = getEndPoint().fill(held.getByteBuffer());
                } finally {
                    if (filled > 0) buffer = held;
                    else held.release();
                }
                return filled > 0 ? held.getByteBuffer() : filled == 0 ? BufferUtil.EMPTY_BUFFER : null;
            }

            private ByteBuffer passed(ByteBuffer bytes) {
                if (!parts.webSocket()) return bytes;
                if (saidGoodbye) {
                    frames.follow(bytes);
                    return BufferUtil.EMPTY_BUFFER;
                }
                if (!goingAway) {
                    frames.follow(bytes);
                    return bytes;
                }
                int last = frames.followToEndOfMessage(bytes);
                ByteBuffer message = bytes.slice(bytes.position(), last);
                // A copy, because the buffer goes back when the message is written.
                if (frames.isBetweenMessages())
                    cut = BufferUtil.copy(bytes.slice(bytes.position() + last, bytes.remaining() - last));
                return message;
            }

            @Override
            protected void onSuccess() {
                release();
            }

            @Override
            protected void onCompleteSuccess() {
                release();
                if (goingAway) tell();
                Side to = other;
                if (to != null) to.getEndPoint().shutdownOutput();
                directionEnded();
            }

            @Override
            protected void onCompleteFailure(Throwable cause) {
                release();
                breakOff(cause);
            }

            private void release() {
                RetainableByteBuffer written = buffer;
                buffer = null;
                if (written != null) written.release();
            }

            @Override
            public InvocationType getInvocationType() {
                return InvocationType.NON_BLOCKING;
            }
        }
    }
}
