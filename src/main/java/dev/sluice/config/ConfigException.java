package dev.sluice.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration that cannot be used. Carries everything that is wrong with it, not only the first thing. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1;

    private final List<ConfigError> errors;

    /** @param errors at least one, in the order they are to be printed */
    public ConfigException(List<ConfigError> errors) {
        super(errors.stream().map(ConfigError::toString).collect(Collectors.joining("\n")));
        this.errors = List.copyOf(errors);
    }

    /** All errors in the order of the file; never empty. {@link #getMessage()} is the same, one on a line. */
    public List<ConfigError> errors() {
        return errors;
    }
}
