package dev.sluice.runtime;

import dev.sluice.config.ConfigChanges;
import dev.sluice.config.DrainConfig;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.drain.DrainControl;
import dev.sluice.drain.DrainHandler;
import dev.sluice.drain.Leaving;
import dev.sluice.drain.Tracked;
import dev.sluice.listener.Listeners;
import dev.sluice.listener.Rebinding;
import dev.sluice.proxy.BackendClients;
import dev.sluice.proxy.BackendTls;
import dev.sluice.proxy.DiscoveryWatch;
import dev.sluice.proxy.HealthWatch;
import dev.sluice.proxy.ProxyOptions;
import dev.sluice.proxy.ReverseProxy;
import dev.sluice.proxy.WarmConnections;
import dev.sluice.proxy.WholeServer;
import dev.sluice.routing.RouteTable;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.balance.Policies;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.NanoTime;
import org.eclipse.jetty.util.component.LifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What forwards requests, from one configuration to the next. Here are the parts that live as long as the server; what was
 * built from a configuration is a {@link Generation}, and the one that serves is replaced in one step.
 *
 * <p>The generation that serves can be asked for by any thread; the rest is done by one at a time.
 */
final class Generations {
    private static final Logger LOG = LoggerFactory.getLogger(Sluice.class);

    /** Between two looks whether a listener that leaves can be stopped. */
    private static final long LOOK_MILLIS = 250;

    private final Server server;
    private final Listeners listeners;
    private final BackendTls tls;
    private final HttpClient client;
    private final Transports transports;
    private final DiscoveryWatch discovery;
    private final HealthWatch health;
    private final WarmConnections warm;
    private final DrainHandler drain;
    private final Leaving leaving;
    private volatile Generation current;
    private final boolean tuned;
    private boolean clientRuns;

    /**
     * The first one. Nothing of it has started.
     *
     * @param tuned whether Jetty XML is applied before the start
     */
    Generations(Server server, LoadedConfig first, Listeners listeners, boolean tuned) {
        SluiceConfig config = first.config();
        this.tuned = tuned;
        this.server = server;
        this.listeners = listeners;
        tls = BackendTls.forRoutes(config.routes());
        client = BackendClients.create(
                config.upstream(),
                config.server(),
                tls,
                server.getThreadPool(),
                server.getScheduler(),
                server.getByteBufferPool());
        transports = new Transports(config, server, listeners, client);
        List<Pool> pools = Pool.all(
                config.routes().stream().flatMap(r -> r.pools().stream()).toList(), Policies::of);
        Transports.Choice choice = transports.choice();
        ReverseProxy proxy = new ReverseProxy(
                RouteTable.of(config.routes()),
                config.routes(),
                pools,
                pool -> choice.of(pool, pool.config()),
                transports.upgrades(),
                ProxyOptions.of(config),
                server.getThreadPool(),
                server.getScheduler());
        choice.use();
        current = new Generation(first, proxy, pools);
        clientRuns = choice.needsClient();
        if (clientRuns) server.addBean(new Apart(client));
        warm = new WarmConnections(choice.warm(), server.getScheduler());
        server.addEventListener(warm);
        drain = new DrainHandler(new WholeServer(ServerGraph.context(() -> current.proxy(), client)));
        drain.addBean(new DrainControl(drain));
        leaving = new Leaving(drain, () -> current.config().drain().leaving());
        LeavingBackends.watch(pools, leaving);
        // They have started by then; they stop with the rest.
        discovery = new DiscoveryWatch(config.dns());
        server.addBean(new Apart(discovery));
        health = new HealthWatch(config.server(), tls);
        server.addBean(new Apart(health));
        server.addEventListener(new LifeCycle.Listener() {
            @Override
            public void lifeCycleStopped(LifeCycle stopped) {
                current.proxy().close();
            }
        });
        apply(config.drain());
    }

    Generation current() {
        return current;
    }

    DrainHandler drain() {
        return drain;
    }

    /** Looks for the backends that are to be found, then asks those that are to be asked. Blocks until that is done once. */
    void meetBackends() throws Exception {
        // Who is found first can be asked first.
        discovery.watch(current.pools());
        discovery.start();
        // Whoever is served first is served by a backend that is well.
        health.watch(current.pools());
        health.start();
    }

    /** After a start that failed: what the server has not stopped, because it has not started. */
    void leaveBackends() throws Exception {
        health.stop();
        discovery.stop();
    }

    private void apply(DrainConfig config) {
        drain.setLingerMillis(config.linger().toMillis());
        drain.setAnnounceMillis(config.announce().toMillis());
        drain.setSpreadMillis(config.spread().toMillis());
        drain.setLedger(Objects.toString(config.ledger(), null));
        server.setStopTimeout(config.deadline().toMillis());
    }

