package dev.sluice.runtime;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.DiscoveryConfig;
import dev.sluice.config.DnsConfig;
import dev.sluice.upstream.discovery.Discovery;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who is to be found at this moment, looked up once and as a start does: with the same name servers and limits. */
public final class FoundBackends {
    private static final Logger LOG = LoggerFactory.getLogger("discovery");

    private FoundBackends() {}

    /**
     * Looks up all of them at once. Blocks for as long as a start would wait at most.
     *
     * @return of each place the backends that are there; none of those where nothing was found in time
     */
    public static Map<DiscoveryConfig, List<BackendConfig>> of(DnsConfig dns, Collection<DiscoveryConfig> places)
            throws InterruptedException {
        Map<DiscoveryConfig, List<BackendConfig>> found = new ConcurrentHashMap<>();
        if (places.isEmpty()) return found;
        List<Discovery.Target> targets = new ArrayList<>();
        for (DiscoveryConfig place : places)
            targets.add(new Discovery.Target(
                    String.valueOf(targets.size()), List.of(place), all -> found.put(place, List.copyOf(all))));
        Discovery discovery = new Discovery(dns, targets);
        try {
            discovery.start().get(discovery.patience().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.debug("not all was found within {}", discovery.patience(), e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            discovery.stop();
        }
        return found;
    }
}
