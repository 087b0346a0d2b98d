package dev.sluice.bench;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.Conditions;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.ValueCondition;
import dev.sluice.routing.RouteMatch;
import dev.sluice.routing.RouteTable;
import dev.sluice.routing.StatedRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to find the route of a path, by the number of routes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class RouteMatchBenchmark {
    /** Paths that take turns, as those of requests do: not one that stays in the processor's nearest cache. A power of 2. */
    private static final int PATHS = 1024;

    @Param({"1", "100", "1000", "10000"})
    public int routes;

    /**
     * {@code depth-1}: /service-00042/items/7, where /service-00042 is the route. {@code depth-3}: the route is
     * /api/v1/service-00042. {@code same}: depth 1, the same route again and again. {@code miss}: no route but the
     * fallback. {@code encoded}: a path that holds an encoded character, behind a route of depth 1. {@code host}: each route
     * has a host of its own instead. {@code header}: each wants a value of its own of one header.
     */
    @Param({"depth-1", "depth-3", "same", "miss", "encoded", "host", "header"})
    public String path;

    private RouteTable table;
    private String[] paths;
    private StatedRequest[] requests;
    private int turn;

    @Setup
    public void build() {
        String prefix = path.equals("depth-3") ? "/api/v1/service-" : "/service-";
        List<BackendConfig> to = List.of(new BackendConfig("http", "127.0.0.1", 8000, "", null));
        List<RouteConfig> configs = new ArrayList<>();
        for (int i = 0; i < routes; i++)
            configs.add(new RouteConfig("r" + i, prefix + digits(i), to).withConditions(conditions(prefix, i)));
        configs.add(new RouteConfig("default", null, to));
        table = RouteTable.of(configs);
        Random random = new Random(7);
        paths = new String[PATHS];
        requests = new StatedRequest[PATHS];
        for (int i = 0; i < PATHS; i++) {
            int route = path.equals("same") ? routes / 2 : random.nextInt(routes);
            String tail = path.equals("encoded") ? "/caf%C3%A9" : "/items/7";
            requests[i] = request(route);
            paths[i] = (path.equals("miss") ? "/servant-" : prefix) + digits(route) + tail;
        }
        check();
    }

    private Conditions conditions(String prefix, int route) {
        return switch (path) {
            case "host" -> Conditions.NONE.withHosts(List.of(host(route)));
            case "header" -> Conditions.NONE.withHeaders(List.of(ValueCondition.of("tenant", digits(route))));
            default -> Conditions.prefix(prefix + digits(route));
        };
    }

    private static StatedRequest request(int route) {
        return new StatedRequest(
                "GET", host(route), null, Map.of("tenant", List.of(digits(route))), null, null);
    }

    private static String host(int route) {
        return "service-" + digits(route) + ".example.com";
    }

    private static String digits(int number) {
        return String.format("%05d", number);
    }

    /** A benchmark of the wrong answer would be fast, too. */
    private void check() {
        for (int i = 0; i < PATHS; i++) {
            boolean fallback =
                    !(match() instanceof RouteMatch.Found found) || found.route().name().equals("default");
            if (fallback != path.equals("miss")) throw new IllegalStateException(paths[i] + " and " + requests[i]);
        }
    }

    @Benchmark
    public RouteMatch match() {
        int now = turn++ & (PATHS - 1);
        return table.match(paths[now], requests[now], request -> request);
    }
}
