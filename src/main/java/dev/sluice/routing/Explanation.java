package dev.sluice.routing;

import dev.sluice.config.HostName;
import dev.sluice.config.PathCondition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a request, and why.
 *
 * @param match what the table says
 * @param path as routes see it: decoded, dot segments resolved, in the reading of RFC 3986; null for one that cannot be read
 * @param fitting the routes that it fits, those with precedence first; of a request that is not refused, the first gets it
 * @param missed routes whose host and path it fits, and not the rest
 */
public record Explanation(RouteMatch match, @Nullable String path, List<Fitting> fitting, List<Missed> missed) {
    /**
     * A route that a request fits.
     *
     * @param after what the route before it has that it has not, such as {@code has the longer path}; null for the first
     */
    public record Fitting(Route route, @Nullable String after) {}

    /**
     * A route that a request does not fit.
     *
     * @param flaws what it would need, for people
     */
    public record Missed(Route route, List<String> flaws) {}

    private record Close(Candidate candidate, @Nullable String host) {}

    static Explanation of(RouteTable table, String rawPath, RoutedRequest request) {
        RouteMatch match = table.match(rawPath, request, r -> r);
        String path = path(rawPath);
        Inquiry inquiry = new Inquiry(request);
        List<Close> close = new ArrayList<>();
        List<Missed> missed = new ArrayList<>();
        for (Candidate candidate : table.candidates()) {
            String host = closest(candidate.route().conditions().hosts(), inquiry.host());
            boolean hostFits =
                    host != null || candidate.route().conditions().hosts().isEmpty();
            if (!hostFits || !fits(candidate, path)) continue;
            List<String> flaws = candidate.checks.stream()
                    .filter(check -> !check.holds(inquiry))
                    .map(check -> check.flaw(inquiry))
                    .toList();
            if (flaws.isEmpty()) close.add(new Close(candidate, host));
            else missed.add(new Missed(candidate.route(), flaws));
        }
        // The sort is stable: the rest of the order is theirs already.
        close.sort(Comparator.comparingInt(c -> Precedence.hostRank(c.host())));
        return new Explanation(match, path, fitting(close), List.copyOf(missed));
    }

    private static List<Fitting> fitting(List<Close> close) {
        List<Fitting> fitting = new ArrayList<>();
        Close before = null;
        for (Close next : close) {
            Route route = next.candidate().route();
            String reason = before == null
                    ? null
                    : Precedence.reason(before.candidate().route(), before.host(), route, next.host());
            fitting.add(new Fitting(route, reason));
            before = next;
        }
        return List.copyOf(fitting);
    }

    private static @Nullable String path(String rawPath) {
        if (!rawPath.startsWith("/")) return rawPath.equals("*") ? rawPath : null;
        PathTokens tokens = PathTokens.decode(rawPath);
        PathWalk walk = new PathWalk(tokens);
        PathNode nothing = new PathNode.Draft().freeze("", -1, PathNode.Inherited.NOTHING);
        return tokens.refused == null && walk.read(Reading.STANDARD, nothing) ? walk.text() : null;
    }

    private static @Nullable String closest(List<String> hosts, String host) {
        String closest = null;
        for (String candidate : hosts) {
            boolean fits = HostName.isWildcard(candidate)
                    ? host.length() > candidate.length() - 1 && host.endsWith(candidate.substring(1))
                    : host.equals(candidate);
            if (fits && (closest == null || Precedence.hostRank(candidate) < Precedence.hostRank(closest)))
                closest = candidate;
        }
        return closest;
    }

    private static boolean fits(Candidate candidate, @Nullable String path) {
        PathCondition wanted = candidate.route().conditions().path();
        if (path == null) return false;
        if (wanted == null) return true;
        return switch (wanted.kind()) {
            case EXACT -> path.equals(wanted.text());
            case PREFIX ->
                path.startsWith("/") && (wanted.text().equals("/") || (path + "/").startsWith(wanted.text() + "/"));
            case PATTERN -> candidate.pattern != null && candidate.pattern.matches(path);
        };
    }
}
