package dev.sluice.drill;

import dev.sluice.config.DrainConfig;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.drill.DrillPlan.What;
import dev.sluice.drill.DrillProgress.Step;
import dev.sluice.runtime.Sluice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.server.NetworkConnector;
import org.jspecify.annotations.Nullable;

/**
 * Rehearses a stop, a restart or reloads in this process: a configuration on free ports of 127.0.0.1, clients of all kinds, and the stop while they
 * are at work. To be run once.
 */
public final class Drill {
    /** How often progress is told. */
    private static final long TELL_MILLIS = 100;

    /** How often it is looked whether a listener has closed its socket. */
    private static final long LOOK_MILLIS = 1;

    /** What clients have to end in after the stop, when nothing keeps them any more but what they do at their own pace. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(15);

    /** What they have for their first answers, before the time of the load begins. */
    private static final Duration WARM_UP = Duration.ofSeconds(20);

    /** How long clients go on after a restart; no longer than before it. */
    private static final Duration MOST_AFTER = Duration.ofSeconds(3);

    private static final int RELOADS = 12;

    /** From one reload to the next. */
    private static final Duration BETWEEN = Duration.ofMillis(250);

    private final DrillPlan plan;
    private final DrillProgress progress;
    private final Pace pace;
    private final Moments moments;
    private final RequestLog log;
    private final CountDownLatch ending = new CountDownLatch(1);

    /** @param progress is told of it */
    public Drill(DrillPlan plan, DrillProgress progress) {
        this(plan, progress, Pace.of(plan.config(), WARM_UP.plus(plan.load())));
    }

    /** @param pace may be one that a deadline is too short for */
    Drill(DrillPlan plan, DrillProgress progress, Pace pace) {
        this.plan = plan;
        this.progress = progress;
        this.pace = pace;
        DrainConfig drain = plan.config().drain();
        moments = new Moments(drain.linger().toNanos(), drain.deadline().toNanos());
        log = new RequestLog(moments);
    }

    /**
     * Does it; blocks until the last client has ended, which takes the load's time and at most the deadline and some twenty
     * seconds.
     *
     * @throws DrillException when the proxy, or what is needed around it, could not be started
     * @throws InterruptedException when it was broken off; all that was started has ended then
     */
    public DrillResult run() throws DrillException, InterruptedException {
        SSLContext tls = start("clients", AnyCertificate::context);
        try (StandIns standIns = plan.real() ? null : start("stand-ins", () -> StandIns.start(plan.config()));
                Sluice sluice = start(
                        "the proxy",
                        () -> Sluice.of(rehearsed(standIns, name -> 0)).start());
                Sluice successor = plan.what() != What.RESTART
                        ? null
                        : start("the successor", () -> Sluice.of(rehearsed(standIns, sluice::port)))) {
            return run(sluice, successor, tls);
        }
    }

    private interface Start<T> {
        T call() throws Exception;
    }

    private static <T> T start(String what, Start<T> start) throws DrillException, InterruptedException {
        try {
            return start.call();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            // A certificate that cannot be read, for example: the message has to be enough.
            Throwable why = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
            String message = why.getMessage() != null ? why.getMessage() : why.toString();
            throw new DrillException(what + ": cannot start: " + message, e);
        }
    }

    /**
     * The configuration as it is drilled. Where it says how to end, only the two times are kept: nobody is there to be told
     * before, and nothing is to be written where the real one writes.
     *
     * @param port of a listener, by its name; 0 for a free one
     */
    private SluiceConfig rehearsed(@Nullable StandIns standIns, ToIntFunction<String> port) {
        SluiceConfig config = plan.config();
        List<ListenerConfig> listeners = config.listeners().stream()
                .map(l -> new ListenerConfig(l.name(), "127.0.0.1", port.applyAsInt(l.name()), l.tls()))
                .toList();
        List<RouteConfig> routes = standIns == null
                ? config.routes()
                : IntStream.range(0, config.routes().size())
                        .mapToObj(i -> Deeds.reachable(config.routes().get(i), i))
                        .map(r -> r.withPools(standIns::replace))
                        .toList();
        return new SluiceConfig(
                listeners,
                new DrainConfig(
                        config.drain().deadline(),
                        config.drain().linger(),
                        config.drain().spread()),
                routes,
                config.upstream(),
                config.server(),
                config.dns(),
                null,
                config.trustedProxies(),
                config.unrouted());
    }

