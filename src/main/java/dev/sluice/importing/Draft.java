package dev.sluice.importing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The configuration that comes of an import, section by section as it is to be written. For one thread. */
final class Draft {
    final Map<String, Map<String, Object>> listeners = new LinkedHashMap<>();
    final Map<String, Map<String, Object>> pools = new LinkedHashMap<>();
    final List<DraftRoute> routes = new ArrayList<>();
    final Set<String> trustedProxies = new LinkedHashSet<>();
    final Map<String, Object> upstream = new LinkedHashMap<>();
    final Map<String, Object> server = new LinkedHashMap<>();
    final Leftovers left = new Leftovers();

    /**
     * Adds the routes of one site, in the order in which the other proxy tries them. One that looks for what another one
     * before it took, all of it, is left out; where Sluice's order is another one, that is said.
     */
    void addSite(List<DraftRoute> site) {
        List<DraftRoute> kept = new ArrayList<>();
        for (DraftRoute route : site) {
            DraftRoute same = kept.stream()
                    .filter(other -> other.conditions().equals(route.conditions()))
                    .findFirst()
                    .orElse(null);
            if (same == null) kept.add(route);
            else if (!same.tree().equals(route.tree()))
                left.add(route.from, "line " + same.from.line() + " comes first and takes the same requests");
        }
        Precedence.check(kept, left);
        for (DraftRoute route : kept) {
            DraftRoute same = routes.stream()
                    .filter(other -> other.conditions().equals(route.conditions()))
                    .findFirst()
                    .orElse(null);
            if (same == null) routes.add(route);
            else if (!same.tree().equals(route.tree()))
                left.add(route.from, "line " + same.from.line() + " comes first and takes the same requests");
        }
    }

    /**
     * A pool with this name, or, where there is another of that name, with a number behind it.
     *
     * @return the name that it has
     */
    String pool(String wanted, Map<String, Object> tree) {
        String bare = wanted.replaceAll("[^A-Za-z0-9._-]", "-").replaceAll("^[^A-Za-z]+", "");
        if (bare.isEmpty() || bare.equals("default")) bare = "pool-" + bare;
        if (bare.endsWith("-") && bare.length() > 5) bare = bare.substring(0, bare.length() - 1);
        if (bare.length() > 56) bare = bare.substring(0, 56);
        String name = bare;
        for (int i = 2; pools.containsKey(name); i++) {
            if (tree.equals(pools.get(name))) return name;
            name = bare + "-" + i;
        }
        pools.put(name, tree);
        return name;
    }

    /** What is said for all backends at once: the first wins, and others are named. */
    void forAll(Map<String, Object> section, String key, Object value, Directive from) {
        Object before = section.putIfAbsent(key, value);
        if (before != null && !before.equals(value))
            left.add(from, "Sluice has one for all: " + key + " is " + before + " already");
    }
}
