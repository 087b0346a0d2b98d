package dev.sluice.proxy;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many answers at a time are read with large buffers: an eighth of the memory that the JVM grants direct buffers may go
 * into them. Clients that stop reading hold theirs, and others shall not run out. Safe for use by many threads.
 */
public final class LargeInputs {
    private final AtomicInteger left;

    /** @param memory what the JVM may take, in bytes; it allows direct buffers as much as it allows the heap */
    LargeInputs(long memory) {
        left = new AtomicInteger((int) Math.min(Integer.MAX_VALUE, memory / 8 / DirectConnection.LARGE_INPUT));
    }

    /** @return false when too many have been taken, and a small buffer has to do */
    boolean take() {
        if (left.getAndDecrement() > 0) return true;
        left.getAndIncrement();
        return false;
    }

    void giveBack() {
        left.getAndIncrement();
    }
}
