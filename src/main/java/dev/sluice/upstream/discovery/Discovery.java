package dev.sluice.upstream.discovery;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.DiscoveryConfig;
import dev.sluice.config.DnsConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the backends of pools, as long as it runs, and tells the pools whenever they are others. Safe for use by many threads;
 * is started once and stopped once.
 */
public final class Discovery {
    private static final Logger LOG = LoggerFactory.getLogger("discovery");
    /** At most between two readings of a file, where the system tells of no changes. */
    private static final Duration READ_AGAIN = Duration.ofSeconds(5);
    /** Threads that may wait for an answer by TCP, and such answers that may wait for a thread. */
    private static final int TCP_THREADS = 4;

    private static final int TCP_QUEUE = 256;

    /**
     * A pool whose backends are found.
     *
     * @param pool its name, for the log
     * @param from where
     * @param found told all of them, each once, whenever they are others than before; by one thread, and must not block
     */
    public record Target(String pool, List<DiscoveryConfig> from, Consumer<List<BackendConfig>> found) {
        public Target {
            from = List.copyOf(from);
        }
    }

    private final ScheduledThreadPoolExecutor timer;
    private final ThreadPoolExecutor tcp;
    private final DnsSockets sockets;
    private final ListedFiles files;
    private final List<Watch> watches = new ArrayList<>();
    private final List<Members> members = new ArrayList<>();
    private final Duration patience;

    /** Nothing is looked up before it has been started; until then it holds nothing. What was started has to be stopped. */
    public Discovery(DnsConfig dns, List<Target> targets) {
        timer = new ScheduledThreadPoolExecutor(1, threads("discovery"));
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        tcp = new ThreadPoolExecutor(
                TCP_THREADS,
                TCP_THREADS,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(TCP_QUEUE),
                threads("discovery-tcp"));
        tcp.allowCoreThreadTimeOut(true);
        sockets = new DnsSockets(tcp);
        SystemNetwork network = new SystemNetwork(dns.servers());
        DnsClient client = new DnsClient(sockets, timer, network::servers, dns.timeout());
        var means = new Addresses.Means(client, HostsFile.ofSystem(), network::ipv6);
        Watch.Pace pace = new Watch.Pace(
                dns.minTtl(),
                dns.maxTtl(),
                this::in,
                () -> ThreadLocalRandom.current().nextDouble());
        // All servers of the system once, and a second time, and the alias or the target behind it.
        patience = dns.timeout().multipliedBy(3);
        List<ListedFile> listed = new ArrayList<>();
        for (Target target : targets) {
            Members ofPool = new Members(target);
            ofPool.watch(means, pace, listed);
            members.add(ofPool);
        }
        files = new ListedFiles(listed, READ_AGAIN);
    }

    private static ThreadFactory threads(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    private void in(long nanos, Runnable task) {
        Runnable guarded = () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.error("discovery of backends has a fault", e);
            }
        };
        try {
            timer.schedule(guarded, nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.trace("stopped", e);
        }
    }

    /**
     * Begins to look.
     *
     * @return completes when everything has been looked up once, found or not
     */
    public CompletableFuture<Void> start() {
        try {
            sockets.open();
        } catch (IOException e) {
            throw new UncheckedIOException("no names can be looked up", e);
        }
        List<CompletableFuture<Void>> first = new ArrayList<>();
        first.add(files.start());
        for (Watch watch : watches) first.add(watch.start());
        // What a file says is on its way to the pool by then, on the timer's thread.
        return CompletableFuture.allOf(first.toArray(CompletableFuture[]::new)).thenCompose(all -> {
            CompletableFuture<Void> told = new CompletableFuture<>();
            in(0, () -> told.complete(null));
            return told;
        });
    }

    /** Looks no more for the backends of a pool; what has been found stays. */
    public void forget(String pool) {
        for (Members one : members) if (one.target.pool().equals(pool)) one.forget();
    }

    /** How long it is worth waiting for the first results. */
    public Duration patience() {
        return patience;
    }

    /** Ends all look-ups; what has been found stays. */
    public void stop() {
        files.close();
        timer.shutdownNow();
        tcp.shutdownNow();
        sockets.close();
    }

    /** What the places where one pool's backends are found come to together. Watches tell on the timer's thread. */
    private final class Members {
        private final Target target;
        private final List<List<BackendConfig>> parts = new ArrayList<>();
        private final List<Watch> names = new ArrayList<>();
        private final List<ListedFile> lists = new ArrayList<>();
        private volatile boolean forgotten;

        Members(Target target) {
            this.target = target;
        }

        void forget() {
            forgotten = true;
            names.forEach(Watch::stop);
            files.forget(lists);
        }

        void watch(Addresses.Means means, Watch.Pace pace, List<ListedFile> listed) {
            for (DiscoveryConfig from : target.from()) {
                int index = parts.size();
                parts.add(List.of());
                if (from instanceof DiscoveryConfig.Listed file) {
                    String called = "pool " + target.pool() + ", " + file.file();
                    lists.add(new ListedFile(called, file, m -> in(0, () -> found(index, m))));
                    continue;
                }
                names.add(watch(from, means, pace, index));
            }
            listed.addAll(lists);
            watches.addAll(names);
        }

        private Watch watch(DiscoveryConfig from, Addresses.Means means, Watch.Pace pace, int index) {
            Watch[] self = new Watch[1];
            Runnable changed = () -> found(index, self[0].members());
            String pool = "pool " + target.pool() + ", ";
            if (from instanceof DiscoveryConfig.Services services) {
                BackendConfig template = services.template();
                Services look = new Services(means, template);
                self[0] = new Watch(pool + "SRV of " + template.host(), look::look, pace, changed);
            } else if (from instanceof DiscoveryConfig.Addresses addresses) {
                BackendConfig template = addresses.template();
                Addresses look = new Addresses(means, template.host());
                self[0] = new Watch(
                        pool + template.host(), () -> look.look().thenApply(s -> members(template, s)), pace, changed);
            } else {
                throw new IllegalArgumentException("unknown: " + from);
            }
            return self[0];
        }

        private static Found members(BackendConfig template, Addresses.Set set) {
            List<BackendConfig> members = new ArrayList<>();
            for (InetAddress address : set.addresses()) {
                members.add(template.at(AddressText.of(address), template.port()));
            }
            return new Found(members, set.ttl());
        }

        /** A server that is found in two places is one backend: that of the first. */
        private void found(int index, List<BackendConfig> members) {
            if (forgotten) return;
            parts.set(index, members);
            Set<String> seen = new HashSet<>();
            List<BackendConfig> all = new ArrayList<>();
            for (List<BackendConfig> part : parts) {
                for (BackendConfig each : part) {
                    if (seen.add(each.origin() + each.basePath() + "?" + each.query())) all.add(each);
                }
            }
            target.found().accept(all);
        }
    }
}
