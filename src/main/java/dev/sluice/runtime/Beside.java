package dev.sluice.runtime;

import dev.sluice.listener.Listeners;
import dev.sluice.upstream.Backend.Standing;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.PoolSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What a start beside another process has to know. */
final class Beside {
    private static final Set<Standing> USABLE = Set.of(Standing.USED, Standing.GROWING);

    private Beside() {}

    /** Who else has the addresses of the listeners. */
    static List<HeldAddress> others(Listeners listeners) {
        long self = ProcessHandle.current().pid();
        Map<String, String> addresses = listeners.addresses();
        List<HeldAddress> others = new ArrayList<>();
        listeners.holders().forEach((name, holders) -> {
            Set<Long> processes = new TreeSet<>(holders.processes());
            processes.remove(self);
            if (processes.isEmpty() && !holders.unknown()) return;
            others.add(new HeldAddress(name, String.valueOf(addresses.get(name)), processes, holders.unknown()));
        });
        return others;
    }

    /** The pools without a backend to use, and why, for people. */
    static List<String> lacking(List<Pool> pools) {
        return pools.stream()
                .map(Pool::snapshot)
                .filter(pool -> pool.backends().stream().noneMatch(b -> USABLE.contains(b.standing())))
                .map(pool -> "pool " + pool.name() + ": " + reason(pool))
                .toList();
    }

    private static String reason(PoolSnapshot pool) {
        if (pool.backends().isEmpty()) return "none of its backends is found";
        return pool.backends().stream()
                .map(b -> b.origin() + " " + (b.reason().isEmpty() ? b.standing() : b.reason()))
                .collect(Collectors.joining(", "));
    }
}
