package dev.sluice.cli;

import dev.sluice.config.ConfigError;
import dev.sluice.config.LoadedConfig;
import java.util.List;

/** Looks for what is legal in a configuration, but probably not meant. {@link CheckCommand} has the list of them. */
interface WarningSource {
    /** Each with its place and what would be expected, see {@link dev.sluice.config.Origins#at}; empty when all is well. */
    List<ConfigError> warnings(LoadedConfig loaded);
}
