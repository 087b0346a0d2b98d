package dev.sluice.proxy;

import org.eclipse.jetty.io.Content;

/**
 * An answer that nobody wants: another backend is asked, or it is one to a copy. It is read to its end where that is near, so
 * that its connection can be used again.
 */
final class Leftover implements Runnable {
    private final Content.Source content;
    private final long most;
    private final Runnable tooLong;
    private long read;

    private Leftover(Content.Source content, long most, Runnable tooLong) {
        this.content = content;
        this.most = most;
        this.tooLong = tooLong;
    }

    /**
     * Never blocks.
     *
     * @param most how many bytes are read, about
     * @param tooLong run, by whoever reads, when there are more
     */
    static void readOut(Content.Source content, long most, Runnable tooLong) {
        new Leftover(content, most, tooLong).run();
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
            if (!last && read <= most) continue;
            if (!last) tooLong.run();
            return;
        }
    }
}
