package dev.sluice.config;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the server ends.
 *
 * @param announce how long before the drain readiness is taken back, while everything else goes on; default 0 s
 * @param deadline from the start of a drain to the moment at which what is left is cut; default 10 s
 * @param linger how long idle connections stay open from the start of a drain, so that a client about to reuse one is
 *     answered; default 1 s, never longer than the deadline
 * @param ledger the file, or the directory, that the account of each drain is written to; null, the default, for the log
 *     alone
 * @param spread within which WebSockets are told to end, from the start of a drain, so that their clients do not all come
 *     back at once; default 1 s, never longer than the deadline
 * @param leaving how long the exchanges of a backend go on that has left its pool while the server stays; default 10 min
 */
public record DrainConfig(
        Duration announce,
        Duration deadline,
        Duration linger,
        @Nullable Path ledger,
        Duration spread,
        Duration leaving) {
    private static final Duration LEAVING = Duration.ofMinutes(10);
    private static final Duration SPREAD = Duration.ofSeconds(1);

    /** Without an announcement, without a file, and with the spread that is usual for that deadline. */
    public DrainConfig(Duration deadline, Duration linger) {
        this(deadline, linger, deadline.compareTo(SPREAD) < 0 ? deadline : SPREAD);
    }

    /** Without an announcement and without a file. */
    public DrainConfig(Duration deadline, Duration linger, Duration spread) {
        this(Duration.ZERO, deadline, linger, null, spread, LEAVING);
    }

    /** The defaults named above. */
    public static DrainConfig defaults() {
        return new DrainConfig(Duration.ofSeconds(10), Duration.ofSeconds(1));
    }

    /** How long all of it may take, from the order to stop to the cut. */
    public Duration whole() {
        return announce.plus(deadline);
    }
}
