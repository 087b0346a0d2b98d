package dev.sluice.proxy;

import java.util.concurrent.TimeUnit;

/**
 * When connections to one backend are opened ahead of requests: again and again, as some may have been closed meanwhile,
 * and less and less often while it refuses them. One attempt at a time. All times are nanoseconds. Safe for use by many
 * threads.
 */
final class WarmUp {
    private static final long SHORTEST = TimeUnit.SECONDS.toNanos(1);
    private static final long LONGEST = TimeUnit.SECONDS.toNanos(30);

    private boolean busy;
    private long pause;
    private long notBefore;

    /** Whether to begin now. If so, {@link #succeeded} or {@link #failed} has to follow. */
    synchronized boolean begins(long now, boolean well) {
        if (!well) pause = 0; // Its health check tells when it is back, sooner than we would find out.
        if (busy || !well || (pause > 0 && now - notBefore < 0)) return false;
        busy = true;
        return true;
    }

    /** There are as many as there should be. */
    synchronized void succeeded() {
        busy = false;
        pause = 0;
    }

    /**
     * Some could not be opened.
     *
     * @param chance from 0 to 1, so that many do not come back at once
     * @return whether it is the first time in a row
     */
    synchronized boolean failed(long now, double chance) {
        boolean first = pause == 0;
        busy = false;
        pause = first ? SHORTEST : Math.min(2 * pause, LONGEST);
        notBefore = now + (long) (pause * (0.5 + chance / 2));
        return first;
    }
}
