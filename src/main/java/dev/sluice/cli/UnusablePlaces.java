package dev.sluice.cli;

import dev.sluice.config.ConfigError;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.Origins;
import dev.sluice.config.RouteConfig;
import dev.sluice.runtime.UnusableFiles;
import dev.sluice.runtime.UnusableFiles.Flaw;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What can be read and not be used, such as a key that belongs to another certificate, where it stands in the file. */
final class UnusablePlaces {
    private UnusablePlaces() {}

    /** In the order of the file; each once, although several pools may have it from one place. */
    static List<ConfigError> errors(LoadedConfig loaded) {
        return UnusableFiles.of(loaded.config()).stream()
                .map(flaw -> loaded.origins().at(flaw.message(), steps(flaw, loaded)))
                .distinct()
                .sorted(Comparator.comparing(ConfigError::file).thenComparingInt(ConfigError::line))
                .toList();
    }

    private static String[] steps(Flaw flaw, LoadedConfig loaded) {
        String[] setting = flaw.setting().split("[.]");
        if (flaw instanceof Flaw.OfListener of)
            return below(setting, "listeners", of.listener().name());
        if (flaw instanceof Flaw.OfRoute of) return below(setting, "routes", String.valueOf(of.route()));
        if (!(flaw instanceof Flaw.OfPool of)) throw new IllegalStateException(flaw.toString());
        Origins origins = loaded.origins();
        RouteConfig route = loaded.config().routes().get(of.route());
        return PoolPlace.steps(origins, route, of.pool(), of.route(), setting);
    }

    private static String[] below(String[] setting, String... place) {
        return Stream.concat(Arrays.stream(place), Arrays.stream(setting)).toArray(String[]::new);
    }
}
