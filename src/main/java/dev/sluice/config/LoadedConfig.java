package dev.sluice.config;

import java.nio.file.Path;
import java.util.Set;

/**
 * A configuration, and what it came from. Immutable.
 *
 * @param config what was read
 * @param inputs what it was read from, each as it was just before it was read
 * @param origins where in the files settings stand
 */
public record LoadedConfig(SluiceConfig config, Inputs inputs, Origins origins) {
    /** As {@link Inputs#files}. */
    public Set<Path> files() {
        return inputs.files();
    }

    /** One that was made otherwise than by reading. What may be a secret in it is never shown. */
    public static LoadedConfig of(SluiceConfig config) {
        return new LoadedConfig(config, Inputs.none(), Origins.unknown());
    }

    /** What runs without a file. */
    public static LoadedConfig builtIn() {
        return new LoadedConfig(SluiceConfig.defaults(), Inputs.none(), Origins.none());
    }
}
