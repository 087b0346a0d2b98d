package dev.sluice.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

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
     * @param backup whether all of them serve only while none of the others can
     * @param tls for those that speak TLS; null for the defaults
     */
    record Listed(Path file, boolean backup, @Nullable BackendTlsConfig tls) implements DiscoveryConfig {
        /** As they are in this pool. */
        BackendConfig adapt(BackendConfig backend) {
            BackendConfig one = backend.withBackup(backup || backend.backup());
            return one.isSecure() ? one.withTls(tls) : one;
        }
    }
}