    /**
     * Puts another configuration in the place of the one that serves, or changes nothing. Blocks for as long as it takes to
     * find and to ask the backends of pools that are new, and is bounded as a start is.
     *
     * @return what is different, certificates included
     * @throws ReloadException why it cannot be done
     */
    synchronized List<String> reload(LoadedConfig another) throws ReloadException, InterruptedException {
        Generation before = current;
        SluiceConfig next = another.config();
        ConfigChanges changes = ConfigChanges.between(before.loaded(), another);
        requireNoRestart(changes);
        requireServing();
        PoolTurnover pools;
        Rebinding rebinding;
        BackendTls.Renewal renewal;
        RouteTable table;
        try {
            table = RouteTable.of(next.routes());
            pools = PoolTurnover.between(before.pools(), next.routes());
            renewal = tls.renewal(next.routes());
            rebinding = listeners.rebind(server, next.listeners());
            requireNoXml(rebinding);
            rebinding.open();
        } catch (RuntimeException e) {
            throw new ReloadException(e);
        }
        Transports.Choice choice = transports.choice();
        try {
            renewal.add();
            meet(pools);
            ReverseProxy proxy = before.proxy()
                    .successor(
                            table,
                            next.routes(),
                            pools.all(),
                            pool -> choice.of(
                                    pool,
                                    Objects.requireNonNull(pools.declared().get(pool))),
                            ProxyOptions.of(next));
            startClient(choice);
            if (drain.isShutdown()) throw new ReloadException("the server is about to stop");
            current = new Generation(another, proxy, pools.all());
        } catch (ReloadException | InterruptedException e) {
            undo(pools, rebinding);
            throw e;
        } catch (Exception e) {
            undo(pools, rebinding);
            throw new ReloadException(e);
        } catch (Error e) { // No thread could be started, for one.
            undo(pools, rebinding);
            throw e;
        }
        renewal.apply();
        use(before, pools, choice, rebinding);
        return ReloadPlan.changes(changes, rebinding, renewal);
    }

    /**
     * What a reload would come to, and what it would drain: a line each. Changes nothing and opens nothing.
     *
     * @throws ReloadException why it could not be done, as far as that can be known before
     */
    synchronized List<String> plan(LoadedConfig another) throws ReloadException {
        Generation now = current;
        SluiceConfig next = another.config();
        ConfigChanges changes = ConfigChanges.between(now.loaded(), another);
        requireNoRestart(changes);
        requireServing();
        try {
            RouteTable.of(next.routes());
            next.routes().forEach(ReverseProxy::requireUsable);
            PoolTurnover pools = PoolTurnover.between(now.pools(), next.routes());
            BackendTls.Renewal renewal = tls.renewal(next.routes());
            Rebinding rebinding = listeners.rebind(server, next.listeners());
            requireNoXml(rebinding);
            rebinding.requireThreads();
            List<String> lines = ReloadPlan.changes(changes, rebinding, renewal);
            return new ReloadPlan(lines, rebinding, pools, now.config(), next).lines(leaving);
        } catch (RuntimeException e) {
            throw new ReloadException(e);
        }
    }

    private void requireServing() throws ReloadException {
        if (!server.isStarted() || drain.isShutdown()) throw new ReloadException("the server is not serving");
    }

    /** Nobody would miss at once what XML has said of a listener, such as that clients need certificates. */
    private void requireNoXml(Rebinding rebinding) throws ReloadException {
        List<String> anew = new ArrayList<>(rebinding.added());
        anew.retainAll(listeners.addresses().keySet());
        if (tuned && !anew.isEmpty())
            throw new ReloadException(
                    "listener " + String.join(", ", anew) + " would be opened anew, without what Jetty XML"
                            + " says of it (expected: the same address and protocols as before, or sluice run --takeover)");
    }

    private static void requireNoRestart(ConfigChanges changes) throws ReloadException {
        if (!changes.needRestart().isEmpty())
            throw new ReloadException("only a start reads this (expected: the same as before, or sluice run --takeover,"
                    + " which changes it and loses nothing): " + String.join("; ", changes.needRestart()));
    }

