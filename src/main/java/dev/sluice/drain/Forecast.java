package dev.sluice.drain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.io.EndPoint;

/** Looks at what goes on now, and says what a drain would make of it. Changes nothing. */
final class Forecast {
    /** From this chance on an exchange is said to finish. */
    private static final double LIKELY = 0.5;

    /** From this one on it has been given enough time. */
    private static final double SURE = 0.9;

    /** How many moments of the time until the deadline are tried for one exchange. */
    private static final int STEPS = 100;

    private final Duration announce;
    private final Duration linger;
    private final Duration deadline;
    private final List<DrainPlan.AtRisk> atRisk = new ArrayList<>();
    private int underWay;
    private int finish;
    private int unknown;
    private long longest;

    Forecast(Duration announce, Duration linger, Duration deadline) {
        this.announce = announce;
        this.linger = linger;
        this.deadline = deadline;
    }

    /** To be called once. */
    DrainPlan of(List<DrainedListener> listeners, Collection<Tracked> live) {
        Set<EndPoint> busy = new HashSet<>();
        for (Tracked exchange : live) {
            busy.add(exchange.endPoint());
            add(exchange, listeners);
        }
        int idle = 0;
        for (DrainedListener listener : listeners) {
            for (EndPoint open : listener.connector().getConnectedEndPoints()) if (!busy.contains(open)) idle++;
        }
        int risky = atRisk.size();
        atRisk.sort(Comparator.comparing((DrainPlan.AtRisk at) -> at.exchange().age())
                .reversed());
        return new DrainPlan(
                deadline,
                announce,
                risky > 0 ? deadline : takes(idle),
                underWay,
                finish,
                risky - unknown,
                unknown,
                idle,
                List.copyOf(atRisk.subList(0, Math.min(DrainPlan.LISTED, risky))));
    }

    /** Idle connections have the linger, and so have those that come to rest meanwhile until their clients close them. */
    private Duration takes(int idle) {
        Duration exchanges = Duration.ofNanos(longest);
        return idle > 0 && exchanges.compareTo(linger) < 0 ? linger : exchanges;
    }

    private void add(Tracked exchange, List<DrainedListener> listeners) {
        underWay++;
        Tracked.Facts facts = exchange.facts();
        double chance = facts.endsWithin(deadline.toNanos());
        if (chance >= LIKELY) {
            finish++;
            longest = Math.max(longest, surelyWithin(facts));
            return;
        }
        if (Double.isNaN(chance)) unknown++;
        String listener = listeners.stream()
                .filter(l -> l.connector() == exchange.connector())
                .map(DrainedListener::label)
                .findFirst()
                .orElse("unknown");
        atRisk.add(new DrainPlan.AtRisk(exchange.describe(listener), chance));
    }

    private long surelyWithin(Tracked.Facts facts) {
        long whole = deadline.toNanos();
        for (int i = 0; i < STEPS; i++) {
            // Finer where it matters: the square of a hundredth is a ten-thousandth.
            long time = (long) (whole * ((double) i / STEPS) * ((double) i / STEPS));
            if (facts.endsWithin(time) >= SURE) return time;
        }
        return whole;
    }
}
