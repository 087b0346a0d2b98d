package dev.sluice.cli;

import dev.sluice.runtime.Sluice;
import java.io.PrintWriter;
import java.util.List;
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
 * 130 or 143 that the JVM would give: signal handlers only open a latch.
 */
final class Foreground {
    private static final Logger log = LoggerFactory.getLogger(Foreground.class);

    private final PrintWriter err;
    private final CountDownLatch ending = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);

    /** @param err where people see why it could not start; the log has it too */
    Foreground(PrintWriter err) {
        this.err = err;
    }

    /**
     * Builds, starts, waits, drains; blocks for as long as all that takes. To be called once.
     *
     * @param build makes the proxy; may throw like {@link Sluice#start}
     * @param whenStarted called once, on this thread, after all listeners are open
     * @return an {@link ExitStatus}
     */
    int run(Callable<Sluice> build, Consumer<Sluice> whenStarted) throws InterruptedException {
        return run(build, Sluice::start, whenStarted);
    }

    /** How a proxy is started. */
    interface Start {
        Sluice start(Sluice built) throws Exception;
    }

    /**
     * As {@link #run(Callable, Consumer)}.
     *
     * @param start starts it
     */
    int run(Callable<Sluice> build, Start start, Consumer<Sluice> whenStarted) throws InterruptedException {
        Sluice sluice = attempt(build);
        if (sluice == null) return ExitStatus.FAILED;
        // Before the start, so that a signal that comes while it starts is a drain too, right after it has started.
        Signals.install(new SignalSteps(
                ending::countDown, () -> cut(sluice), () -> Runtime.getRuntime().halt(ExitStatus.CUT)));
        drainAtShutdown();
        try {
            if (attempt(() -> start.start(sluice)) == null) return ExitStatus.FAILED;
            whenStarted.accept(sluice);
            endWith(sluice);
            ending.await();
            saySuccessors(sluice);
            return sluice.stop() ? ExitStatus.CLEAN : ExitStatus.CUT;
        } finally {
            ended.countDown();
        }
    }

    /** Opened by the first signal, or by whatever else ends this. */
    CountDownLatch ending() {
        return ending;
    }

    private static void saySuccessors(Sluice sluice) {
        List<String> succeeded = sluice.succeeded();
        if (!succeeded.isEmpty()) log.info("a successor has the ports of listeners {}", String.join(", ", succeeded));
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
        Runnable untilEnded = () -> {
            try {
                do sluice.cut();
                while (!ended.await(50, TimeUnit.MILLISECONDS));
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
            ending.countDown();
        };
        daemon(watch, "sluice-join").start();
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * For whatever shuts the JVM down without a handler of ours: SIGHUP, or the signals of {@link Signals} where it
     * could not be installed. The exit status is then the JVM's. After an end of our own there is nothing to wait for.
     */
    private void drainAtShutdown() {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            ending.countDown();
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
