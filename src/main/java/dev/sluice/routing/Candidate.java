package dev.sluice.routing;

import com.google.re2j.Pattern;
import dev.sluice.config.Expression;
import dev.sluice.config.PathCondition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A route, ready to be compared with requests whose host and path it fits. Immutable. */
final class Candidate {
    final RouteMatch.Found found;

    /** Its place among all, those with precedence first. */
    final int rank;

    /** Of the path; null for a route that has no expression for it. */
    final @Nullable Pattern pattern;

    final List<Check> checks;

    private final Check[] all;

    /** @throws IllegalArgumentException when an expression is none */
    Candidate(Route route, int rank) {
        this.found = new RouteMatch.Found(route);
        this.rank = rank;
        PathCondition path = route.conditions().path();
        this.pattern =
                path == null || path.kind() != PathCondition.Kind.PATTERN ? null : Expression.compile(path.text());
        this.checks = Check.of(route.conditions());
        this.all = checks.toArray(Check[]::new);
    }

    Route route() {
        return found.route();
    }

    boolean holds(Inquiry request) {
        for (Check check : all) if (!check.holds(request)) return false;
        return true;
    }
}
