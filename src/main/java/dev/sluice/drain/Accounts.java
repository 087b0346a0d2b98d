package dev.sluice.drain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/** Who did what during a drain: in all, by listener, by route and by backend. Any thread may count. */
final class Accounts {
    private final Tally total = new Tally();
    private final Map<DrainedListener, Tally> listeners = new LinkedHashMap<>();
    private final Map<DrainedListener, Duration> took = new ConcurrentHashMap<>();
    // Bounded by what is configured or found.
    private final Map<String, Tally> routes = new ConcurrentHashMap<>();
    private final Map<String, Tally> backends = new ConcurrentHashMap<>();
    // Bounded by what can be under way.
    private final Collection<CutExchange> cut = new ConcurrentLinkedQueue<>();

    Accounts(List<DrainedListener> known) {
        for (DrainedListener listener : known) listeners.put(listener, new Tally());
    }

    DrainSummary total(Duration sinceStart) {
        return total.summary(sinceStart);
    }

    /** An exchange that ended by itself, or that was ended in order. */
    void ended(Tracked exchange) {
        boolean early = exchange.isEndedEarly();
        count(exchange, tally -> early ? tally.endedEarly : tally.finished);
        if (!early && exchange.isLate()) count(exchange, tally -> tally.toldToClose);
    }

    CutExchange cut(Tracked exchange) {
        CutExchange described = exchange.describe(label(exchange));
        count(exchange, tally -> tally.cut);
        cut.add(described);
        return described;
    }

    /** It came after the cut, and nothing was done for it. */
    void refused(Tracked exchange) {
        count(exchange, tally -> tally.refused);
    }

    /** @param count negative for those that were counted too early */
    void connections(DrainedListener listener, Function<Tally, LongAdder> kind, int count) {
        kind.apply(total).add(count);
        Tally own = listeners.get(listener);
        if (own != null) kind.apply(own).add(count);
    }

    private void count(Tracked exchange, Function<Tally, LongAdder> kind) {
        Tracked.Facts facts = exchange.facts();
        kind.apply(total).increment();
        listeners.forEach((listener, tally) -> {
            if (listener.connector() == exchange.connector()) kind.apply(tally).increment();
        });
        kind.apply(routes.computeIfAbsent(facts.route(), r -> new Tally())).increment();
        kind.apply(backends.computeIfAbsent(facts.backend(), b -> new Tally())).increment();
    }

    void ended(DrainedListener listener, Duration sinceStart) {
        took.putIfAbsent(listener, sinceStart);
    }

    /** Name and address of the listener that it came by. */
    String label(Tracked exchange) {
        for (DrainedListener listener : listeners.keySet()) {
            if (listener.connector() == exchange.connector()) return listener.label();
        }
        return "unknown";
    }

    List<Ledger.Part> listeners(Duration sinceStart) {
        List<Ledger.Part> parts = new ArrayList<>();
        listeners.forEach((listener, tally) ->
                parts.add(new Ledger.Part(listener.label(), tally.summary(took.getOrDefault(listener, sinceStart)))));
        return parts;
    }

    List<Ledger.Part> routes() {
        return parts(routes);
    }

    List<Ledger.Part> backends() {
        return parts(backends);
    }

    List<CutExchange> cut() {
        return cut.stream()
                .sorted(Comparator.comparing(CutExchange::age).reversed())
                .toList();
    }

    private static List<Ledger.Part> parts(Map<String, Tally> tallies) {
        return tallies.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(e -> new Ledger.Part(e.getKey(), e.getValue().summary(Duration.ZERO)))
                .toList();
    }
}
