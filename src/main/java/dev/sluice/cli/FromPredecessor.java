package dev.sluice.cli;

import dev.sluice.runtime.HeldAddress;
import dev.sluice.runtime.Sluice;
import dev.sluice.runtime.Takeover;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code sluice run --takeover}: the process that has the ports is ended once this one serves, and not before. To be used by
 * the thread that starts, in the order of its methods.
 */
final class FromPredecessor implements Takeover {
    private static final Logger log = LoggerFactory.getLogger("takeover");
    private static final Path MIGRATE = Path.of("/proc/sys/net/ipv4/tcp_migrate_req");

    /** How long pools may lack backends before the takeover is given up: a few intervals of checks. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Between two looks at pools that lack backends, or at ports that are still held. */
    private static final long LOOK_MILLIS = 100;

    private final CountDownLatch givenUp;
    private final Map<Long, String> predecessors = new LinkedHashMap<>();

    /** @param givenUp is opened when the start is to end */
    FromPredecessor(CountDownLatch givenUp) {
        this.givenUp = givenUp;
    }

    @Override
    public boolean allows(List<HeldAddress> held) throws TakeoverException {
        for (HeldAddress address : held) {
            String listener = "listener " + address.listener() + " " + address.address() + ": held by ";
            if (address.unknown())
                throw new TakeoverException(listener
                        + "a process that cannot be looked at (expected: nobody, or a Sluice" + " of the same user)");
            for (long pid : address.processes()) {
                String objection = new Predecessor(pid).objection();
                if (objection != null)
                    throw new TakeoverException(
                            listener + objection + " (expected: nobody, or a Sluice of the same user)");
                predecessors.merge(pid, address.listener(), (before, more) -> before + ", " + more);
            }
        }
        if (predecessors.isEmpty()) log.info("nobody has the ports: an ordinary start");
        predecessors.forEach((pid, listeners) -> log.info("from process {}, listeners: {}", pid, listeners));
        return !predecessors.isEmpty();
    }

    @Override
    public void awaitBackends(Supplier<List<String>> lacking) throws TakeoverException, InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        List<String> pools = lacking.get();
        if (!pools.isEmpty()) log.info("waits up to {} s for {}", PATIENCE.toSeconds(), String.join("; ", pools));
        while (!pools.isEmpty()) {
            boolean ending = givenUp.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            pools = lacking.get();
            if (!pools.isEmpty() && (ending || System.nanoTime() - until > 0))
                throw new TakeoverException(String.join("; ", pools)
                        + " (expected: a backend that can be used within " + PATIENCE.toSeconds()
                        + " s; the other process goes on)");
        }
    }

    /** Whether there is a process to be ended. */
    boolean isThere() {
        return !predecessors.isEmpty();
    }

    /**
     * Ends the other process. Returns at once; what becomes of it is logged from a thread of its own, which ends with it.
     *
     * @param sluice serves
     */
    void end(Sluice sluice) {
        sayWhatMayBeLost(sluice);
        // Some time has passed: one that has left its ports meanwhile is drained already, and would take it for an
        // order to
        // cut; and the number of one that has ended may be another's.
        Set<Long> holders = processes(sluice.others());
        for (long pid : predecessors.keySet()) {
            if (!holders.contains(pid) || new Predecessor(pid).objection() != null) {
                log.info("this process serves; process {} has left the ports by itself", pid);
            } else if (new Predecessor(pid).terminate()) {
                log.info("this process serves; process {} has been told to drain", pid);
                Thread following = new Thread(() -> follow(sluice, pid), "sluice-takeover-" + pid);
                following.setDaemon(true);
                following.start();
            } else {
                log.warn("process {} cannot be told to drain: both serve now (expected: kill -TERM {})", pid, pid);
            }
        }
    }

    private static void sayWhatMayBeLost(Sluice sluice) {
        if (sluice.canStepAside() || migrates()) return;
        log.warn(
                "connections that are being made when the other process closes its listeners can be reset: this JVM does"
                        + " not open java.base/sun.nio.ch, and net.ipv4.tcp_migrate_req is not 1 (expected: one of the two; as"
                        + " root: sysctl -w net.ipv4.tcp_migrate_req=1)");
    }

    private static boolean migrates() {
        try {
            return !Files.readString(MIGRATE).trim().equals("0");
        } catch (IOException e) {
            log.debug("{} cannot be read (expected: Linux 5.14 or newer)", MIGRATE, e);
            return false;
        }
    }

    private static void follow(Sluice sluice, long pid) {
        long began = System.nanoTime();
        ProcessHandle process = ProcessHandle.of(pid).orElse(null);
        CountDownLatch ended = new CountDownLatch(1);
        if (process != null) process.onExit().thenRun(ended::countDown);
        try {
            boolean gone = process == null;
            Set<Long> holders = Set.of(pid);
            while (!gone && holders.contains(pid)) {
                gone = ended.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                holders = processes(sluice.others());
            }
            log.info("process {} has closed its listeners, after {}", pid, since(began));
            if (!gone) ended.await();
            log.info("process {} has ended, after {}; its own log says how", pid, since(began));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Set<Long> processes(List<HeldAddress> held) {
        return held.stream()
                .flatMap(address -> address.processes().stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String since(long began) {
        return String.format(Locale.ROOT, "%.1f s", (System.nanoTime() - began) / 1e9);
    }
}
