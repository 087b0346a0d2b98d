package dev.sluice.proxy;

import dev.sluice.config.ConnectionsConfig;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.transport.HttpDestination;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * For how long connections to one address are kept: as declared for the pools that it is in, and as learned from it. Safe
 * for use by many threads. All times are nanoseconds.
 */
final class KeepAlive {
    private static final Logger LOG = LoggerFactory.getLogger("connections");
    /** By which part of it a lifetime is longer or shorter, so that connections opened together do not end together. */
    private static final double JITTER = 0.1;

    private final String origin;
    // A server may have less patience with connections on which nothing was ever asked, or more.
    private final IdleLimit used = new IdleLimit();
    private final IdleLimit unused = new IdleLimit();
    private volatile long lifetime = IdleLimit.NONE;

    KeepAlive(String origin) {
        this.origin = origin;
    }

    /** What is known of an address to which Jetty's client keeps the connections. */
    static KeepAlive of(HttpDestination destination) {
        synchronized (destination) {
            @Nullable KeepAlive known = destination.getBean(KeepAlive.class);
            if (known != null) return known;
            KeepAlive made = new KeepAlive(destination.getOrigin().asString());
            destination.addBean(made);
            return made;
        }
    }

    /** What one pool says. Of several that share the address the shortest lifetime holds. */
    synchronized void declared(ConnectionsConfig rules) {
        @Nullable Duration wanted = rules.lifetime();
        if (wanted != null) lifetime = Math.min(lifetime, wanted.toNanos());
    }

    /** A connection's share of chance. */
    static double chance() {
        return 1 + JITTER * (2 * ThreadLocalRandom.current().nextDouble() - 1);
    }

    /** How old a connection may become, or {@link IdleLimit#NONE}. */
    long lifetime(double chance) {
        long most = lifetime;
        return most == IdleLimit.NONE ? most : (long) (most * chance);
    }

    /** What of it has been learned, for connections that were used, or were not. */
    IdleLimit limit(boolean wasUsed) {
        return wasUsed ? used : unused;
    }

    /** The limit for used connections, or null while none has been learned. */
    @Nullable
    Duration learned() {
        long nanos = used.nanos();
        return nanos == IdleLimit.NONE ? null : Duration.ofNanos(nanos);
    }

    /** The backend has ended a connection that nobody was using. */
    boolean ended(long now, long idle, boolean wasUsed) {
        boolean news = limit(wasUsed).ended(now, idle);
        if (news) tell(wasUsed);
        return news;
    }

    /** A probe has outlived the limit. */
    void outlived(boolean wasUsed) {
        if (limit(wasUsed).outlived()) tell(wasUsed);
    }

    private void tell(boolean wasUsed) {
        long nanos = limit(wasUsed).nanos();
        if (!LOG.isDebugEnabled()) return;
        String which = wasUsed ? "unused" : "never used";
        if (nanos == IdleLimit.NONE) LOG.debug("{}: {} connections are kept as configured", origin, which);
        else LOG.debug("{}: {} connections are kept for {} ms", origin, which, TimeUnit.NANOSECONDS.toMillis(nanos));
    }

    /**
     * What {@code Keep-Alive: timeout=5} means for a connection, less a margin.
     *
     * @return {@link IdleLimit#NONE} when it says nothing of that kind
     */
    static long announced(@Nullable String value) {
        if (value == null) return IdleLimit.NONE;
        int at = value.indexOf("timeout=");
        if (at < 0) return IdleLimit.NONE;
        int from = at + "timeout=".length();
        int to = from;
        // Seven digits are months.
        while (to < value.length() && to < from + 7 && value.charAt(to) >= '0' && value.charAt(to) <= '9') to++;
        if (to == from) return IdleLimit.NONE;
        return IdleLimit.below(TimeUnit.SECONDS.toNanos(Integer.parseInt(value, from, to, 10)));
    }
}
