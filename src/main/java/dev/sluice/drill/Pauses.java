package dev.sluice.drill;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** The time that a slow client takes between two pieces: it is part of what it does, and nothing wakes it. */
final class Pauses {
    private Pauses() {}

    /** @throws InterruptedException when the drill does not wait for this client any longer */
    static void pause(Duration duration) throws InterruptedException {
        long until = System.nanoTime() + duration.toNanos();
        for (long left = duration.toNanos(); left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.interrupted()) throw new InterruptedException("in a pause");
        }
    }
}
