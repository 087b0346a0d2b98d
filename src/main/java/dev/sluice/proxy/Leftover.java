package dev.sluice.proxy;

import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Content;

/**
 * An answer that nobody wants any more, because another backend is asked. It is read to its end where that is near, so that
 * its connection can be used again.
 */
final class Leftover implements Runnable {
    private static final long MOST_BYTES = 64 << 10;
    private final Content.Source content;
    private final Attempt attempt;
    private long read;

    private Leftover(Content.Source content, Attempt attempt) {
        this.content = content;
        this.attempt = attempt;
    }

    /** Never blocks. */
    static void readOut(Content.Source content, Attempt attempt) {
        new Leftover(content, attempt).run();
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
            if (!last) attempt.abort(new TimeoutException("answered by another backend"));
            return;
        }
    }
}
