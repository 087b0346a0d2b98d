package dev.sluice.proxy;

import dev.sluice.config.ActionConfig;
import dev.sluice.routing.AnyValue;
import dev.sluice.routing.RoutedRequest;
import dev.sluice.upstream.Pool;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Which of a route's pools a request goes to. Immutable; safe for use by many threads. */
final class PoolChoice {
    /** A pool, and what carries requests there. */
    record Way(Pool pool, Transport transport) {}

    /**
     * @param upTo the weights so far, this one's included
     * @param always requests that go there whatever the weights
     */
    private record Share(Way way, int upTo, AnyValue always) {}

    private final List<Share> shares;
    private final int total;
    private final boolean byRequest;

    private PoolChoice(List<Share> shares) {
        this.shares = List.copyOf(shares);
        this.total = shares.get(shares.size() - 1).upTo();
        this.byRequest = shares.stream().anyMatch(share -> !share.always().isEmpty());
    }

    /** Null when the route asks no backend. */
    static @Nullable PoolChoice of(ActionConfig action, Function<String, Way> ways) {
        if (action instanceof ActionConfig.ToPool one) {
            AnyValue none = new AnyValue(List.of(), List.of());
            return new PoolChoice(List.of(new Share(ways.apply(one.pool().name()), 1, none)));
        }
        if (!(action instanceof ActionConfig.Split split)) return null;
        List<Share> shares = new ArrayList<>();
        int upTo = 0;
        for (ActionConfig.Share share : split.shares()) {
            upTo += share.weight();
            AnyValue always = new AnyValue(share.headers(), share.cookies());
            shares.add(new Share(ways.apply(share.pool().name()), upTo, always));
        }
        return new PoolChoice(shares);
    }

    /** The names of what carries requests to them, each once. */
    List<String> transports() {
        return shares.stream()
                .map(share -> share.way().transport().name())
                .distinct()
                .toList();
    }

    /** @param request made only when it is looked at */
    Way choose(Supplier<? extends RoutedRequest> request) {
        if (shares.size() == 1) return shares.get(0).way();
        if (byRequest) {
            RoutedRequest asked = request.get();
            for (Share share : shares) if (share.always().fits(asked)) return share.way();
        }
        int at = ThreadLocalRandom.current().nextInt(total);
        for (Share share : shares) if (at < share.upTo()) return share.way();
        throw new IllegalStateException(at + " of " + total); // The last one's is the total.
    }
}