    /**
     * A backend of a pool.
     *
     * @throws IllegalArgumentException when there is none; the message names those that there are
     */
    Backend backend(String pool, String origin) {
        List<Backend> all = current.pools().stream()
                .filter(p -> p.name().equals(pool))
                .flatMap(p -> p.backends().stream())
                .toList();
        return all.stream()
                .filter(b -> b.origin().equals(origin))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "pool " + pool + ", backend " + origin + ": unknown (expected one of: " + all + ")"));
    }

    /** As {@link #meetBackends}, of the pools that are new. */
    private void meet(PoolTurnover pools) throws Exception {
        LeavingBackends.watch(pools.added(), leaving);
        discovery.watch(pools.added());
        health.watch(pools.added());
    }

    private void startClient(Transports.Choice choice) throws Exception {
        if (clientRuns || !choice.needsClient()) return;
        Apart apart = new Apart(client);
        apart.start();
        server.addManaged(apart);
        clientRuns = true;
    }

    private void undo(PoolTurnover pools, Rebinding rebinding) {
        rebinding.discard();
        pools.added().forEach(this::forget);
    }

    private void forget(Pool pool) {
        health.forget(pool);
        discovery.forget(pool);
    }

    /** Requests are served by the new one already. */
    private void use(Generation before, PoolTurnover pools, Transports.Choice choice, Rebinding rebinding) {
        Generation now = current;
        pools.apply().forEach(this::watchAnew);
        choice.use();
        now.proxy().inUse();
        warm.want(choice.warm());
        // Jetty XML may have tuned it: it is left alone unless it is to be another.
        if (!now.config().drain().equals(before.config().drain()))
            apply(now.config().drain());
        if (drain.isShutdown()) {
            // A stop has come in between, and its drain does not know of what would be opened now.
            rebinding.discard();
            return;
        }
        rebinding.apply();
        drain.listenersChanged();
        rebinding.removed().forEach(listener -> leave(listener, rebinding));
        Set<String> routes = new HashSet<>();
        now.config().routes().forEach(route -> routes.add(route.name()));
        int last = before.proxy().generation();
        for (RouteConfig route : before.config().routes())
            if (!routes.contains(route.name())) leftRoute(route.name(), last);
        for (Pool pool : pools.left()) {
            forget(pool);
            String name = pool.name(); // And not the pool, which would be kept as long.
            left("pool " + name, last, facts -> facts.pool().equals(name) && !isStillIn(name, facts.backend()));
        }
    }

    private void leftRoute(String name, int last) {
        left("route " + name, last, facts -> facts.route().equals(name) && !hasRoute(name));
    }

    /** It may have come back meanwhile. */
    private boolean hasRoute(String name) {
        return current.config().routes().stream().anyMatch(route -> route.name().equals(name));
    }

    /** What a pool had that was only made anew goes on where its backend has stayed. */
    private boolean isStillIn(String pool, String origin) {
        return current.pools().stream()
                .filter(p -> p.name().equals(pool))
                .anyMatch(p -> p.backends().stream().anyMatch(b -> b.origin().equals(origin)));
    }

    /** There may be somebody else to use now, or nobody any more. */
    private void watchAnew(Pool pool) {
        health.forget(pool);
        // Whoever left one of them alone would have used it again in time.
        pool.backends().forEach(backend -> backend.eject(false));
        try {
            health.watch(List.of(pool));
        } catch (Exception e) {
            LOG.error("pool {}: its backends are not watched any more", pool.name(), e);
        }
    }

    /** @param last generation that had it */
    private void left(String what, int last, Predicate<Tracked.Facts> has) {
        leaving.left(what, facts -> facts.generation() <= last && has.test(facts));
    }

    private void leave(ServerConnector listener, Rebinding rebinding) {
        drain.leave(
                        listener,
                        "reload, listener " + listener.getName() + " leaves",
                        current.config().drain().leaving())
                // Its last connection may have ended on its own selector, which is about to be stopped.
                .thenRunAsync(() -> ended(listener, rebinding, NanoTime.now()), server.getThreadPool());
    }

    /** @param since its last client has gone */
    private void ended(ServerConnector listener, Rebinding rebinding, long since) {
        // A stop of all of them ends this one too.
        if (drain.isShutdown()) return;
        // Its selectors may serve connections to backends for the clients of others. Those that nobody uses are closed
        // in
        // time, and those that somebody does when they are given back.
        boolean waits =
                NanoTime.since(since) < current.config().drain().leaving().toNanos();
        if (waits && !rebinding.isIdle(listener)) {
            server.getScheduler()
                    .schedule(
                            () -> server.getThreadPool().execute(() -> ended(listener, rebinding, since)),
                            LOOK_MILLIS,
                            TimeUnit.MILLISECONDS);
            return;
        }
        try {
            rebinding.ended(listener);
            drain.listenersChanged();
        } catch (Exception e) {
            LOG.warn("listener {}: it did not stop in order", listener.getName(), e);
        }
    }
}
