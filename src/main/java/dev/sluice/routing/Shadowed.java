package dev.sluice.routing;

import dev.sluice.config.Cidr;
import dev.sluice.config.Conditions;
import dev.sluice.config.PathCondition;
import dev.sluice.config.ValueCondition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A route that no request ever gets to. What only several others take together is not found, nor what expressions have in
 * common, but for those that take every path.
 *
 * @param by another route that takes all that this one looks for; the first of them where there are several
 */
public record Shadowed(Route route, Route by) {
    private static final List<String> NO_HOST = List.of("");

    private record Place(String host, @Nullable PathCondition path) {}

    /**
     * @param candidates in the order of precedence
     * @param listeners all that there are: a route that names them all takes what one takes that names none
     */
    static List<Shadowed> in(List<Candidate> candidates, List<String> listeners) {
        Map<Place, List<Route>> places = new HashMap<>();
        List<Shadowed> found = new ArrayList<>();
        for (Candidate candidate : candidates) {
            Route route = candidate.route();
            PathCondition path = route.conditions().path();
            Route by = null;
            boolean everywhere = true;
            for (String host : hosts(route)) {
                Route cover = cover(route, host, places, listeners);
                everywhere &= cover != null;
                if (by == null) by = cover;
                places.computeIfAbsent(new Place(host, takesAll(path) ? ALL : path), p -> new ArrayList<>())
                        .add(route);
            }
            if (everywhere && by != null) found.add(new Shadowed(route, by));
        }
        found.sort(Comparator.comparingInt(s -> s.route().index()));
        return List.copyOf(found);
    }

    private static final PathCondition ALL = new PathCondition(PathCondition.Kind.PATTERN, "/.*");

    private static List<String> hosts(Route route) {
        List<String> hosts = route.conditions().hosts();
        return hosts.isEmpty() ? NO_HOST : hosts;
    }

    private static boolean takesAll(@Nullable PathCondition path) {
        return path != null
                && path.kind() == PathCondition.Kind.PATTERN
                && (path.text().equals(".*") || path.text().equals(ALL.text()));
    }

    /** One that comes before it for a host, and takes what it looks for. */
    private static @Nullable Route cover(
            Route route, String host, Map<Place, List<Route>> places, List<String> listeners) {
        PathCondition path = route.conditions().path();
        for (Route other : places.getOrDefault(new Place(host, takesAll(path) ? ALL : path), List.of()))
            if (covers(other.conditions(), route.conditions(), listeners)) return other;
        // A request without a path is for those that ask for none.
        if (path == null || takesAll(path)) return null;
        for (Route other : places.getOrDefault(new Place(host, ALL), List.of()))
            if (covers(other.conditions(), route.conditions(), listeners)) return other;
        return null;
    }

    /** Whether every request that fits the other's conditions fits these, host and path aside. */
    private static boolean covers(Conditions wide, Conditions narrow, List<String> all) {
        List<String> listeners = narrow.listeners().isEmpty() ? all : narrow.listeners();
        return covers(wide.methods(), narrow.methods())
                && covers(wide.listeners(), listeners)
                && values(wide.headers(), narrow.headers())
                && values(wide.query(), narrow.query())
                && values(wide.cookies(), narrow.cookies())
                && clients(wide.clients(), narrow.clients());
    }

    private static boolean covers(List<String> wide, List<String> narrow) {
        return wide.isEmpty() || !narrow.isEmpty() && wide.containsAll(narrow);
    }

    private static boolean values(List<ValueCondition> wide, List<ValueCondition> narrow) {
        return wide.stream().allMatch(w -> narrow.stream().anyMatch(n -> value(w, n)));
    }

    private static boolean value(ValueCondition wide, ValueCondition narrow) {
        if (wide.equals(narrow)) return true;
        boolean thereIsOne = narrow.kind() != ValueCondition.Kind.ABSENT;
        return wide.kind() == ValueCondition.Kind.PRESENT && thereIsOne && Objects.equals(wide.name(), narrow.name());
    }

    private static boolean clients(List<Cidr> wide, List<Cidr> narrow) {
        return wide.isEmpty()
                || !narrow.isEmpty()
                        && narrow.stream().allMatch(n -> wide.stream().anyMatch(w -> w.contains(n)));
    }
}
