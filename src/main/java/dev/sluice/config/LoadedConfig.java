package dev.sluice.config;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * A configuration, and what it came from. When one of the files changes, or a file comes into or leaves one of the
 * directories, another reading may have another result. Immutable.
 *
 * @param config what was read
 * @param files all that were looked at, as absolute paths that are not normalized, the main file first: those that
 *     are included, those of placeholders, of certificates, keys and trust, of lists of backends
 * @param directories in which patterns of {@code include} have looked for names; need not be there
 * @param origins where in the files settings stand
 */
public record LoadedConfig(SluiceConfig config, Set<Path> files, Set<Path> directories, Origins origins) {
    public LoadedConfig {
        files = Collections.unmodifiableSet(new LinkedHashSet<>(files));
        directories = Collections.unmodifiableSet(new LinkedHashSet<>(directories));
    }

    /** One that was made otherwise than by reading. What may be a secret in it is never shown. */
    public static LoadedConfig of(SluiceConfig config) {
        return new LoadedConfig(config, Set.of(), Set.of(), Origins.unknown());
    }

    /** What runs without a file. */
    public static LoadedConfig builtIn() {
        return new LoadedConfig(SluiceConfig.defaults(), Set.of(), Set.of(), Origins.none());
    }
}
