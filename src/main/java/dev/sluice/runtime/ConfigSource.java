package dev.sluice.runtime;

import dev.sluice.config.LoadedConfig;
import dev.sluice.config.SluiceConfig;

/** Where the configuration is read again. What its methods throw says for people what is wrong with it. */
@FunctionalInterface
public interface ConfigSource {
    /** Reads it, to be put into effect at once. Called by one thread at a time. */
    LoadedConfig read() throws Exception;

    /** Reads it to say what it would come to, and no more follows from it. Called by any thread. */
    default LoadedConfig preview() throws Exception {
        return read();
    }

    /** What was read last is in effect. Called by the thread that has read it. */
    default void inEffect(SluiceConfig config) {}
}
