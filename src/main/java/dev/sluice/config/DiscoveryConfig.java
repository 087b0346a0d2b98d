package dev.sluice.config;

import java.nio.file.Path;

/** Where backends of a pool are found, other than in the list itself. */
public sealed interface DiscoveryConfig {
    /**
     * Every address (A and AAAA) of a name.
     *
     * @param template host is the name; all else is that of each backend found
     */
    record Addresses(BackendConfig template) implements DiscoveryConfig {}

    /**
     * Service records (RFC 2782): targets, ports and weights; a higher priority is a backup.
     *
     * @param template host is the name of the records; the port is ignored
     */
    record Services(BackendConfig template) implements DiscoveryConfig {}

    /**
     * A file with one URL or mapping for each backend, as in the list; read again when it changes.
     *
     * @param file YAML, a list
     */
    record Listed(Path file) implements DiscoveryConfig {}
}
