package dev.sluice.cli;

import dev.sluice.runtime.Sluice;
import java.io.PrintWriter;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one {@link Sluice} until a signal, or something else, ends it.
 *
 * <p>The thread that calls {@link #run} does the drain and hands back the exit status, so that it is ours and not the
 * 130 or 143 that the JVM would give: signal handlers only leave a word.
 */
final class Foreground {
    private static final Logger log = LoggerFactory.getLogger(Foreground.class);

    private final PrintWriter err;
    private final Consumer<Sluice> whenEnding;
    private final BlockingQueue<String> endings = new ArrayBlockingQueue<>(8);
    private final CountDownLatch ending = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean announcing;
    private volatile int round;

    /** @param err where people see why it could not start; the log has it too */
    Foreground(PrintWriter err) {
        this(err, ending -> {});
    }

    /** @param whenEnding called once, when it is going to end for certain, without a successor, before the drain; must not block */
    Foreground(PrintWriter err, Consumer<Sluice> whenEnding) {
        this.err = err;
        this.whenEnding = whenEnding;
    }

    /**
     * Builds, starts, waits, drains; blocks for as long as all that takes. To be called once.
     *
     * @param build makes the proxy; may throw like {@link Sluice#start}
     * @param whenStarted called once, on this thread, after all listeners are open
     * @return an {@link ExitStatus}
     */
    int run(Callable<Sluice> build, Consumer<Sluice> whenStarted) throws InterruptedException {
        return run(build, Sluice::start, whenStarted::accept);
    }

    /** How a proxy is started. */
    interface Start {
        Sluice start(Sluice built) throws Exception;
    }

    /** What comes after the start; may block until the thread is interrupted. */
    interface WhenStarted {
        void accept(Sluice started) throws InterruptedException;
    }

    /**
     * As {@link #run(Callable, Consumer)}.
     *
     * @param start starts it
     */
    int run(Callable<Sluice> build, Start start, WhenStarted whenStarted) throws InterruptedException {
        Sluice sluice = attempt(build);
        if (sluice == null) return ExitStatus.FAILED;
        // Before the start, so that a signal that comes while it starts is a drain too, right after it has started.
        SignalSteps steps = new SignalSteps(
                this::endBecauseOf,
                all -> second(sluice, all),
                () -> Runtime.getRuntime().halt(ExitStatus.CUT));
        Signals.install(steps);
        drainAtShutdown();
        try {
            if (attempt(() -> start.start(sluice)) == null) return ExitStatus.FAILED;
            whenStarted.accept(sluice);
            endWith(sluice);
            return end(sluice, steps) ? ExitStatus.CLEAN : ExitStatus.CUT;
        } finally {
            ended.countDown();
        }
    }

    /** Waits for a reason to stop that is not called off, and stops. */
    private boolean end(Sluice sluice, SignalSteps steps) throws InterruptedException {
        while (true) {
            String trigger = endings.take();
            announcing = true;
            boolean stop = hasSuccessor(sluice) || sluice.announceStop(trigger);
            announcing = false;
            if (stop) {
                // One may have come in the meantime. It is the supervisor's process then: nothing is told of our end.
                if (hasSuccessor(sluice)) return handOver(sluice, trigger);
                whenEnding.accept(sluice);
                return sluice.stop(trigger);
            }
            round++;
            steps.reset();
        }
    }

    private static boolean hasSuccessor(Sluice sluice) {
        return !sluice.succeeded().isEmpty();
    }

    private static boolean handOver(Sluice sluice, String trigger) {
        log.info("a successor has the ports of listeners {}", String.join(", ", sluice.succeeded()));
        return sluice.handOver(trigger);
    }

    /** What a second signal means. */
    private void second(Sluice sluice, SignalSteps steps) {
        // A successor that finds this process in its announcement tells it to drain: that is no order to cut.
        if (announcing && hasSuccessor(sluice)) {
            steps.back();
            sluice.endAnnouncement();
        } else {
            cut(sluice);
        }
    }

    private void endBecauseOf(String trigger) {
        endings.offer(trigger);
        ending.countDown();
    }

    /** Opened by the first signal, or by whatever else ends this. */
    CountDownLatch ending() {
        return ending;
    }

    private @Nullable Sluice attempt(Callable<Sluice> step) throws InterruptedException {
        try {
            return step.call();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            // A port that is taken, a certificate that cannot be read: expected, so the message has to be enough.
            String message = e.getMessage() != null ? e.getMessage() : e.toString();
            log.error("cannot start: {}", message);
            log.debug("cannot start", e);
            err.println(message);
            return null;
        }
    }

    /** Again and again: a cut that comes before the drain has begun does nothing, and later ones do no harm. */
    private void cut(Sluice sluice) {
        int thisRound = round;
        Runnable untilEnded = () -> {
            try {
                // A stop that was called off is no more to be cut, nor is the one after it.
                while (round == thisRound) {
                    sluice.cut();
                    if (ended.await(50, TimeUnit.MILLISECONDS)) return;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        daemon(untilEnded, "sluice-cut").start();
    }

    /** The server may be stopped by other means than a signal; then this process has nothing left to do. */
    private void endWith(Sluice sluice) {
        Runnable watch = () -> {
            try {
                sluice.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            endBecauseOf("server.stop()");
        };
        daemon(watch, "sluice-join").start();
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * For whatever shuts the JVM down without a handler of ours: SIGHUP without a file to read again, or the signals of {@link Signals} where it
     * could not be installed. The exit status is then the JVM's. After an end of our own there is nothing to wait for.
     */
    private void drainAtShutdown() {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            endBecauseOf("end of the JVM");
                            try {
                                ended.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                            OperatorLog.close();
                        },
                        "sluice-shutdown"));
    }
}
