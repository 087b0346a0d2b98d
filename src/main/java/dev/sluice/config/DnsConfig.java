package dev.sluice.config;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * How names of backends are looked up, where a pool finds its backends by them.
 *
 * @param servers recursive ones, in the order in which they are asked; empty, the default, for the system's
 * @param timeout for one server to answer; default 2 s. Then the next one is asked, and all of them a second time
 * @param minTtl how long an answer holds at least, whatever it says; default 1 s
 * @param maxTtl how long an answer holds at most; default 5 min
 */
public record DnsConfig(List<InetSocketAddress> servers, Duration timeout, Duration minTtl, Duration maxTtl) {
    public DnsConfig {
        servers = List.copyOf(servers);
    }

    /** The defaults named above. */
    public static DnsConfig defaults() {
        return new DnsConfig(List.of(), Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ofMinutes(5));
    }
}
