package dev.sluice.cli;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.ConfigException;
import dev.sluice.config.ConfigReader;
import dev.sluice.config.DiscoveryConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.runtime.FoundBackends;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Connects to every backend of a configuration, and hangs up: nothing is sent, no TLS is spoken. {@value #AT_A_TIME} at a
 * time, and no longer than {@link #WHOLE} in all after the look-ups.
 */
final class BackendReach {
    static final Duration WHOLE = Duration.ofSeconds(30);

    private static final int AT_A_TIME = 32;

    /**
     * What came of one.
     *
     * @param pool that it is in
     * @param backend as people write it
     * @param reached whether somebody accepts connections there
     * @param detail the address, or what was wrong
     */
    record Result(String pool, String backend, boolean reached, String detail) {}

    private final int timeoutMillis;

    /** @param timeout for each connection */
    BackendReach(Duration timeout) {
        this.timeoutMillis = (int) Math.min(timeout.toMillis(), WHOLE.toMillis());
    }

    /** In the order of the configuration. */
    List<Result> tryAll(SluiceConfig config) throws InterruptedException {
        Map<String, Result> results = new LinkedHashMap<>();
        List<String> keys = new ArrayList<>();
        List<Callable<Result>> tasks = new ArrayList<>();
        List<PoolConfig> pools = config.routes().stream()
                .flatMap(route -> route.pools().stream())
                .distinct()
                .toList();
        Map<DiscoveryConfig, List<BackendConfig>> named = FoundBackends.of(
                config.dns(),
                pools.stream()
                        .flatMap(pool -> pool.discoveries().stream())
                        .filter(place -> !(place instanceof DiscoveryConfig.Listed))
                        .distinct()
                        .toList());
        for (PoolConfig pool : pools) {
            for (BackendConfig backend : pool.backends()) {
                String key = pool.name() + " " + backend.origin();
                if (results.putIfAbsent(key, unanswered(pool.name(), backend)) != null) continue;
                keys.add(key);
                tasks.add(() -> reach(pool.name(), backend));
            }
            for (DiscoveryConfig place : pool.discoveries())
                discovered(pool.name(), place, named.getOrDefault(place, List.of()), results, keys, tasks);
        }
        ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME, BackendReach::daemon);
        try {
            List<Future<Result>> done = threads.invokeAll(tasks, WHOLE.toMillis(), TimeUnit.MILLISECONDS);
            for (int i = 0; i < done.size(); i++) keep(done.get(i), keys.get(i), results);
        } finally {
            threads.shutdownNow();
        }
        return List.copyOf(results.values());
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "sluice-check");
        thread.setDaemon(true);
        return thread;
    }

    private void discovered(
            String pool,
            DiscoveryConfig place,
            List<BackendConfig> named,
            Map<String, Result> results,
            List<String> keys,
            List<Callable<Result>> tasks) {
        List<BackendConfig> found = new ArrayList<>(named);
        if (place instanceof DiscoveryConfig.Listed listed) {
            try {
                found.addAll(ConfigReader.backends(listed, ConfigReader.text(listed.file())));
            } catch (ConfigException e) {
                String detail = String.valueOf(e.getMessage());
                results.put(pool + " " + listed, new Result(pool, "file " + listed.file(), false, detail));
            }
        } else if (named.isEmpty()) {
            String called = place instanceof DiscoveryConfig.Addresses addresses
                    ? "dns " + addresses.template().host()
                    : place instanceof DiscoveryConfig.Services services
                            ? "srv " + services.template().host()
                            : place.toString();
            results.put(pool + " " + called, new Result(pool, called, false, "nothing was found by that name"));
        }
        for (BackendConfig backend : found) {
            String key = pool + " " + backend.origin();
            if (results.putIfAbsent(key, unanswered(pool, backend)) != null) continue;
            keys.add(key);
            tasks.add(() -> reach(pool, backend));
        }
    }

    private static Result unanswered(String pool, BackendConfig backend) {
        return new Result(pool, backend.origin(), false, "no result within " + WHOLE.toSeconds() + " s");
    }

    private static void keep(Future<Result> done, String key, Map<String, Result> results) throws InterruptedException {
        try {
            results.put(key, done.get());
        } catch (CancellationException e) {
            // Its time was up, which stands there already.
            return;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private Result reach(String pool, BackendConfig backend) {
        try {
            String where = backend.socket() == null ? tcp(backend) : socket(backend.socket());
            return new Result(pool, backend.origin(), true, where);
        } catch (UnknownHostException e) {
            return new Result(pool, backend.origin(), false, "the name " + backend.host() + " is not known");
        } catch (SocketTimeoutException e) {
            return new Result(pool, backend.origin(), false, "no connection within " + timeoutMillis + " ms");
        } catch (IOException e) {
            return new Result(pool, backend.origin(), false, String.valueOf(e.getMessage()));
        }
    }

    /** One of the addresses is enough; else what was wrong with the last. */
    private String tcp(BackendConfig backend) throws IOException {
        InetAddress[] addresses = InetAddress.getAllByName(backend.host());
        for (int i = 0; ; i++) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(addresses[i], backend.port()), timeoutMillis);
                String more = addresses.length > 1 ? ", one of " + addresses.length + " addresses" : "";
                return addresses[i].getHostAddress() + more;
            } catch (IOException e) {
                if (i == addresses.length - 1) throw e;
            }
        }
    }

    private static String socket(String path) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(path));
            return path;
        }
    }
}
