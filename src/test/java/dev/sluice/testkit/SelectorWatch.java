package dev.sluice.testkit;

import dev.sluice.listener.SelectorThreads;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;

/**
 * Looks about every millisecond at what the threads are doing that select for a server's connections, and notes those that
 *
 * <ul>
 *   <li>are in a call that blocks: waiting, sleeping, looking up names, reading or writing files and streams. One look is
 *       enough. Locks that are taken for a moment are not meant: only who is found at the same one, without having used any
 *       processor time, for longer than {@link #STUCK};
 *   <li>have used more processor time than a limit since they last came back to select. Processor time, so that a machine
 *       that is busy with other things is not blamed on them.
 * </ul>
 */
public final class SelectorWatch implements AutoCloseable {
    /** How long a thread may wait for a lock. A holder that is not given a processor may take that long. */
    private static final Duration STUCK = Duration.ofMillis(250);

    private static final Duration PAUSE = Duration.ofMillis(1);
    private static final int DEPTH = 100;

    /** Classes, or methods of them, in which a thread may be held up. */
    private static final List<String> BLOCKING = List.of(
            "java.lang.Thread.sleep",
            "java.lang.Thread.join",
            "java.lang.Object.wait",
            "java.lang.ProcessImpl.",
            "java.net.InetAddress.getAllByName",
            "java.net.InetAddress.getByName",
            "java.net.InetAddress.getHostFromNameService",
            "java.net.InetAddress.getLocalHost",
            "java.net.Inet4AddressImpl.",
            "java.net.Inet6AddressImpl.lookup",
            "java.net.Inet6AddressImpl.getHost",
            "java.io.FileOutputStream.",
            "java.io.FileInputStream.",
            "java.io.RandomAccessFile.",
            "java.io.UnixFileSystem.",
            "sun.nio.ch.FileChannelImpl.",
            "sun.nio.ch.NioSocketImpl.",
            "sun.nio.fs.UnixNativeDispatcher.");

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final List<Watched> watched = new ArrayList<>();
    private final long limitNanos;
    private final Queue<String> findings = new ConcurrentLinkedQueue<>();
    private final Map<String, Integer> blocking = new ConcurrentHashMap<>();
    private final AtomicLong looks = new AtomicLong();
    private final AtomicLong longest = new AtomicLong();
    private final Thread watcher = new Thread(this::watch, "selector-watch");
    private volatile boolean closed;

    /** A selector, and the thread that was last seen to select for it. */
    private static final class Watched {
        private final ManagedSelector selector;
        private @Nullable Thread thread;
        private long rounds = -1;
        private long cpuAtRound;
        private long lastCpu;
        private long stuckSince;
        private boolean told;

        Watched(ManagedSelector selector) {
            this.selector = selector;
        }
    }

    private SelectorWatch(Server server, Duration limit) {
        limitNanos = limit.toNanos();
        Arrays.stream(server.getConnectors())
                .filter(ServerConnector.class::isInstance)
                .flatMap(c -> ((ServerConnector) c).getSelectorManager().getBeans(ManagedSelector.class).stream())
                .map(Watched::new)
                .forEach(watched::add);
        if (watched.isEmpty()) throw new IllegalStateException("server: has no selectors (expected: one that runs)");
        watcher.setDaemon(true);
        watcher.setPriority(Thread.MAX_PRIORITY);
        watcher.start();
    }

    /** @param limit of processor time from one select to the next */
    public static SelectorWatch over(Server server, Duration limit) {
        return new SelectorWatch(server, limit);
    }

    /** What was found so far, each with its stack; the same call from the same place once. */
    public List<String> findings() {
        List<String> all = new ArrayList<>(findings);
        blocking.forEach((what, times) -> all.add(times + " times " + what));
        return all;
    }

    /** How often each selector was looked at. */
    public long looks() {
        return looks.get();
    }

    /** The most processor time that was seen between two selects. */
    public Duration longest() {
        return Duration.ofNanos(longest.get());
    }

