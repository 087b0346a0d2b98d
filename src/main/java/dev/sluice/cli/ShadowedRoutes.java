package dev.sluice.cli;

import dev.sluice.config.ConfigError;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.runtime.RoutePreview;
import java.util.List;

/** Routes that no request ever gets to, because another one takes all that they look for. */
final class ShadowedRoutes implements WarningSource {
    @Override
    public List<ConfigError> warnings(LoadedConfig loaded) {
        List<RouteConfig> routes = loaded.config().routes();
        return RoutePreview.of(loaded.config()).shadowed().stream()
                .map(s -> loaded.origins()
                        .at(
                                "no request gets to route " + s.route().name() + ", because route "
                                        + s.by().name()
                                        + " takes all that it looks for (expected other conditions, or none of the two)",
                                "routes",
                                Integer.toString(routes.indexOf(s.route()))))
                .toList();
    }
}
