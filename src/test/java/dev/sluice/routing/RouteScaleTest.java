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
import dev.sluice.testkit.Once;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a request costs does not depend on the number of routes. Time on a busy machine says little: see the benchmark. */
@Once
class RouteScaleTest {
    private static final int MANY = 10_000;
    private static final int ROUNDS = 20_000;

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

    /** How often a route looks at a header of the request: a scan looks once for each. */
    private static int looks(RouteTable table, StatedRequest request, String expected) {
        int[] looks = new int[1];
        RoutedRequest counting = new RoutedRequest() {
            @Override
            public @Nullable String host() {
                return request.host();
            }

            @Override
            public String method() {
                return request.method();
            }

            @Override
            public @Nullable String query() {
                return request.query();
            }

            @Override
            public List<String> fields(String name) {
                looks[0]++;
                return request.fields(name);
            }

            @Override
            public @Nullable InetAddress client() {
                return request.client();
            }

            @Override
            public @Nullable String listener() {
                return request.listener();
            }
        };
        assertThat(((RouteMatch.Found) table.match("/a/b", counting, r -> r))
                        .route()
                        .name())
                .isEqualTo(expected);
        return looks[0];
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
            // What the compiler leaves out of it differs from one run to the next, by some objects.
            assertThat(allocation(many, "/a/b", one, "r7")).isLessThan(allocation(few, "/a/b", one, "r7") + 200);
        }
    }

    @Test
    void valuesOfOneHeaderCostTheSameHoweverManyThereAre() {
        RouteTable few = table(10, i -> any().withHeaders(is("tenant", "t" + i)));
        RouteTable many = table(MANY, i -> any().withHeaders(is("tenant", "t" + i)));
        // The last one: a scan would come to it after all others.
        StatedRequest last = request("GET", null, null, "tenant: t9");
        StatedRequest lastOfMany = request("GET", null, null, "tenant: t9999");
        assertThat(looks(many, lastOfMany, "r9999")).isEqualTo(looks(few, last, "r9"));
        assertThat(allocation(many, "/a/b", lastOfMany, "r9999")).isLessThan(allocation(few, "/a/b", last, "r9") + 200);
    }
}