    private void watch() {
        while (!closed) {
            for (Watched one : watched) look(one);
            looks.incrementAndGet();
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private void look(Watched one) {
        Thread thread = SelectorThreads.of(one.selector);
        if (thread == null) return;
        if (thread != one.thread) one.rounds = -1; // Jetty has handed over to another one.
        one.thread = thread;
        long rounds = one.selector.getSelectCount();
        long cpu = threads.getThreadCpuTime(thread.getId());
        ThreadInfo info = threads.getThreadInfo(thread.getId(), DEPTH);
        if (info == null || cpu < 0) return; // It has ended.
        StackTraceElement[] stack = info.getStackTrace();
        boolean inRound = isAtWork(stack);
        boolean sameRound = rounds == one.rounds;
        if (!sameRound || !inRound) {
            one.rounds = rounds;
            one.cpuAtRound = cpu;
            one.told = false;
        }
        if (!inRound) {
            one.stuckSince = 0;
            return;
        }
        busy(one, cpu - one.cpuAtRound, stack);
        blocked(one, cpu, info, stack);
        one.lastCpu = cpu;
    }

    /** Between two selects: neither waiting for what is selected, nor ending. */
    private static boolean isAtWork(StackTraceElement[] stack) {
        boolean produces = false;
        for (StackTraceElement frame : stack) {
            if (frame.getMethodName().equals("nioSelect")) return false;
            produces |= frame.getClassName().endsWith("AdaptiveExecutionStrategy");
        }
        return produces;
    }

    private void busy(Watched one, long nanos, StackTraceElement[] stack) {
        longest.accumulateAndGet(nanos, Math::max);
        if (nanos <= limitNanos || one.told) return;
        one.told = true;
        findings.add("busy for " + Duration.ofNanos(nanos) + " (expected: " + Duration.ofNanos(limitNanos)
                + " at most) at" + text(stack));
    }

    private void blocked(Watched one, long cpu, ThreadInfo info, StackTraceElement[] stack) {
        String call = blockingCall(stack);
        boolean waits = switch (info.getThreadState()) {
            case BLOCKED, WAITING, TIMED_WAITING -> true;
            case NEW, RUNNABLE, TERMINATED -> false;
        };
        if (call == null && waits && !isLock(info, stack)) call = stack[0].toString();
        if (call != null) {
            blocking.merge("in " + call + " at" + text(stack), 1, Integer::sum);
            return;
        }
        if (!waits || cpu != one.lastCpu) {
            one.stuckSince = 0;
        } else if (one.stuckSince == 0) {
            one.stuckSince = System.nanoTime();
        } else if (System.nanoTime() - one.stuckSince > STUCK.toNanos()) {
            blocking.merge("stuck at a lock at" + text(stack), 1, Integer::sum);
        }
    }

    private static @Nullable String blockingCall(StackTraceElement[] stack) {
        String found = null;
        for (StackTraceElement frame : stack) {
            String name = frame.getClassName() + "." + frame.getMethodName();
            // The JVM reads a class from its file on the first use of it, once; no code of ours has asked for that.
            if (name.equals("java.lang.ClassLoader.loadClass")) return null;
            // It reads from /dev/urandom, which does not wait.
            if (name.startsWith("sun.security.provider.NativePRNG")) return null;
            for (String call : BLOCKING) if (found == null && name.startsWith(call)) found = name;
        }
        return found;
    }

    /** A lock, which whoever holds it gives back soon; and not a condition, a latch or a future. */
    private static boolean isLock(ThreadInfo info, StackTraceElement[] stack) {
        if (info.getThreadState() == Thread.State.BLOCKED) return true;
        for (StackTraceElement frame : stack) {
            String type = frame.getClassName();
            if (type.endsWith("ConditionObject")) return false;
            if (type.startsWith("java.util.concurrent.locks.Reentrant")) return true;
        }
        return false;
    }

    private static String text(StackTraceElement[] stack) {
        StringBuilder text = new StringBuilder();
        for (StackTraceElement frame : stack) text.append("\n    ").append(frame);
        return text.toString();
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        watcher.join();
    }
}
