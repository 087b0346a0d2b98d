package dev.sluice.drill;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.EjectionConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.SluiceConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** What people change about a configuration while it serves; requests mean the same by each of them. */
final class Variations {
    private final SluiceConfig usual;

    Variations(SluiceConfig usual) {
        this.usual = usual;
    }

    /** In turn: weights of backends, pools that have to be made anew, a route and a pool more, and as it was. */
    SluiceConfig next(int turn) {
        return switch (turn % 4) {
            case 0 -> pools(Variations::heavier);
            case 1 -> pools(Variations::otherRules);
            case 2 -> anotherRoute();
            default -> usual;
        };
    }

    private static PoolConfig heavier(PoolConfig pool) {
        List<BackendConfig> backends = new ArrayList<>();
        for (BackendConfig backend : pool.backends())
            backends.add(backends.isEmpty() ? backend.withWeight(Math.min(65_535, backend.weight() + 1)) : backend);
        return pool.withBackends(backends);
    }

    private static PoolConfig otherRules(PoolConfig pool) {
        EjectionConfig ejection = pool.ejection();
        return pool.withEjection(new EjectionConfig(
                ejection.failures(),
                ejection.failurePercent(),
                ejection.requests(),
                ejection.window(),
                ejection.statuses(),
                ejection.time(),
                ejection.longest().plusMillis(1),
                ejection.mostPercent()));
    }

    private SluiceConfig pools(UnaryOperator<PoolConfig> change) {
        return routes(
                usual.routes().stream().map(route -> route.withPools(change)).toList());
    }

    private SluiceConfig anotherRoute() {
        List<RouteConfig> routes = new ArrayList<>(usual.routes());
        List<BackendConfig> to = usual.routes().get(0).to();
        if (!to.isEmpty()) routes.add(RouteConfig.of("/sluice-drill-another", to));
        return routes(routes);
    }

    private SluiceConfig routes(List<RouteConfig> routes) {
        return new SluiceConfig(
                usual.listeners(),
                usual.drain(),
                routes,
                usual.upstream(),
                usual.server(),
                usual.dns(),
                usual.admin(),
                usual.trustedProxies(),
                usual.unrouted());
    }
}