    private DrillResult run(Sluice sluice, @Nullable Sluice successor, SSLContext tls)
            throws DrillException, InterruptedException {
        Map<String, Integer> ports = new LinkedHashMap<>();
        sluice.listenerNames().forEach(name -> ports.put(name, sluice.port(name)));
        Ground ground = new Ground(ports, log, moments, pace, plan, tls, ending);
        List<Lane> lanes = Lane.of(plan);
        List<Thread> clients = start(ground, lanes);
        try {
            warmUp(lanes.size());
            tellUntil(Step.LOAD, moments.now() + plan.load().toNanos(), null);
            if (plan.what() == What.RELOAD) reload(sluice);
            else rehearse(sluice, successor);
            end(clients);
            if (successor != null) successor.stop();
            if (plan.what() == What.RELOAD) stop(sluice);
        } finally {
            ending.countDown();
            clients.forEach(Thread::interrupt);
        }
        log.endAll("still open when the drill ended");
        moments.drillEnds();
        return new DrillResult(plan, lanes, log.ended(), log.tally(), moments, DrainSide.of(sluice, successor));
    }

    private List<Thread> start(Ground ground, List<Lane> lanes) {
        List<String> targets = Deeds.targets(plan);
        List<Thread> clients = new ArrayList<>();
        for (Lane lane : lanes) {
            Client client = Client.of(ground, lane, new Deeds(targets, lane, pace, plan.real()));
            clients.add(daemon(client, "drill-client-" + lane.index()));
        }
        clients.forEach(Thread::start);
        return clients;
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** What the drill is for. */
    private void rehearse(Sluice sluice, @Nullable Sluice successor) throws DrillException, InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        FutureTask<Boolean> task = new FutureTask<>(() -> {
            moments.stopBegins();
            if (successor != null) {
                successor.startBeside(new Beside());
                moments.successorServes();
            }
            moments.drainBegins();
            sluice.stop();
            moments.stopIsOver();
            return true;
        });
        Thread thread = daemon(task, "drill-" + plan.what().name().toLowerCase(Locale.ROOT));
        daemon(() -> watchListeners(sluice, done), "drill-watch").start();
        thread.start();
        tellUntil(Step.STOP, Long.MAX_VALUE, thread);
        done.countDown();
        start("the successor", task::get);
        if (successor == null) return;
        tellUntil(Step.AFTER, moments.now() + Math.min(plan.load().toNanos(), MOST_AFTER.toNanos()), null);
        ending.countDown();
    }

    private void reload(Sluice sluice) throws DrillException, InterruptedException {
        Variations variations = new Variations(sluice.config());
        moments.stopBegins();
        for (int i = 0; i < RELOADS; i++) {
            int turn = i;
            start("a reload", () -> sluice.reload(variations.next(turn)));
            moments.reloaded();
            tellUntil(Step.STOP, moments.now() + BETWEEN.toNanos(), null);
        }
        tellUntil(Step.AFTER, moments.now() + Math.min(plan.load().toNanos(), MOST_AFTER.toNanos()), null);
        ending.countDown();
    }

    /** When nobody is there any more. */
    private void stop(Sluice sluice) {
        moments.drainBegins();
        sluice.stop();
        moments.stopIsOver();
    }

    /** Until all have closed their sockets. */
    private void watchListeners(Sluice sluice, CountDownLatch stopped) {
        try {
            List<NetworkConnector> open = new ArrayList<>();
            for (var connector : sluice.server().getConnectors())
                if (connector instanceof NetworkConnector network) open.add(network);
            do {
                for (NetworkConnector connector : open)
                    if (!connector.isOpen()) moments.listenerClosed(connector.getName());
                open.removeIf(connector -> !connector.isOpen());
            } while (!open.isEmpty() && !stopped.await(LOOK_MILLIS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Until there have been as many answers as clients: a process that has just started is slower than it will be. */
    private void warmUp(int clients) throws InterruptedException {
        long until = moments.now() + WARM_UP.toNanos();
        while (log.tally().ended() < clients && moments.now() < until) {
            tell(Step.WARM_UP);
            var unused = ending.await(TELL_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** @param thread that ends it; null for the time alone */
    private void tellUntil(Step step, long until, @Nullable Thread thread) throws InterruptedException {
        while (moments.now() < until && (thread == null || thread.isAlive())) {
            tell(step);
            long millis = Math.min(TELL_MILLIS, Math.max(1, (until - moments.now()) / 1_000_000));
            if (thread == null) {
                var unused = ending.await(millis, TimeUnit.MILLISECONDS);
            } else {
                thread.join(millis);
            }
        }
        tell(step);
    }

    private void tell(Step step) {
        progress.at(step, Duration.ofNanos(moments.now()), log.tally());
    }

    /** Clients end by themselves: nobody takes their connections any more. None waits for long. */
    private void end(List<Thread> clients) throws InterruptedException {
        long until = moments.now() + LAST_WORDS.toNanos();
        for (Thread client : clients) {
            while (client.isAlive() && moments.now() < until) {
                tell(Step.END);
                client.join(TELL_MILLIS);
            }
        }
    }
}
