package dev.sluice.proxy;

import dev.sluice.config.DnsConfig;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.discovery.Discovery;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the backends of the pools that say where to look. It starts before anything is served and before backends are asked
 * whether they are well; once it has started, everything has been looked up once, or could not be in time. Pools come and
 * go while it runs. To be used by one thread at a time.
 */
public final class DiscoveryWatch extends AbstractLifeCycle {
    private static final Logger LOG = LoggerFactory.getLogger("discovery");

    private final DnsConfig dns;
    /** Of the pools that came together; each has a few threads. Never more than there are pools. */
    private final List<Batch> batches = new CopyOnWriteArrayList<>();

    /** @param pools those of it that are still there */
    private record Batch(Discovery discovery, Set<Pool> pools) {}

    /** For no pool yet. */
    public DiscoveryWatch(DnsConfig dns) {
        this.dns = dns;
    }

    /**
     * Looks for the backends of these pools too, from the start on, or from now on: then this blocks until everything has
     * been looked up once, or could not be in time. Pools whose backends are all listed are left alone.
     */
    public void watch(Collection<Pool> pools) throws InterruptedException, ExecutionException {
        Set<Pool> found = new LinkedHashSet<>();
        for (Pool pool : pools) if (!pool.config().discoveries().isEmpty()) found.add(pool);
        batches.forEach(batch -> found.removeAll(batch.pools()));
        if (found.isEmpty()) return;
        List<Discovery.Target> targets = found.stream()
                .map(pool -> new Discovery.Target(pool.name(), pool.config().discoveries(), pool::found))
                .toList();
        Batch batch = new Batch(new Discovery(dns, targets), found);
        batches.add(batch);
        if (isRunning()) start(batch);
    }

    /** Nobody looks for the backends of this pool any more. */
    public void forget(Pool pool) {
        for (Batch batch : List.copyOf(batches)) {
            if (!batch.pools().remove(pool)) continue;
            if (!batch.pools().isEmpty()) {
                batch.discovery().forget(pool.name());
                continue;
            }
            batches.remove(batch);
            batch.discovery().stop();
        }
    }

    private static void start(Batch batch) throws InterruptedException, ExecutionException {
        Discovery discovery = batch.discovery();
        try {
            discovery.start().get(discovery.patience().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn(
                    "not everything could be looked up within {}: who is not found yet gets no requests",
                    discovery.patience());
        }
    }

    @Override
    protected void doStart() throws Exception {
        for (Batch batch : batches) start(batch);
    }

    @Override
    protected void doStop() {
        batches.forEach(batch -> batch.discovery().stop());
    }
}
