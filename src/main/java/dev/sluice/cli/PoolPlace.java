package dev.sluice.cli;

import dev.sluice.config.Origins;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.RouteConfig;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Where in a file something about a pool belongs. */
final class PoolPlace {
    private PoolPlace() {}

    /**
     * The steps to a setting of a route's pool: in {@code pools}, or in the route itself where the pool is its own, or in
     * {@code defaults} where it comes from there.
     *
     * @param pool one of those of the route
     * @param index of the route
     * @param setting steps within the pool
     */
    static String[] steps(Origins origins, RouteConfig route, PoolConfig pool, int index, String... setting) {
        boolean own = pool.equals(route.pool()) && pool.name().equals(route.name());
        List<String> place = own ? List.of("routes", String.valueOf(index)) : List.of("pools", pool.name());
        String[] there = joined(place, setting);
        String[] usual = joined(List.of("defaults", "pool"), setting);
        return !origins.says(there) && origins.says(usual) ? usual : there;
    }

    private static String[] joined(List<String> place, String[] setting) {
        return Stream.concat(place.stream(), Arrays.stream(setting)).toArray(String[]::new);
    }
}
