package dev.sluice.config;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A configuration that cannot be used. Carries everything that is wrong with it, not only the first thing. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1;

    private final List<ConfigError> errors;
    private final transient @Nullable Inputs inputs;

    /** @param errors at least one, in the order they are to be printed */
    public ConfigException(List<ConfigError> errors) {
        this(errors, Inputs.none(), null);
    }

    private ConfigException(List<ConfigError> errors, Inputs inputs, @Nullable Throwable cause) {
        super(errors.stream().map(ConfigError::toString).collect(Collectors.joining("\n")));
        if (cause != null) initCause(cause);
        this.errors = List.copyOf(errors);
        this.inputs = inputs;
    }

    /** The same with what had been looked at when it came to this. */
    ConfigException after(LookedAt lookedAt) {
        return new ConfigException(errors, lookedAt.inputsOfFailure(), this);
    }

    /** All errors in the order of the file; never empty. {@link #getMessage()} is the same, one on a line. */
    public List<ConfigError> errors() {
        return errors;
    }

    /** As {@link LoadedConfig#inputs}, up to where the reading came; none when nothing was loaded. */
    public Inputs inputs() {
        return inputs == null ? Inputs.none() : inputs;
    }
}
