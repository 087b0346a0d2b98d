package dev.sluice.upstream;

import dev.sluice.config.BalanceConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The backends of a pool at one moment, sorted by who comes first. Immutable.
 *
 * @param all of them, those that are drained included
 * @param tiers who is to be asked, one after the other: usually those that are usable, and then the backups
 * @param byId for sticky cookies; empty in pools without
 */
record Members(List<Backend> all, List<BalancingPolicy> tiers, Map<String, Backend> byId) {
    static Members of(List<Backend> all, BalanceConfig balance, Function<List<Backend>, BalancingPolicy> policy) {
        Map<String, Backend> byId = new HashMap<>();
        if (balance.sticky() != null) all.forEach(b -> byId.put(b.id(), b));
        List<BalancingPolicy> tiers = new ArrayList<>();
        for (List<Backend> tier : tiers(all, balance.panicPercent()))
            if (!tier.isEmpty()) tiers.add(policy.apply(tier));
        return new Members(List.copyOf(all), List.copyOf(tiers), Map.copyOf(byId));
    }

    /** What is known of backends may be wrong: when too few are left, or none, all are tried, because nothing can be lost. */
    static List<List<Backend>> tiers(List<Backend> all, int panicPercent) {
        List<Backend> regular = some(all, false, false);
        List<Backend> backups = some(all, true, false);
        List<Backend> usable = some(all, false, true);
        List<Backend> usableBackups = some(all, true, true);
        if (usable.isEmpty() && usableBackups.isEmpty()) return List.of(regular, backups);
        boolean panic = usable.size() * 100L < (long) panicPercent * regular.size();
        if (panic && usableBackups.isEmpty()) return List.of(regular, backups);
        return List.of(usable, usableBackups);
    }

    /** Whether so few are usable that all are tried. */
    static boolean panics(List<Backend> all, int panicPercent) {
        List<Backend> usable = some(all, false, true);
        List<Backend> first = tiers(all, panicPercent).get(0);
        return first.size() > usable.size();
    }

    private static List<Backend> some(List<Backend> all, boolean backup, boolean onlyUsable) {
        List<Backend> some = new ArrayList<>();
        for (Backend backend : all) {
            if (backend.config().backup() != backup || backend.isDraining()) continue;
            if (!onlyUsable || backend.isUsable()) some.add(backend);
        }
        return some;
    }

    @Nullable
    Backend byId(String id) {
        return byId.get(id);
    }
}
