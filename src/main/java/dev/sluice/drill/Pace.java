package dev.sluice.drill;

import dev.sluice.config.SluiceConfig;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long things take in a drill: so that, where the configuration gives them time, all of them can be finished before its
 * deadline, and none runs into a timeout.
 *
 * @param quick until a stand-in answers
 * @param slow the same for every third request
 * @param pause between two pieces of a slow body, two events, two messages
 * @param pieces of a slow body
 * @param think between two requests of a client
 * @param patience of a client, after which it calls a request lost: beyond the deadline, whenever the request began
 */
record Pace(Duration quick, Duration slow, Duration pause, int pieces, Duration think, Duration patience) {
    private static final Duration SLACK = Duration.ofSeconds(10);

    /** @param before how long clients may have been at work when the stop begins */
    static Pace of(SluiceConfig config, Duration before) {
        Duration deadline = config.drain().deadline();
        Duration firstByte = config.upstream().firstByteTimeout().dividedBy(4);
        Duration whole =
                least(Duration.ofMillis(1_500), deadline.multipliedBy(2).dividedBy(5));
        Duration total = config.upstream().totalTimeout();
        if (total != null) whole = least(whole, total.dividedBy(3));
        Duration idle = least(
                config.upstream().idleTimeout().dividedBy(4),
                config.server().idleTimeout().dividedBy(4));
        Duration pause = atLeastOne(least(Duration.ofMillis(100), whole.dividedBy(3), idle));
        return new Pace(
                least(Duration.ofMillis(20), deadline.dividedBy(20), firstByte),
                least(Duration.ofMillis(250), deadline.dividedBy(8), firstByte),
                pause,
                (int) Math.max(2, whole.toNanos() / pause.toNanos()),
                atLeastOne(least(Duration.ofMillis(25), config.drain().linger().dividedBy(4))),
                before.plus(deadline).plus(SLACK));
    }

    private static Duration atLeastOne(Duration value) {
        return value.toMillis() < 1 ? Duration.ofMillis(1) : value;
    }

    private static Duration least(Duration first, @Nullable Duration... others) {
        Duration least = first;
        for (Duration other : others) if (other != null && other.compareTo(least) < 0) least = other;
        return least;
    }
}
