package dev.sluice.config;

import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How one configuration differs from another, as people read it: a line for each listener, route and pool that came
 * ({@code +}) or went ({@code -}), and for each setting that is another ({@code ~}). Holds no secrets. Immutable.
 *
 * @param lines in the order of the sections; empty when nothing differs
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

    /** Passwords, and where people put keys: into queries, and into what checks ask for. */
    private static final Set<String> SECRET =
            Set.of("password", "keyPassword", "trustPassword", "secret", "query", "path", "body", "to");

    /** Parts of routes that the file has no key for: what is in them stands in the route. */
    private static final Set<String> NO_KEYS = Set.of("action", "handling");

    public ConfigChanges {
        lines = List.copyOf(lines);
        needRestart = List.copyOf(needRestart);
    }

    /** What has to be done to get from one to the other. */
    public static ConfigChanges between(SluiceConfig before, SluiceConfig after) {
        Lines lines = new Lines();
        lines.named("listener", before.listeners(), after.listeners(), ListenerConfig::name, ListenerConfig::address);
        lines.named("route", routes(before), routes(after), RouteConfig::name, r -> action(r.action()));
        lines.named("pool", pools(before), pools(after), PoolConfig::name, p -> backends(p.backends()));
        lines.compare("drain", before.drain(), after.drain());
        lines.compare("upstream", before.upstream(), after.upstream());
        lines.compare("server", before.server(), after.server());
        lines.compare("dns", before.dns(), after.dns());
        lines.compare("admin", before.admin(), after.admin());
        lines.compare("trustedProxies", before.trustedProxies(), after.trustedProxies());
        lines.compare("defaults.route", before.unrouted(), after.unrouted());
        return new ConfigChanges(lines.all, lines.needRestart);
    }

    /** Whether the two are the same. */
    public boolean isEmpty() {
        return lines.isEmpty();
    }

    private static Collection<RouteConfig> routes(SluiceConfig config) {
        return config.routes();
    }

    private static String action(ActionConfig action) {
        if (action instanceof ActionConfig.Redirect redirect) return "redirect " + redirect.status();
        if (action instanceof ActionConfig.Respond respond) return "respond " + respond.status();
        List<String> names = action.pools().stream().map(PoolConfig::name).toList();
        return "to pool " + String.join(", ", names);
    }

    private static Collection<PoolConfig> pools(SluiceConfig config) {
        Map<String, PoolConfig> pools = new LinkedHashMap<>();
        config.routes().forEach(route -> route.pools().forEach(pool -> pools.putIfAbsent(pool.name(), pool)));
        return pools.values();
    }

    private static String backends(Collection<BackendConfig> backends) {
        return backends.stream().map(BackendConfig::origin).collect(Collectors.joining(", "));
    }

    private static final class Lines {
        private final List<String> all = new ArrayList<>();
        private final List<String> needRestart = new ArrayList<>();

        <T extends Record> void named(
                String kind,
                Collection<T> before,
                Collection<T> after,
                Function<T, String> name,
                Function<T, String> described) {
            Map<String, T> known = new LinkedHashMap<>();
            before.forEach(one -> known.put(name.apply(one), one));
            for (T one : after) {
                T earlier = known.remove(name.apply(one));
                String called = kind + " " + name.apply(one);
                if (earlier == null) all.add("+ " + called + " " + described.apply(one));
                else compare(called + ":", earlier, one);
            }
            known.forEach((called, one) -> all.add("- " + kind + " " + called + " " + described.apply(one)));
        }

        void compare(String place, @Nullable Object before, @Nullable Object after) {
            if (Objects.equals(before, after)) return;
            if (before instanceof PoolConfig a && after instanceof PoolConfig b && place.endsWith("pool")) {
                // The pool has lines of its own; the route's is that it goes to another one.
                if (!a.name().equals(b.name())) line(place, a.name(), b.name());
                return;
            }
            if (before instanceof ActionConfig a && after instanceof ActionConfig b && a.getClass() != b.getClass()) {
                line(place, action(a), action(b));
                return;
            }
            if (before instanceof Page a && after instanceof Page b && a.file().equals(b.file())) {
                line(place, a + " as it was", "as it is now");
                return;
            }
            if (place.endsWith("backends") && before instanceof List<?> a && after instanceof List<?> b) {
                turnover(place, a, b);
                return;
            }
            if (!(before instanceof Record)
                    || after == null
                    || before.getClass() != after.getClass()
                    || before instanceof Cidr
                    || before instanceof Page
                    || before instanceof Template) {
                line(place, text(before), text(after));
                return;
            }
            for (RecordComponent part : before.getClass().getRecordComponents()) {
                String inner = NO_KEYS.contains(part.getName())
                        ? place
                        : place.endsWith(":") ? place + " " + part.getName() : place + "." + part.getName();
                if (!SECRET.contains(part.getName())) compare(inner, value(part, before), value(part, after));
                else if (!Objects.equals(value(part, before), value(part, after))) line(inner, "***", "another one");
            }
        }

        /** Each that came or went, and what else of them is another. */
        private void turnover(String place, List<?> before, List<?> after) {
            String pool = place.substring(0, place.lastIndexOf(' '));
            Map<String, BackendConfig> known = new LinkedHashMap<>();
            for (Object one : before) if (one instanceof BackendConfig b) known.put(b.origin() + b.basePath(), b);
            for (Object one : after) {
                if (!(one instanceof BackendConfig b)) continue;
                BackendConfig earlier = known.remove(b.origin() + b.basePath());
                if (earlier == null) all.add("~ " + pool + " + " + b.origin());
                else compare(pool + " " + b.origin() + ":", earlier, b);
            }
            known.values().forEach(b -> all.add("~ " + pool + " - " + b.origin()));
        }

        private void line(String place, String before, String after) {
            String line = "~ " + place + " " + before + " -> " + after;
            all.add(line);
            boolean fixed = place.startsWith("dns") || place.startsWith("admin") || AT_START.contains(place);
            if (fixed) needRestart.add(line);
        }
    }

    private static @Nullable Object value(RecordComponent part, Object of) {
        try {
            return part.getAccessor().invoke(of);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(part + " cannot be read", e);
        }
    }

    private static String text(@Nullable Object value) {
        if (value == null) return "none";
        if (value instanceof Duration duration) return Durations.format(duration);
        if (value instanceof Enum<?> word)
            return word.name().toLowerCase(Locale.ROOT).replace('_', '-');
        if (value instanceof Collection<?> some)
            return some.isEmpty()
                    ? "none"
                    : some.stream().map(ConfigChanges::text).collect(Collectors.joining(", "));
        if (value instanceof ActionConfig.Share share) return share.pool().name() + " " + share.weight();
        boolean plain = value instanceof String
                || value instanceof Number
                || value instanceof Boolean
                || value instanceof Path
                || value instanceof Page
                || value instanceof Template
                || value instanceof Cidr;
        return plain ? value.toString() : "set";
    }
}
