package dev.sluice.proxy;

import dev.sluice.proxy.AnswerParser.Event;
import dev.sluice.proxy.ProxyFailure.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a backend (RFC 9112): one request and one answer at a time, used again only while it is sure where the
 * next answer begins (§9.2, §11.1).
 *
 * <p>One thread at a time has the turn to read; the input buffer and the parser belong to it. Whoever ends the connection
 * meanwhile leaves it to that thread to give back the buffer.
 */
final class DirectConnection extends AbstractConnection.NonBlocking implements Connection.UpgradeFrom {
    /** What most answers fit in. */
    private static final int INPUT = 16 * 1024;
    /** For answers that filled the smaller one: fewer and larger reads and writes. */
    static final int LARGE_INPUT = 64 * 1024;

    private static final int FREE = 0;
    private static final int TAKEN = 1;
    private static final int CLOSED = 2;

    private final DirectDestination destination;
    private final Object loop;
    private final AnswerParser parser;
    private final int framingAtMost;
    private final Callback readable =
            Callback.from(InvocationType.NON_BLOCKING, this::onFillable, this::onFillInterestedFailed);
    private final AtomicInteger turn = new AtomicInteger(FREE);
    private volatile @Nullable DirectCall call;
    private volatile boolean answering;
    private final ConnectionAge age;
    private boolean gone; // guarded by the destination

    // Of the thread whose turn it is.
    private @Nullable RetainableByteBuffer input;
    private boolean large;
    private long framing;
    private boolean heard; // whether anything has come since the call began
    private Event ahead = Event.NONE;

    DirectConnection(EndPoint endPoint, DirectDestination destination, Object loop) {
        super(endPoint, destination.parts().executor());
        this.destination = destination;
        this.loop = loop;
        age = new ConnectionAge(destination.keepAlive(), System.nanoTime(), KeepAlive.chance());
        int headerSize = destination.parts().server().responseHeaderSize();
        parser = new AnswerParser(headerSize);
        framingAtMost = AnswerRules.framingAtMost(headerSize);
    }

    Object loop() {
        return loop;
    }

    // Guarded by the destination: whether it has been told of the end.

    boolean isGone() {
        return gone;
    }

    void gone() {
        gone = true;
    }

    /** Whether it may be kept. */
    ConnectionAge age() {
        return age;
    }

    // From one call to the next.

    /** Sends a call, or is free for others when the call is over. */
    void start(DirectCall next) {
        answering = false;
        heard = false;
        parser.expect(isHead(next));
        call = next;
        // Not before there is a call: what TLS sends by itself behind a handshake would look like what nobody asked
        // for.
        if (!age.hasWaited()) readInterested();
        if (!next.begin(this, age.hasWaited()) && call == next) {
            call = null;
            awaitNext(System.nanoTime());
        }
    }

    private static boolean isHead(DirectCall call) {
        return call.request().method().equals("HEAD");
    }

    /** Request and answer are complete. */
    void finished(boolean reusable) {
        call = null;
        age.used();
        age.announced(parser.idleLimit());
        long now = reusable ? System.nanoTime() : 0;
        if (reusable && getEndPoint().isOpen() && !age.isExpired(now)) awaitNext(now);
        else close();
    }

    /** For whoever speaks the other protocol: whatever ends the connection from here on, it does not end the request. */
    EndPoint handOver() {
        call = null;
        return getEndPoint();
    }

    /** Also when the server stops: an end that is ours shall not be taken for the backend's. */
    @Override
    public void close() {
        DirectCall current = call;
        if (current != null) current.closed(new ClosedChannelException());
        super.close();
    }

    /** What the backend has sent behind its 101, for the connection that comes after this one. */
    @Override
    public @Nullable ByteBuffer onUpgradeFrom() {
        if (!turn.compareAndSet(FREE, TAKEN)) return null; // Closed.
        RetainableByteBuffer held = input;
        ByteBuffer unread = held == null ? null : BufferUtil.copy(held.getByteBuffer());
        leave();
        return unread;
    }

    /** It was opened for whoever comes. */
    void ready() {
        awaitNext(System.nanoTime());
    }

    private void awaitNext(long now) {
        age.idleFrom(now);
        // So that the end, or bytes that nobody asked for, are noticed.
        readInterested();
        destination.release(this);
    }

    /** The call has failed: nothing that comes after it on this connection could be understood. */
    void abandon(DirectCall failed) {
        if (call == failed) close();
    }

    void readInterested() {
        getEndPoint().tryFillInterested(readable);
    }

    // What the selector reports.

    @Override
    public void onFillable() {
        DirectCall current = call;
        if (current == null) {
            // The end, or what nobody asked for.
            if (age.hasWaited() && getEndPoint().isOpen()) destination.endedIdle(this);
            close();
        } else if (answering) current.readable();
        else readHead(current);
    }

    @Override
    public void onFillInterestedFailed(Throwable cause) {
        DirectCall current = call;
        if (current != null) current.closed(cause);
        close();
    }

    @Override
    public boolean onIdleExpired(TimeoutException timeout) {
        return call == null; // Exchanges keep their own time.
    }

    @Override
    public void onClose(@Nullable Throwable cause) {
        super.onClose(cause);
        if (turn.getAndSet(CLOSED) == FREE) dropForGood();
        destination.closed(this);
        DirectCall current = call;
        if (current != null) current.closed(cause);
    }

    // Reading.

