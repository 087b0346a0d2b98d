package dev.sluice.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How one of a pool's backends is chosen.
 *
 * @param policy for requests that are bound to none
 * @param hash what of a request decides, for {@link Policy#HASH}; otherwise null
 * @param sticky a cookie that brings a client back to its backend; null for none
 * @param slowStart how long the share of a backend grows until it is whole, once it is used again or is new; default
 *     zero: it is whole at once
 * @param panicPercent below which share of usable backends all are tried, 0 to 100; default 10. When none is usable, all
 *     are tried in any case
 */
public record BalanceConfig(
        Policy policy, @Nullable Hash hash, @Nullable Sticky sticky, Duration slowStart, int panicPercent) {
    public static final int PANIC_PERCENT = 10;

    /** The ways to choose. */
    public enum Policy {
        /** One after the other, as often as its weight says. */
        ROUND_ROBIN,
        /** The one with the fewest outstanding requests for its weight. */
        LEAST_REQUESTS,
        /** Of two at random, the one that promises the shorter wait: latency times outstanding requests. */
        PEAK_EWMA,
        /** Any, as often as its weight says. */
        RANDOM,
        /** The same one for the same header, cookie, client or path. */
        HASH
    }

    /** What of a request is looked at. */
    public enum HashOn {
        HEADER,
        COOKIE,
        CLIENT,
        PATH
    }

    /**
     * What decides by hash. Requests without it are spread at random.
     *
     * @param on what
     * @param name of the header or the cookie; empty otherwise
     * @param boundPercent how many outstanding requests a backend may have, as a share of the mean, before the next one on
     *     the ring takes over; 100 and more; default 125
     */
    public record Hash(HashOn on, String name, int boundPercent) {
        public static final int BOUND_PERCENT = 125;
    }

    /**
     * A signed cookie, {@code HttpOnly}, and {@code Secure} when the client came by TLS.
     *
     * @param cookie its name
     * @param secret signs it: at least 16 characters, the same on every proxy and after every restart
     * @param sameSite its {@code SameSite}
     * @param maxAge how long browsers keep it; null for as long as they run
     */
    public record Sticky(
            String cookie,
            String secret,
            SameSite sameSite,
            @Nullable Duration maxAge) {
        /** Without the secret. */
        @Override
        public String toString() {
            return "Sticky[cookie=" + cookie + ", sameSite=" + sameSite + ", maxAge=" + maxAge + "]";
        }
    }

    /** RFC 6265bis §5.6.7. */
    public enum SameSite {
        STRICT,
        LAX,
        NONE
    }

    /** Round robin, and the defaults of the rest. */
    public static BalanceConfig defaults() {
        return of(Policy.ROUND_ROBIN);
    }

    /** That policy, and the defaults of the rest. */
    public static BalanceConfig of(Policy policy) {
        return new BalanceConfig(policy, null, null, Duration.ZERO, PANIC_PERCENT);
    }
}
