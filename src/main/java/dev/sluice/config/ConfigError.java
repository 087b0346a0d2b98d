package dev.sluice.config;

import java.io.Serializable;

/**
 * One thing that is wrong in a configuration, and where.
 *
 * @param file the configuration file as the user named it
 * @param line counted from 1, or 0 when the file as a whole is meant
 * @param column in characters, counted from 1, or 0 when the file as a whole is meant
 * @param path of the setting, such as {@code routes[1].to[0]}; empty when none is meant
 * @param message the value and what was expected; never a password
 */
public record ConfigError(String file, int line, int column, String path, String message) implements Serializable {
    /** As printed: {@code sluice.yaml:12:5: routes[1].to[0]: "localhost:8001" is not a URL (expected ...)}. */
    @Override
    public String toString() {
        String place = line == 0 ? file : file + ":" + line + ":" + column;
        return path.isEmpty() ? place + ": " + message : place + ": " + path + ": " + message;
    }
}
