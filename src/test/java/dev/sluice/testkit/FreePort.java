package dev.sluice.testkit;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports that nobody listens on. They are below those that the kernel hands out by itself (32768 and up on Linux): one of
 * these, free just now, may be the end of some client's connection a moment later.
 */
public final class FreePort {
    private static final int FIRST = 10_000;
    private static final int COUNT = 22_000;

    /** Other processes that test begin elsewhere. */
    private static final AtomicInteger TURN =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(COUNT));

    private FreePort() {}

    /** Another one each time, until all were. */
    public static int next() {
        for (int tries = 0; tries < COUNT; tries++) {
            int port = FIRST + Math.floorMod(TURN.getAndIncrement(), COUNT);
            try (ServerSocket free = new ServerSocket(port, 1)) {
                return free.getLocalPort();
            } catch (IOException taken) {
                continue;
            }
        }
        throw new IllegalStateException("ports " + FIRST + " to " + (FIRST + COUNT - 1) + ": all taken");
    }
}
