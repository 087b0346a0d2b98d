package dev.sluice.cli;

import dev.sluice.config.ConfigError;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.runtime.RoutePreview;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Routes that no request ever gets to: another one takes all that they look for, or it is answered before. */
final class ShadowedRoutes implements WarningSource {
    @Override
    public List<ConfigError> warnings(LoadedConfig loaded) {
        SluiceConfig config = loaded.config();
        List<String> listeners =
                config.listeners().stream().map(ListenerConfig::name).toList();
        List<RouteConfig> routes = config.routes();
        List<ConfigError> found = new ArrayList<>();
        for (RoutePreview.Shadowed s : RoutePreview.of(config).shadowed(listeners)) {
            String because = "route " + s.by().name()
                    + " takes all that it looks for (expected other conditions, or none" + " of the two)";
            found.add(warning(loaded, routes.indexOf(s.route()), because));
        }
        for (int i = 0; i < routes.size(); i++) {
            String reason = answeredBefore(routes.get(i), config);
            if (reason != null) found.add(warning(loaded, i, reason));
        }
        return found;
    }

    private static ConfigError warning(LoadedConfig loaded, int route, String because) {
        String name = loaded.config().routes().get(route).name();
        String message = "no request gets to route " + name + ", because " + because;
        return loaded.origins().at(message, "routes", Integer.toString(route));
    }

    /** Null when something gets through to it. */
    private static @Nullable String answeredBefore(RouteConfig route, SluiceConfig config) {
        List<String> methods = route.conditions().methods();
        boolean never = !methods.isEmpty()
                && methods.stream()
                        .allMatch(method -> isRefused(method, config.server().allowTrace()));
        if (never)
            return String.join(" and ", methods)
                    + " is answered by 405 whatever the routes (expected other methods; TRACE with server.allowTrace)";
        List<String> names = route.conditions().listeners();
        // Whom a trusted proxy has served by TLS is not sent away.
        boolean redirected = config.trustedProxies().isEmpty()
                && config.listeners().stream()
                        .filter(listener -> names.isEmpty() || names.contains(listener.name()))
                        .allMatch(ShadowedRoutes::redirectsAll);
        return redirected
                ? "its listeners answer everything by redirect (expected one without redirect among them)"
                : null;
    }

    private static boolean isRefused(String method, boolean allowTrace) {
        return method.equals("CONNECT") || method.equals("TRACE") && !allowTrace;
    }

    private static boolean redirectsAll(ListenerConfig listener) {
        return listener.redirectPort() > 0 && listener.redirectExcept().isEmpty();
    }
}
