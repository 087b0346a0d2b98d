package dev.sluice.proxy;

import java.util.concurrent.TimeUnit;

/**
 * How old a connection to a backend is, for how long nobody has used it, and whether it may be kept. All times are
 * nanoseconds. One thread at a time changes it, any may ask.
 */
final class ConnectionAge {
    private final KeepAlive keepAlive;
    private final long openedAt;
    private final double chance;
    private volatile boolean used;
    private volatile boolean waited;
    private volatile long idleSince;
    private volatile long announced = IdleLimit.NONE;

    /** @param chance see {@link KeepAlive#chance} */
    ConnectionAge(KeepAlive keepAlive, long now, double chance) {
        this.keepAlive = keepAlive;
        openedAt = now;
        idleSince = now;
        this.chance = chance;
    }

    /** An exchange on it is over. */
    void used() {
        used = true;
    }

    /** Nobody uses it from now on. */
    void idleFrom(long now) {
        idleSince = now;
        waited = true;
    }

    /** For how long its backend lets it be unused, as it says, less a margin; {@link IdleLimit#NONE} when it does not. */
    void announced(long nanos) {
        announced = nanos;
    }

    boolean wasUsed() {
        return used;
    }

    /** Whether it was without work before, so that its backend may have ended it. */
    boolean hasWaited() {
        return waited;
    }

    /** For how long nobody has used it. */
    long idle(long now) {
        return now - idleSince;
    }

    /** Whether it may be used again. Looks at the clock only when something is known of the backend. */
    boolean mayBeUsed() {
        return !isBounded() || left(System.nanoTime()) > 0;
    }

    /** Whether it will have to be closed some time. */
    boolean isBounded() {
        return idleLimit() != IdleLimit.NONE || lifetime() != IdleLimit.NONE;
    }

    /** In how long it has to be closed unless it is used; {@link IdleLimit#NONE} for never. */
    long left(long now) {
        long limit = idleLimit();
        long life = lifetime();
        long idleLeft = limit == IdleLimit.NONE ? limit : limit - idle(now);
        return life == IdleLimit.NONE ? idleLeft : Math.min(idleLeft, life - (now - openedAt));
    }

    /** The same in milliseconds, at least one of them. */
    long millisLeft(long now, long most) {
        return Math.min(most, Math.max(1, TimeUnit.NANOSECONDS.toMillis(left(now))));
    }

    /** Whether it is too old. */
    boolean isExpired(long now) {
        long life = lifetime();
        return life != IdleLimit.NONE && now - openedAt >= life;
    }

    /** Whether it is what was learned that bounds it, and not what the backend has said. */
    boolean isBoundedByLearning() {
        return keepAlive.limit(used).nanos() < announced;
    }

    private long idleLimit() {
        return Math.min(announced, keepAlive.limit(used).nanos());
    }

    private long lifetime() {
        return keepAlive.lifetime(chance);
    }
}
