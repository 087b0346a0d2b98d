package dev.sluice.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How one configuration differs from another, as people read it: a line for each listener, route and pool that came
 * ({@code +}) or went ({@code -}), and for each setting that is another ({@code ~}), by its keys in the file. Holds no
 * secrets: passwords, what came by a placeholder, and credentials in fields are left out. Where it is not known what came
 * by a placeholder, so is everything that may be a secret. Immutable.
 *
 * @param lines in the order of the sections, each of bearable length; empty when nothing differs
 * @param needRestart those of them that a server cannot take over while it runs
 */
public record ConfigChanges(List<String> lines, List<String> needRestart) {
    /** What is fixed when a server is built: its threads, its sockets' and its clients' sizes. */
    private static final Set<String> AT_START = Set.of(
            "server.threads",
            "server.maxConnections",
            "server.acceptQueue",
            "server.idleTimeout",
            "server.requestHeaderSize",
            "server.responseHeaderSize",
            "server.http2MaxStreams",
            "server.http2FramesPerSecond",
            "upstream.connectTimeout",
            "upstream.keepAlive",
            "upstream.maxConnections",
            "upstream.maxQueued",
            "upstream.transport");

    /** Without them there is no other state than that nothing is in them. Other sections turn something on. */
    private static final Set<String> GROUPS = Set.of(
            "defaults", "route", "request", "headers", "set", "add", "timeouts", "errorPages", "query", "cookies");

    public ConfigChanges {
        lines = List.copyOf(lines);
        needRestart = List.copyOf(needRestart);
    }

    /** What has to be done to get from one to the other, where nobody knows what came by placeholders. */
    public static ConfigChanges between(SluiceConfig before, SluiceConfig after) {
        return between(LoadedConfig.of(before), LoadedConfig.of(after));
    }

    /** What has to be done to get from one to the other. */
    public static ConfigChanges between(LoadedConfig before, LoadedConfig after) {
        Lines lines = new Lines(ShownText.forLog(before.origins(), after.origins()));
        SluiceConfig a = before.config();
        SluiceConfig b = after.config();
        lines.listeners(a.listeners(), b.listeners());
        lines.routes(a.routes(), b.routes());
        lines.pools(pools(a), pools(b));
        lines.compare("", a, b, (texts, config) -> new ConfigTree(texts).sections(config));
        return new ConfigChanges(lines.all, lines.needRestart);
    }

    /** Whether the two are the same. */
    public boolean isEmpty() {
        return lines.isEmpty();
    }

    private static Collection<PoolConfig> pools(SluiceConfig config) {
        Map<String, PoolConfig> pools = new LinkedHashMap<>();
        config.routes().forEach(route -> route.pools().forEach(pool -> pools.putIfAbsent(pool.name(), pool)));
        return pools.values();
    }

    private static String action(ShownText texts, ActionConfig action) {
        if (action instanceof ActionConfig.Redirect redirect) return "redirect " + redirect.status();
        if (action instanceof ActionConfig.Respond respond) return "respond " + respond.status();
        return "to pool "
                + action.pools().stream().map(pool -> texts.plain(pool.name())).collect(Collectors.joining(", "));
    }

    private static Object actionTree(ShownText texts, ActionConfig action) {
        return action instanceof ActionConfig.ToPool one
                ? Map.of("pool", texts.plain(one.pool().name()))
                : new HandlingTree(texts).action(action);
    }

    private static final class Lines {
        private final ShownText shown;
        private final List<String> all = new ArrayList<>();
        private final List<String> needRestart = new ArrayList<>();

        Lines(ShownText shown) {
            this.shown = shown;
        }

        void listeners(List<ListenerConfig> before, List<ListenerConfig> after) {
            BiFunction<ShownText, ListenerConfig, Object> tree = (texts, one) -> new ConfigTree(texts).listener(one);
            named(
                    "listener",
                    before,
                    after,
                    ListenerConfig::name,
                    one -> shown.plain(one.address()),
                    (name, a, b) -> compare(name, a, b, tree));
        }

        void routes(List<RouteConfig> before, List<RouteConfig> after) {
            named("route", before, after, RouteConfig::name, one -> action(shown, one.action()), (name, a, b) -> {
                compare(name, a, b, (texts, one) -> new ConfigTree(texts).conditions(one));
                if (a.action().getClass() != b.action().getClass())
                    line(name, action(shown, a.action()), action(shown, b.action()));
                else compare(name, a.action(), b.action(), ConfigChanges::actionTree);
                if (a.action() instanceof ActionConfig.Split was && b.action() instanceof ActionConfig.Split is)
                    shares(name, was, is);
                compare(name, a, b, (texts, one) -> new ConfigTree(texts).handling(one));
            });
            order(before, after);
        }

