package dev.sluice.drill;

import dev.sluice.config.SluiceConfig;
import java.time.Duration;
import java.util.List;

/**
 * What is to be rehearsed.
 *
 * @param what happens while clients are at work
 * @param config as it would run; its addresses are not used
 * @param source where it came from, as people call it
 * @param real whether requests go to its own backends, and not to stand-ins
 * @param paths that are asked for, in turn; empty for one below the path of each route
 * @param clients of each kind on each listener; 1 to {@value #MOST_CLIENTS}
 * @param load how long they are at work before that; 100 ms to 10 min
 * @param stuck requests that are never answered, to see how a cut is told; 0 to {@value #MOST_STUCK}
 */
public record DrillPlan(
        What what,
        SluiceConfig config,
        String source,
        boolean real,
        List<String> paths,
        int clients,
        Duration load,
        int stuck) {
    /** What can be rehearsed. */
    public enum What {
        /** The proxy stops. */
        STOP("a stop"),
        /** Another one takes its ports over, and then it stops. */
        RESTART("a restart"),
        /** It is given one configuration after the other, and stops when its clients have gone. */
        RELOAD("reloads");

        private final String label;

        What(String label) {
            this.label = label;
        }

        /** As reports call it. */
        String label() {
            return label;
        }
    }

    public static final int MOST_CLIENTS = 64;
    public static final int MOST_STUCK = 64;

    /** Of all kinds, on all listeners. Each has a thread. */
    static final int MOST_LANES = 1_000;

    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofMinutes(10);

    /** @throws IllegalArgumentException when something is out of bounds; the message names the option that says it */
    public DrillPlan {
        paths = List.copyOf(paths);
        if (clients < 1 || clients > MOST_CLIENTS)
            throw new IllegalArgumentException("--clients: " + clients + " (expected: 1 to " + MOST_CLIENTS + ")");
        if (load.compareTo(SHORTEST) < 0 || load.compareTo(LONGEST) > 0)
            throw new IllegalArgumentException("--seconds: " + load.toMillis() / 1e3 + " (expected: 0.1 to 600)");
        if (stuck < 0 || stuck > MOST_STUCK)
            throw new IllegalArgumentException("--stuck: " + stuck + " (expected: 0 to " + MOST_STUCK + ")");
        if (real && stuck > 0)
            throw new IllegalArgumentException(
                    "--stuck: " + stuck + " (expected: 0 with real backends, which cannot be told to wait)");
        for (String path : paths) {
            if (!path.matches("/[!-~]{0,2000}"))
                throw new IllegalArgumentException(
                        "--path: " + path + " (expected: a path that begins with /, percent-encoded)");
        }
        int lanes = Kind.of(real).size() * clients * config.listeners().size() + stuck;
        if (lanes > MOST_LANES)
            throw new IllegalArgumentException("--clients: " + clients + " makes " + lanes + " on "
                    + config.listeners().size() + " listeners (expected: at most " + MOST_LANES + " in all)");
    }
}
