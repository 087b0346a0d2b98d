package dev.sluice.upstream.discovery;

/** What runs something later, all of it on one thread, one after the other. */
interface Timer {
    /** @param task short, and never blocks; not run any more once the timer has been stopped */
    void in(long nanos, Runnable task);
}
