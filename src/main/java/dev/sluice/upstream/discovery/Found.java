package dev.sluice.upstream.discovery;

import dev.sluice.config.BackendConfig;
import java.time.Duration;
import java.util.List;

/**
 * What a look-up came to.
 *
 * @param members backends, each once
 * @param ttl for how long it holds, as the answer says; the smallest of all that went into it
 */
record Found(List<BackendConfig> members, Duration ttl) {
    Found {
        members = List.copyOf(members);
    }
}
