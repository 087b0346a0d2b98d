package dev.sluice.routing;

import dev.sluice.config.ValueCondition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one host that look for the same path, and differ in what else they look for. Those that ask for certain
 * values of one header, parameter or cookie are found by the value that a request has, however many there are. Immutable.
 */
final class Alternatives {
    /** As many of one kind are compared one by one faster than they are looked up. */
    private static final int FEW = 8;

    private static final Candidate[] NONE = {};

    /** Those of the next shorter path. */
    final @Nullable Alternatives wider;

    private final Candidate[] inTurn;
    private final Lookup[] lookups;

    /** The first without any more conditions: it has the lowest precedence here. */
    private final RouteMatch.@Nullable Found otherwise;

    private record Key(Inquiry.Source source, String name) {}

    private record Lookup(Key key, Map<String, Candidate[]> byValue) {}

    /** @param candidates in the order of precedence, at least one */
    Alternatives(List<Candidate> candidates, @Nullable Alternatives wider) {
        this.wider = wider;
        // Lists of hosts overlap, so that there may be several; the first takes all that the others look for.
        this.otherwise = candidates.stream()
                .filter(candidate -> candidate.checks.isEmpty())
                .map(candidate -> candidate.found)
                .findFirst()
                .orElse(null);
        List<Candidate> rest = new ArrayList<>();
        Map<Key, List<Candidate>> groups = new LinkedHashMap<>();
        for (Candidate candidate : candidates) {
            if (candidate.checks.isEmpty()) continue;
            Check.Value exact = exact(candidate);
            if (exact == null) rest.add(candidate);
            else groups.computeIfAbsent(key(exact), key -> new ArrayList<>()).add(candidate);
        }
        List<Lookup> many = new ArrayList<>();
        groups.forEach((key, group) -> {
            if (group.size() > FEW) many.add(lookup(key, group));
            else rest.addAll(group);
        });
        rest.sort((a, b) -> Integer.compare(a.rank, b.rank));
        this.inTurn = rest.toArray(NONE);
        this.lookups = many.toArray(Lookup[]::new);
    }

    private static Check.@Nullable Value exact(Candidate candidate) {
        for (Check check : candidate.checks)
            if (check instanceof Check.Value value && value.condition().kind() == ValueCondition.Kind.EXACT)
                return value;
        return null;
    }

    private static Key key(Check.Value value) {
        return new Key(value.source(), value.condition().name());
    }

    private static Lookup lookup(Key key, List<Candidate> group) {
        Map<String, List<Candidate>> lists = new HashMap<>();
        for (Candidate candidate : group) {
            Check.Value exact = exact(candidate);
            if (exact != null)
                lists.computeIfAbsent(exact.condition().value(), value -> new ArrayList<>())
                        .add(candidate);
        }
        Map<String, Candidate[]> byValue = new HashMap<>();
        lists.forEach((value, list) -> byValue.put(value, list.toArray(NONE)));
        return new Lookup(key, byValue);
    }

    /** What serves every request that comes here; null when that depends on the request. */
    RouteMatch.@Nullable Found decided() {
        return inTurn.length == 0 && lookups.length == 0 ? otherwise : null;
    }

    /** The first that fits, of these and then of the wider ones; null when none does. */
    @Nullable
    RouteMatch first(Inquiry request) {
        for (Alternatives place = this; place != null; place = place.wider) {
            RouteMatch found = place.own(request);
            if (found != null) return found;
        }
        return null;
    }

    private @Nullable RouteMatch own(Inquiry request) {
        Candidate best = first(inTurn, request, null);
        for (Lookup lookup : lookups) {
            String value = request.value(lookup.key().source(), lookup.key().name());
            Candidate[] some = value == null ? null : lookup.byValue().get(value);
            if (some != null) best = first(some, request, best);
        }
        return best == null ? otherwise : best.found;
    }

    private static @Nullable Candidate first(Candidate[] candidates, Inquiry request, @Nullable Candidate best) {
        for (Candidate candidate : candidates) {
            if (best != null && best.rank < candidate.rank) return best;
            if (candidate.holds(request)) return candidate;
        }
        return best;
    }
}
