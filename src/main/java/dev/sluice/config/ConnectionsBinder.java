package dev.sluice.config;

import org.jspecify.annotations.Nullable;

/** The section {@code connections} of a pool. */
final class ConnectionsBinder {

    private final Problems problems;
    private final int mostConnections;

    /** @param mostConnections that may be open to one backend */
    ConnectionsBinder(Problems problems, int mostConnections) {
        this.problems = problems;
        this.mostConnections = mostConnections;
    }

    /** The defaults where the pool says nothing of it. */
    ConnectionsConfig bind(Section pool) {
        ConnectionsConfig defaults = ConnectionsConfig.defaults();
        @Nullable Node node = pool.value("connections");
        Section section = Section.optional(node, pool.path("connections"), problems, PoolKeys.CONNECTIONS);
        if (section == null) return defaults;
        return new ConnectionsConfig(
                section.number("warm", defaults.warm(), 0, mostConnections), section.durationOrOff("lifetime"));
    }
}
