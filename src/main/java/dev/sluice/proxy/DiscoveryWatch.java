package dev.sluice.proxy;

import dev.sluice.config.DnsConfig;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.discovery.Discovery;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the backends of the pools that say where to look. It starts before anything is served and before backends are asked
 * whether they are well; once it has started, everything has been looked up once, or could not be in time.
 */
public final class DiscoveryWatch extends AbstractLifeCycle {
    private static final Logger LOG = LoggerFactory.getLogger("discovery");

    private final Discovery discovery;

    private DiscoveryWatch(Discovery discovery) {
        this.discovery = discovery;
    }

    /**
     * For the pools of all routes, of which some may share one.
     *
     * @return null when the backends of all pools are listed
     */
    public static @Nullable DiscoveryWatch of(DnsConfig dns, List<Pool> pools) {
        List<Discovery.Target> targets = pools.stream()
                .distinct()
                .filter(pool -> !pool.config().discoveries().isEmpty())
                .map(pool -> new Discovery.Target(pool.name(), pool.config().discoveries(), pool::found))
                .toList();
        return targets.isEmpty() ? null : new DiscoveryWatch(new Discovery(dns, targets));
    }

    @Override
    protected void doStart() throws Exception {
        try {
            discovery.start().get(discovery.patience().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn(
                    "not everything could be looked up within {}: who is not found yet gets no requests",
                    discovery.patience());
        }
    }

    @Override
    protected void doStop() {
        discovery.stop();
    }
}
