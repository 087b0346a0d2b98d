package dev.sluice.config;

import java.time.Duration;

/**
 * How the server ends.
 *
 * @param deadline from the start of a drain to the moment at which what is left is cut; default 10 s
 * @param linger how long idle connections stay open from the start of a drain, so that a client about to reuse one is
 *     answered; default 1 s, never longer than the deadline
 * @param spread within which WebSockets are told to end, from the start of a drain, so that their clients do not all come
 *     back at once; default 1 s, never longer than the deadline
 */
public record DrainConfig(Duration deadline, Duration linger, Duration spread) {
    private static final Duration SPREAD = Duration.ofSeconds(1);

    /** With the spread that is usual for that deadline. */
    public DrainConfig(Duration deadline, Duration linger) {
        this(deadline, linger, deadline.compareTo(SPREAD) < 0 ? deadline : SPREAD);
    }

    /** The defaults named above. */
    public static DrainConfig defaults() {
        return new DrainConfig(Duration.ofSeconds(10), Duration.ofSeconds(1));
    }
}
