package dev.sluice.config;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A configuration that cannot be used. Carries everything that is wrong with it, not only the first thing. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1;

    private final List<ConfigError> errors;
    private final transient @Nullable Set<Path> files;
    private final transient @Nullable Set<Path> directories;

    /** @param errors at least one, in the order they are to be printed */
    public ConfigException(List<ConfigError> errors) {
        this(errors, Set.of(), Set.of(), null);
    }

    private ConfigException(
            List<ConfigError> errors, Set<Path> files, Set<Path> directories, @Nullable Throwable cause) {
        super(errors.stream().map(ConfigError::toString).collect(Collectors.joining("\n")));
        if (cause != null) initCause(cause);
        this.errors = List.copyOf(errors);
        this.files = Collections.unmodifiableSet(new LinkedHashSet<>(files));
        this.directories = Collections.unmodifiableSet(new LinkedHashSet<>(directories));
    }

    /** The same with what had been looked at when it came to this. */
    ConfigException after(LookedAt lookedAt) {
        return new ConfigException(errors, lookedAt.files(), lookedAt.directories(), this);
    }

    /** All errors in the order of the file; never empty. {@link #getMessage()} is the same, one on a line. */
    public List<ConfigError> errors() {
        return errors;
    }

    /** As {@link LoadedConfig#files}, up to where the reading came; empty when nothing was loaded. */
    public Set<Path> files() {
        return files == null ? Set.of() : files;
    }

    /** As {@link LoadedConfig#directories}, up to where the reading came. */
    public Set<Path> directories() {
        return directories == null ? Set.of() : directories;
    }
}
