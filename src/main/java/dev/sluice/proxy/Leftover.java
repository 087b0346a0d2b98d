package dev.sluice.proxy;

import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * An answer that nobody wants any more, because another backend is asked. It is read to its end where that is near, so that
 * its connection can be used again.
 */
final class Leftover implements Runnable {
    private static final long MOST_BYTES = 64 << 10;
    static final long MOST_MILLIS = 1_000;

    private final Content.Source content;
    private final Attempt attempt;
    private final Scheduler.Task limit;
    private long read;

    private Leftover(Content.Source content, Attempt attempt, ReverseProxy proxy) {
        this.content = content;
        this.attempt = attempt;
        this.limit = proxy.later(this::cut, MOST_MILLIS);
    }

    /** Never blocks. */
    static void readOut(Content.Source content, Attempt attempt, ReverseProxy proxy) {
        new Leftover(content, attempt, proxy).run();
    }

    @Override
    public void run() {
        while (true) {
            Content.Chunk chunk = content.read();
            if (chunk == null) {
                content.demand(this);
                return;
            }
            boolean last = chunk.isLast() || Content.Chunk.isFailure(chunk);
            read += chunk.remaining();
            chunk.release();
            if (!last && read <= MOST_BYTES) continue;
            limit.cancel();
            if (!last) cut();
            return;
        }
    }

    private void cut() {
        attempt.abort(new TimeoutException("answered by another backend"));
    }
}
