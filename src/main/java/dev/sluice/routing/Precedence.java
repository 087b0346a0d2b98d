package dev.sluice.routing;

import dev.sluice.config.Conditions;
import dev.sluice.config.HostName;
import dev.sluice.config.PathCondition;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Which of several routes that a request fits gets it: the order of the Gateway API's HTTPRoute, which leaves the place of
 * regular expressions to us and knows no cookies, clients and listeners.
 */
final class Precedence {
    /**
     * @param says what the one has that comes first, for people
     * @param rank the lower one comes first
     */
    private record Criterion(String says, ToIntFunction<Conditions> rank) {}

    private static final List<Criterion> CRITERIA = List.of(
            new Criterion("has the more exact kind of path", Precedence::kind),
            new Criterion("has the longer path", Precedence::length),
            new Criterion("looks at the method", c -> c.methods().isEmpty() ? 1 : 0),
            new Criterion("looks at more headers", c -> -c.headers().size()),
            new Criterion("looks at more query parameters", c -> -c.query().size()),
            new Criterion("looks at more cookies", c -> -c.cookies().size()),
            new Criterion("looks at the client", c -> c.clients().isEmpty() ? 1 : 0),
            new Criterion("looks at the listener", c -> c.listeners().isEmpty() ? 1 : 0));

    /** Of routes whose hosts are the same. */
    static final Comparator<Route> ORDER = (a, b) -> {
        Criterion criterion = decisive(a, b);
        return criterion == null
                ? Integer.compare(a.index(), b.index())
                : Integer.compare(criterion.rank.applyAsInt(a.conditions()), criterion.rank.applyAsInt(b.conditions()));
    };

    private Precedence() {}

    private static int kind(Conditions conditions) {
        PathCondition path = conditions.path();
        if (path == null) return 3;
        return switch (path.kind()) {
            case EXACT -> 0;
            case PATTERN -> 1;
            case PREFIX -> 2;
        };
    }

    private static int length(Conditions conditions) {
        return conditions.path() == null ? 0 : -conditions.path().text().length();
    }

    private static @Nullable Criterion decisive(Route a, Route b) {
        for (Criterion criterion : CRITERIA) {
            ToIntFunction<Conditions> rank = criterion.rank;
            if (rank.applyAsInt(a.conditions()) != rank.applyAsInt(b.conditions())) return criterion;
        }
        return null;
    }

    /**
     * What the first of two has that the second has not, in the words of {@code the route, which ...}.
     *
     * @param itsHost the host of the first that the request fits, or null when it looks at none
     * @param otherHost that of the second
     */
    static String reason(Route first, @Nullable String itsHost, Route second, @Nullable String otherHost) {
        if (hostRank(itsHost) != hostRank(otherHost)) return "has the closer host";
        Criterion criterion = decisive(first, second);
        return criterion == null ? "comes first in the file" : criterion.says;
    }

    /** The lower, the closer: a name, then the longer of two wildcards, then none. */
    static int hostRank(@Nullable String host) {
        if (host == null) return 1;
        return HostName.isWildcard(host) ? -host.length() : Integer.MIN_VALUE;
    }
}
