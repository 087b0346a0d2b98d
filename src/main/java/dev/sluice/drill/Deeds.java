package dev.sluice.drill;

import dev.sluice.config.Conditions;
import dev.sluice.config.HandlingConfig;
import dev.sluice.config.PathCondition;
import dev.sluice.config.RouteConfig;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one client asks for, again and again, over all routes in turn. To be used by one thread. */
final class Deeds {
    private static final String[] METHODS = {"GET", "POST", "GET", "PUT", "GET", "DELETE"};
    private static final Duration NEVER = Duration.ofHours(1);
    private static final int EVENT = 48;
    private static final int PIECE = 16 << 10;

    private final List<String> targets;
    private final Lane lane;
    private final Pace pace;
    private final boolean real;
    private int turn;

    /** @param targets at least one */
    Deeds(List<String> targets, Lane lane, Pace pace, boolean real) {
        this.targets = targets;
        this.lane = lane;
        this.pace = pace;
        this.real = real;
        // So that not all clients ask for the same at the same time.
        this.turn = lane.index();
    }

    /** A path below that of each route, or those that were named. */
    static List<String> targets(DrillPlan plan) {
        if (!plan.paths().isEmpty()) return plan.paths();
        List<RouteConfig> routes = plan.config().routes();
        List<String> targets = new ArrayList<>();
        for (int i = 0; i < routes.size(); i++) {
            // What Sluice answers itself needs no rehearsal.
            if (routes.get(i).action().pools().isEmpty()) continue;
            // Real backends are asked as they are configured, so that only what looks at a path alone can be reached.
            if (!plan.real()) targets.add(target(reachable(routes.get(i), i), "/drill"));
            else if (isReachable(routes.get(i))) targets.add(target(routes.get(i), ""));
        }
        return targets.isEmpty() ? List.of("/") : List.copyOf(targets);
    }

    private static String target(RouteConfig route, String below) {
        String base = route.path() == null ? "" : encode(route.path());
        PathCondition path = route.conditions().path();
        boolean exact = path != null && path.kind() == PathCondition.Kind.EXACT;
        String target = exact ? base : base + below;
        return target.isEmpty() ? "/" : target;
    }

    private static boolean isReachable(RouteConfig route) {
        PathCondition path = route.conditions().path();
        boolean open = route.handling().maintenance() == null;
        return open && route.conditions().isPathAlone() && (path == null || path.kind() != PathCondition.Kind.PATTERN);
    }

    /**
     * A route that stand-ins serve as the drill's clients can ask for it: one that looks at more than a path gets a path of
     * its own instead, so that its pool has its share of the work, and what it changes on the way is left out: stand-ins
     * answer by what they are asked for.
     *
     * @param index of the route
     */
    static RouteConfig reachable(RouteConfig route, int index) {
        RouteConfig plain = route.withHandling(HandlingConfig.NONE);
        return isReachable(plain) ? plain : plain.withConditions(Conditions.prefix("/sluice-drill-route-" + index));
    }

    /** Routes are written decoded. */
    private static String encode(@Nullable String path) {
        try {
            return new URI(null, null, path, null).toASCIIString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException("route " + path + " (expected: a path, as the reader has checked)", e);
        }
    }

    Deed next() {
        int now = turn++;
        // By the rounds too, or else a client with as many deeds as there are routes would always do the same there.
        String target = targets.get((now + now / METHODS.length) % targets.size());
        if (real) return new Deed("GET", target, Duration.ZERO, 0, 0, 0, 0, false, pace.pause());
        int slow = pace.pieces();
        return switch (lane.kind()) {
            case SHORT, KEPT, MULTIPLEXED -> usual(METHODS[now % METHODS.length], target, now);
            case WEBSOCKET -> new Deed("GET", target, Duration.ZERO, 0, 0, 0, 0, false, pace.pause());
            case EVENTS -> new Deed("GET", target, Duration.ZERO, 0, 0, slow, EVENT, true, pace.pause());
            case UPLOAD -> new Deed("PUT", target, pace.quick(), slow, PIECE, 1, 64, false, pace.pause());
            case DOWNLOAD -> new Deed("GET", target, Duration.ZERO, 0, 0, slow, PIECE, false, pace.pause());
            case STUCK -> new Deed("GET", target, NEVER, 0, 0, 1, 64, false, pace.pause());
        };
    }

    private Deed usual(String method, String target, int now) {
        boolean body = method.equals("POST") || method.equals("PUT");
        Duration wait = now % 3 == 2 ? pace.slow() : pace.quick();
        return new Deed(method, target, wait, body ? 1 : 0, 2_000, 1, now % 4 == 0 ? 20_000 : 200, false, pace.pause());
    }
}
