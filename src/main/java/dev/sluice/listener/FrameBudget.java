package dev.sluice.listener;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.PingFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.http2.frames.WindowUpdateFrame;
import org.eclipse.jetty.io.RateControl;

/**
 * How many frames one HTTP/2 connection may send that make work and bring neither a request nor content: resets, those
 * included that a client provokes (CVE-2023-44487, CVE-2025-8671), settings, priorities, pieces of a header section
 * (CVE-2024-27316), empty DATA, unknown frames, malformed requests. Jetty asks before it acts on one; when the answer is no,
 * the connection ends with ENHANCE_YOUR_CALM.
 *
 * <p>A full allowance is there at the start and comes back evenly. Safe for use by all threads.
 */
final class FrameBudget implements RateControl {
    private static final long SECOND = 1_000_000_000L;

    private final LongSupplier clock;
    private final long nanosPerFrame;
    private final long allowance;
    /** When the whole allowance will be back. */
    private final AtomicLong whole;

    /**
     * @param perSecond what comes back in a second
     * @param atOnce the whole allowance
     * @param clock nanoseconds since any moment
     */
    FrameBudget(int perSecond, int atOnce, LongSupplier clock) {
        this.clock = clock;
        nanosPerFrame = SECOND / perSecond;
        allowance = nanosPerFrame * atOnce;
        whole = new AtomicLong(clock.getAsLong());
    }

    @Override
    public boolean onEvent(Object event) {
        return isFree(event) || spend();
    }

    /** What Jetty asks about and what a client may send, or provoke, as much of as it likes. */
    private static boolean isFree(Object event) {
        // Content of a stream that has ended was on its way: a WebSocket that is cut may have thousands of small frames
        // there. It was paid for out of the connection's window.
        if (event instanceof DataFrame data) return data.remaining() > 0;
        // An increment of zero is an error that provokes a reset. The others are for FrameWatch to count, and so are
        // pings.
        if (event instanceof WindowUpdateFrame update) return update.getWindowDelta() > 0;
        if (event instanceof PingFrame) return true;
        return event instanceof ResetFrame reset && isSluicesOwn(reset);
    }

    /**
     * Whether Sluice itself resets streams so: after an answer that came before the end of its request, when a backend broke
     * off, and when an exchange ends whose client has reset the stream before. The stream counts as open until then, so there
     * are never many. What clients send with the same codes is counted by FrameWatch.
     */
    static boolean isSluicesOwn(ResetFrame reset) {
        int code = reset.getError();
        return code == ErrorCode.NO_ERROR.code
                || code == ErrorCode.CANCEL_STREAM_ERROR.code
                || code == ErrorCode.INTERNAL_ERROR.code;
    }

    private boolean spend() {
        long now = clock.getAsLong();
        while (true) {
            long before = whole.get();
            // Compared by their difference, as such clocks may pass the greatest number.
            long after = (before - now > 0 ? before : now) + nanosPerFrame;
            if (after - now > allowance) return false;
            if (whole.compareAndSet(before, after)) return true;
        }
    }
}
