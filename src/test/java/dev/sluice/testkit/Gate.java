package dev.sluice.testkit;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Holds a script where the test wants it, instead of sleeping. Each {@link #open()} lets one {@link #pass()} through,
 * in whatever order they come. Safe for any thread.
 */
public final class Gate {
    /** The longest that anything in the testkit waits. */
    public static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final Semaphore permits = new Semaphore(0);

    /** Lets one through. */
    public void open() {
        permits.release();
    }

    /** Lets {@code n} through. */
    public void open(int n) {
        permits.release(n);
    }

    /** Waits until let through. @throws IllegalStateException after {@link #TIMEOUT}, or when interrupted */
    public void pass() {
        if (!pass(TIMEOUT)) throw new IllegalStateException("gate: still shut after " + TIMEOUT + " (expected: open)");
    }

    /** Waits until let through, at most this long; whether it was. @throws IllegalStateException when interrupted */
    public boolean pass(Duration atMost) {
        try {
            return permits.tryAcquire(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("gate: interrupted", e);
        }
    }
}
