package dev.sluice.upstream;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pool at one moment. Immutable.
 *
 * @param name of the pool
 * @param backends its members, those that are drained included
 * @param waiting exchanges that wait for room
 * @param panic whether so few backends are usable that all are tried
 */
public record PoolSnapshot(String name, List<Member> backends, int waiting, boolean panic) {
    public PoolSnapshot {
        backends = List.copyOf(backends);
    }

    /**
     * One backend of it. Numbers that change at the same time may not add up.
     *
     * @param origin scheme, host and port: not for clients
     * @param standing whether it gets exchanges
     * @param reason why it gets none, in a few words; empty when there is nothing to say
     * @param left how long it is left alone yet; zero unless {@link Backend.Standing#EJECTED}
     * @param outstanding exchanges that it has
     * @param succeeded exchanges that it answered in full, whatever the status
     * @param failed exchanges that it did not answer as it should have
     * @param limit how many exchanges it may have at a time; with an adaptive limit, how many that await an answer; 0 for
     *     no such limit
     * @param connections that are in use: by one exchange or tunnel each, or shared by several (HTTP/2); null where nobody
     *     counts them, because its pool has no limit of them
     */
    public record Member(
            String origin,
            Backend.Standing standing,
            String reason,
            Duration left,
            int outstanding,
            long succeeded,
            long failed,
            int limit,
            @Nullable Integer connections) {}
}