        /** Of two whose headers or cookies fit, the first one has the request. */
        private void shares(String place, ActionConfig.Split before, ActionConfig.Split after) {
            List<String> was = before.pools().stream().map(PoolConfig::name).toList();
            List<String> is = after.pools().stream().map(PoolConfig::name).toList();
            boolean same = was.size() == is.size() && was.containsAll(is);
            boolean decides = after.shares().stream()
                    .anyMatch(one -> !one.headers().isEmpty() || !one.cookies().isEmpty());
            if (decides && same && !was.equals(is)) all.add("~ " + place + " split: another order");
        }

        /** Of two routes that fit as well, the first one has it. */
        private void order(List<RouteConfig> before, List<RouteConfig> after) {
            List<String> was = before.stream().map(RouteConfig::name).collect(Collectors.toList());
            List<String> is = after.stream().map(RouteConfig::name).collect(Collectors.toList());
            Set<String> both = new LinkedHashSet<>(is);
            both.retainAll(new LinkedHashSet<>(was));
            was.retainAll(both);
            is.retainAll(both);
            if (was.equals(is)) return;
            int first = 0;
            while (was.get(first).equals(is.get(first))) first++;
            all.add("~ order of routes: " + shown.plain(is.get(first)) + " before " + shown.plain(was.get(first)));
        }

        void pools(Collection<PoolConfig> before, Collection<PoolConfig> after) {
            named("pool", before, after, PoolConfig::name, this::backends, (name, a, b) -> {
                members(name, a, b);
                compare(name, a, b, (texts, one) -> new PoolTree(texts).sections(one));
            });
        }

        private String backends(PoolConfig pool) {
            return Text.escape(
                    String.join(", ", new PoolTree(shown).members(pool).keySet()));
        }

        /** Each that came or went, and what else of them is another. */
        private void members(String place, PoolConfig before, PoolConfig after) {
            BiFunction<ShownText, PoolConfig, Object> tree = (texts, pool) -> new PoolTree(texts).members(pool);
            Map<String, Twin> known = Twin.of("", before, shown, tree).entries();
            Twin.of("", after, shown, tree).entries().forEach((name, member) -> {
                Twin earlier = known.remove(name);
                if (earlier == null) all.add("~ " + place + " + " + Text.escape(member.label()));
                else compare(place + " " + Text.escape(member.label()) + ":", earlier, member);
            });
            known.values().forEach(one -> all.add("~ " + place + " - " + Text.escape(one.label())));
        }

        private interface Comparison<T> {
            void of(String place, T before, T after);
        }

        private <T> void named(
                String kind,
                Collection<T> before,
                Collection<T> after,
                Function<T, String> name,
                Function<T, String> described,
                Comparison<T> comparison) {
            Map<String, T> known = new LinkedHashMap<>();
            before.forEach(one -> known.put(name.apply(one), one));
            for (T one : after) {
                T earlier = known.remove(name.apply(one));
                String called = kind + " " + shown.plain(name.apply(one));
                if (earlier == null) all.add("+ " + called + " " + described.apply(one));
                else if (!earlier.equals(one)) comparison.of(called + ":", earlier, one);
            }
            known.forEach(
                    (called, one) -> all.add("- " + kind + " " + shown.plain(called) + " " + described.apply(one)));
        }

        <T> void compare(String place, T before, T after, BiFunction<ShownText, T, Object> tree) {
            compare(place, Twin.of("", before, shown, tree), Twin.of("", after, shown, tree));
        }

        private void compare(String place, @Nullable Twin before, @Nullable Twin after) {
            Twin any = after == null ? before : after;
            if (any == null || before != null && after != null && before.exact().equals(after.exact())) return;
            boolean group = GROUPS.contains(any.label());
            if ((before == null ? group : before.isMapping()) && (after == null ? group : after.isMapping())) {
                Map<String, Twin> was = before == null ? Map.of() : before.entries();
                Map<String, Twin> is = after == null ? Map.of() : after.entries();
                Set<String> keys = new LinkedHashSet<>(is.keySet());
                keys.addAll(was.keySet());
                for (String key : keys) {
                    Twin a = was.get(key);
                    Twin b = is.get(key);
                    compare(join(place, a == null ? b : a), a, b);
                }
            } else if (before != null && after != null && Twin.areLong(before, after)) {
                entered(place, place + ": " + Twin.difference(before, after));
            } else {
                line(place, Twin.text(before), Twin.text(after));
            }
        }

        private static String join(String place, @Nullable Twin part) {
            String key = part == null ? "" : part.label();
            if (place.isEmpty()) return key;
            return place.endsWith(":") ? place + " " + key : Text.join(place, key);
        }

        private void line(String place, String before, String after) {
            String change = before.equals(after)
                    ? before.equals(ShownText.REDACTED)
                            ? before + " -> another one"
                            : before + " as it was -> as it is now"
                    : before + " -> " + after;
            entered(place, place + " " + change);
        }

        private void entered(String place, String change) {
            String line = "~ " + change;
            all.add(line);
            boolean fixed = place.startsWith("dns") || place.startsWith("admin") || AT_START.contains(place);
            if (fixed) needRestart.add(line);
        }
    }
}
