package dev.sluice.config;

import java.util.List;

/** What becomes of the requests of a route. */
public sealed interface ActionConfig {
    /** They go to the backends of a pool. */
    record ToPool(PoolConfig pool) implements ActionConfig {}

    /** They go to several pools, to each a share of them. @param shares at least one, and one at least with a weight */
    record Split(List<Share> shares) implements ActionConfig {
        public Split {
            shares = List.copyOf(shares);
        }
    }

    /**
     * One of several pools.
     *
     * @param weight its share of the requests, beside the weights of the others; 0 for none but those that fit
     * @param headers a request of which one of these fits goes there whatever the weights
     * @param cookies the same
     */
    record Share(PoolConfig pool, int weight, List<ValueCondition> headers, List<ValueCondition> cookies) {
        public Share {
            headers = List.copyOf(headers);
            cookies = List.copyOf(cookies);
        }

        Share withPool(PoolConfig value) {
            return new Share(value, weight, headers, cookies);
        }
    }

    /**
     * The client is sent elsewhere.
     *
     * @param to what {@code Location} says
     * @param status 301, 302, 303, 307 or 308 (RFC 9110 §15.4)
     */
    record Redirect(Template to, int status) implements ActionConfig {}

    /**
     * An answer that is always the same.
     *
     * @param body maybe empty; UTF-8
     * @param type its media type
     */
    record Respond(int status, Template body, String type) implements ActionConfig {}

    /** The pools that requests are sent to, in the order of the file. */
    default List<PoolConfig> pools() {
        if (this instanceof ToPool one) return List.of(one.pool());
        return this instanceof Split split
                ? split.shares().stream().map(Share::pool).distinct().toList()
                : List.of();
    }
}