    private void readHead(DirectCall current) {
        while (true) {
            if (!turn.compareAndSet(FREE, TAKEN)) return; // Closed.
            Event found = Event.BROKEN;
            HttpFields head = HttpFields.EMPTY;
            int headStatus = 0;
            try {
                found = advance();
                if (found == Event.HEAD) {
                    head = parser.fields();
                    headStatus = parser.status();
                    found = afterHead(current);
                }
            } catch (Throwable e) { // Jetty's parser may trip over an assertion of its own: no answer either.
                found = parser.fail(Kind.CLOSED, ProxyFailure.reasonOf(e));
            } finally {
                leave();
            }
            switch (found) {
                case NONE -> {
                    readInterested();
                    return;
                }
                case HEAD -> {
                    answering = true;
                    if (headStatus == HttpStatus.SWITCHING_PROTOCOLS_101) current.switched(head);
                    else current.began(headStatus, head);
                    return;
                }
                case END -> current.interim(headStatus, head);
                default -> {
                    fail(current);
                    return;
                }
            }
        }
    }

    /** {@code HEAD} for a final answer; {@code END} for an interim one, which is over then. */
    private Event afterHead(DirectCall current) {
        Upgrade asked = current.request().upgrade();
        String refusal = AnswerRules.refusal(parser.status(), parser.version(), parser.fields(), asked);
        if (refusal != null) return parser.fail(Kind.BAD_ANSWER, refusal);
        boolean switched = parser.status() == HttpStatus.SWITCHING_PROTOCOLS_101;
        if (switched || !HttpStatus.isInterim(parser.status())) return Event.HEAD;
        Event end = parse();
        if (end != Event.END) return Event.BROKEN;
        nextMessage(isHead(current));
        return Event.END;
    }

    /** The next bytes of the answer's body, or null when none have arrived. */
    Content.@Nullable Chunk read(DirectCall current) {
        if (!turn.compareAndSet(FREE, TAKEN)) return Content.Chunk.from(current.failure(), true);
        Content.Chunk chunk = null;
        Event found = Event.BROKEN;
        boolean reusable = false;
        HttpFields last = null;
        try {
            found = advance();
            if (found == Event.CONTENT) {
                chunk = takeContent();
                if (ahead == Event.END) found = Event.END;
            } else if (found == Event.END) {
                chunk = Content.Chunk.EOF;
            }
            if (found == Event.END) {
                last = parser.trailers();
                reusable = takeEnd();
            }
        } catch (Throwable e) { // Jetty's parser may trip over an assertion of its own: no answer either.
            found = parser.fail(Kind.CLOSED, ProxyFailure.reasonOf(e));
        } finally {
            leave();
        }
        if (found == Event.END) current.received(reusable, last);
        if (found != Event.BROKEN) return chunk;
        fail(current);
        return Content.Chunk.from(current.failure(), true);
    }

    /** A part of the input, and word of the end when that is there too. */
    private Content.Chunk takeContent() {
        ByteBuffer bytes = parser.takeContent();
        RetainableByteBuffer held = Objects.requireNonNull(input);
        held.retain();
        ahead = parse();
        return Content.Chunk.asChunk(bytes, ahead == Event.END, held);
    }

    /** Whether the connection can be used again. */
    private boolean takeEnd() {
        boolean surplus = input != null && input.hasRemaining();
        boolean sure = !surplus && parser.isPersistent();
        dropInput();
        ahead = Event.NONE;
        if (sure) nextMessage(false);
        return sure;
    }

    /** @param toHead whether it answers a HEAD, and so has no body whatever it says of one */
    private void nextMessage(boolean toHead) {
        parser.next(toHead);
        endLarge();
    }

    private void endLarge() {
        if (large) destination.parts().largeInputs().giveBack();
        large = false;
    }

    private void fail(DirectCall current) {
        String why = parser.broken();
        // Closed without a word: most likely it was so, or just becoming so, as the request was sent.
        if (parser.brokenKind() == Kind.CLOSED && age.hasWaited() && !heard) destination.endedIdle(this);
        if (parser.brokenKind() == Kind.CLOSED) current.closed(new EofException(why));
        else current.fail(parser.brokenKind(), why, null);
    }

    private void leave() {
        RetainableByteBuffer held = input;
        if (held != null && !held.hasRemaining() && ahead == Event.NONE) dropInput();
        if (!turn.compareAndSet(TAKEN, FREE)) dropForGood();
    }

    private void dropForGood() {
        dropInput();
        endLarge();
    }

    private void dropInput() {
        RetainableByteBuffer held = input;
        input = null;
        if (held != null) held.release();
    }

    /** Parses, and reads from the socket, until there is something to tell or nothing more to read. */
    private Event advance() throws IOException {
        if (ahead != Event.NONE) {
            Event found = ahead;
            ahead = Event.NONE;
            return found;
        }
        boolean ended = false;
        while (true) {
            Event found = parse();
            if (found != Event.NONE) {
                framing = 0;
                return found;
            }
            if (framing > framingAtMost) return parser.fail(Kind.BAD_ANSWER, "endless framing");
            if (ended) return parser.fail(Kind.CLOSED, "backend closed the connection");
            int filled = getEndPoint().fill(freeInput().getByteBuffer());
            if (filled == 0) return Event.NONE;
            framing += Math.max(0, filled);
            heard |= filled > 0;
            if (filled < 0) {
                parser.atEnd();
                ended = true;
            } else if (filled >= INPUT && !large) {
                large = destination.parts().largeInputs().take();
            }
        }
    }

    /** An empty buffer of which nobody else uses a part. */
    private RetainableByteBuffer freeInput() {
        RetainableByteBuffer held = input;
        int size = large ? LARGE_INPUT : INPUT;
        if (held != null && (held.isRetained() || held.capacity() < size)) {
            held.release();
            held = null;
        }
        if (held == null) held = destination.parts().buffers().acquire(size, true);
        input = held;
        return held;
    }

    private Event parse() {
        return parser.parse(input == null ? BufferUtil.EMPTY_BUFFER : input.getByteBuffer());
    }
}
