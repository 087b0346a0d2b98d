package dev.sluice.listener;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http2.BufferingFlowControlStrategy;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The window of one connection, which counts bytes, with a bound on the frames that they come in: a megabyte in pieces of one
 * byte that no backend reads would be 150 MB of heap (CVE-2019-9511). A connection that passes it ends.
 */
final class FrameWindow extends BufferingFlowControlStrategy {
    /** Bytes below which a frame takes more memory than its content does. */
    private static final int SMALL = 128;
    /** Such frames of one connection that may wait to be read: about 5 MB. */
    private static final int MOST = 32_768;

    /** As Jetty's own default: the window is opened again when half of it was read. */
    private static final float HALF = 0.5F;

    private final AtomicInteger unread = new AtomicInteger();
    private final Map<Stream, AtomicInteger> unreadOf = new ConcurrentHashMap<>();

    FrameWindow() {
        super(HALF);
    }

    @Override
    public void onStreamCreated(Stream stream) {
        super.onStreamCreated(stream);
        unreadOf.put(stream, new AtomicInteger());
    }

    @Override
    public void onStreamDestroyed(Stream stream) {
        // What was dropped with it was not read frame by frame.
        AtomicInteger rest = unreadOf.remove(stream);
        if (rest != null) unread.addAndGet(-rest.getAndSet(0));
        super.onStreamDestroyed(stream);
    }

    @Override
    public void onDataReceived(Session session, @Nullable Stream stream, int length) {
        super.onDataReceived(session, stream, length);
        AtomicInteger count = count(stream, length);
        if (count == null) return;
        count.incrementAndGet();
        if (unread.incrementAndGet() > MOST && session instanceof HTTP2Session s)
            FrameWatch.end(s, "small_frames_not_read");
    }

    @Override
    public void onDataConsumed(Session session, @Nullable Stream stream, int length) {
        AtomicInteger count = count(stream, length);
        // The end of a stream is read as one more frame, which nobody sent.
        if (count != null && count.getAndUpdate(n -> Math.max(0, n - 1)) > 0) unread.decrementAndGet();
        super.onDataConsumed(session, stream, length);
    }

    private @Nullable AtomicInteger count(@Nullable Stream stream, int length) {
        return stream == null || length >= SMALL ? null : unreadOf.get(stream);
    }
}
