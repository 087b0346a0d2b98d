package dev.sluice.routing;

import static dev.sluice.routing.Ask.any;
import static dev.sluice.routing.Ask.is;
import static dev.sluice.routing.Ask.prefix;
import static dev.sluice.routing.Ask.request;
import static dev.sluice.routing.Ask.route;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sluice.config.Conditions;
import dev.sluice.config.RouteConfig;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** What a request costs does not depend on the number of routes. Time on a busy machine says little: see the benchmark. */
class RouteScaleTest {
    private static final int MANY = 10_000;
    private static final int ROUNDS = 20_000;
    /** Few enough that a scan of all routes is seen before the test takes minutes. */
    private static final int FEW_ROUNDS = 2_000;

    private static RouteTable table(int size, IntFunction<Conditions> conditions) {
        List<RouteConfig> routes = new ArrayList<>();
        for (int i = 0; i < size; i++) routes.add(route("r" + i, conditions.apply(i)));
        routes.add(route("any", any()));
        return RouteTable.of(routes);
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    /** Bytes for one request, and that it is found. */
    private static long allocation(RouteTable table, String path, StatedRequest request, String expected) {
        long before = 0;
        for (int i = 0; i < 2 * ROUNDS; i++) {
            if (i == ROUNDS) before = allocated();
            RouteMatch match = table.match(path, request, r -> r);
            if (!((RouteMatch.Found) match).route().name().equals(expected)) throw new AssertionError("found " + match);
        }
        return (allocated() - before) / ROUNDS;
    }

    /** The best of some, in nanoseconds. */
    private static double time(RouteTable table, List<String> paths, List<StatedRequest> requests) {
        double[] times = new double[15];
        for (int t = 0; t < times.length; t++) {
            long start = System.nanoTime();
            for (int i = 0; i < FEW_ROUNDS; i++)
                if (table.match(paths.get(i % paths.size()), requests.get(i % requests.size()), r -> r)
                        instanceof RouteMatch.Refused) throw new AssertionError();
            times[t] = (System.nanoTime() - start) / (double) FEW_ROUNDS;
        }
        return Arrays.stream(times).min().orElseThrow();
    }

    @Test
    void pathAloneCostsNoAllocationHoweverManyRoutesThereAre() {
        RouteTable few = table(10, i -> any().withPath(prefix("/s" + i)));
        RouteTable many = table(MANY, i -> any().withPath(prefix("/s" + i)));
        StatedRequest get = request("GET", "a.example", "q=1", "h: 1");
        assertThat(allocation(few, "/s7/x", get, "r7")).isZero();
        assertThat(allocation(many, "/s7777/x", get, "r7777")).isZero();
        assertThat(allocation(many, "/else", get, "any")).isZero();
    }

    @Test
    void hostsCostTheSameHoweverManyThereAre() {
        for (boolean wildcard : new boolean[] {false, true}) {
            IntFunction<Conditions> conditions =
                    i -> any().withHosts(List.of((wildcard ? "*." : "") + "h" + i + ".example.com"));
            RouteTable few = table(10, conditions);
            RouteTable many = table(MANY, conditions);
            String label = wildcard ? "x." : "";
            StatedRequest one = request("GET", label + "h7.example.com", null);
            assertThat(allocation(many, "/a/b", one, "r7"))
                    .isEqualTo(allocation(few, "/a/b", one, "r7"))
                    .isLessThan(200);
        }
    }

    @Test
    void valuesOfOneHeaderCostTheSameHoweverManyThereAre() {
        RouteTable few = table(10, i -> any().withHeaders(is("tenant", "t" + i)));
        RouteTable many = table(MANY, i -> any().withHeaders(is("tenant", "t" + i)));
        // The last one: a scan of ten thousand is a thousand times as much.
        StatedRequest last = request("GET", null, null, "tenant: t9");
        StatedRequest lastOfMany = request("GET", null, null, "tenant: t9999");
        List<String> path = List.of("/a/b");
        assertThat(time(many, path, List.of(lastOfMany))).isLessThan(20 * time(few, path, List.of(last)));
        assertThat(allocation(many, "/a/b", lastOfMany, "r9999")).isEqualTo(allocation(few, "/a/b", last, "r9"));
    }

    @Test
    void timeDoesNotGrowWithTheNumberOfRoutesAndHosts() {
        List<String> paths = new ArrayList<>();
        List<StatedRequest> requests = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            paths.add("/s" + i + "/x");
            requests.add(request("GET", "h" + i + ".example.com", null));
        }
        IntFunction<Conditions> conditions =
                i -> any().withHosts(List.of("h" + i + ".example.com")).withPath(prefix("/s" + i));
        double few = time(table(10, conditions), paths, requests);
        double many = time(table(MANY, conditions), paths, requests);
        assertThat(many).isLessThan(20 * few);
    }
}
